// Functions become kernels of a gpu.module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuOutline.h"

namespace sinter {
#define GEN_PASS_DEF_GPUOUTLINE
#include "targets/gpu/compiler/GpuOutline.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

struct GpuOutline : sinter::impl::GpuOutlineBase<GpuOutline> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<func::FuncOp> funcs(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp func : funcs)
      if (!func.isExternal())
        outline(func);
    for (auto global : llvm::make_early_inc_range(getOperation().getOps<memref::GlobalOp>()))
      global.erase();
  }

  void outline(func::FuncOp func) {
    OpBuilder b(func);
    Location loc = func.getLoc();
    auto module = gpu::GPUModuleOp::create(b, loc, (func.getName() + "_module").str());
    b.setInsertionPointToStart(module.getBody());
    auto kernel = gpu::GPUFuncOp::create(b, loc, func.getName(), func.getFunctionType());
    kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
    kernel.setKnownBlockSizeAttr(b.getDenseI32ArrayAttr({static_cast<int32_t>(threads), 1, 1}));
    kernel.getBody().takeBody(func.getBody());
    Operation *ret = kernel.getBody().front().getTerminator();
    b.setInsertionPoint(ret);
    gpu::ReturnOp::create(b, ret->getLoc());
    ret->erase();
    func.erase();
    moveGlobals(module);
  }

  /// A kernel's own tables go with it, each thread's own: they are small, and constant.
  void moveGlobals(gpu::GPUModuleOp module) {
    auto space = gpu::AddressSpaceAttr::get(&getContext(), gpu::AddressSpace::Private);
    SmallVector<memref::GetGlobalOp> uses;
    module.walk([&](memref::GetGlobalOp use) { uses.push_back(use); });
    for (memref::GetGlobalOp use : uses) {
      if (!SymbolTable::lookupSymbolIn(module, use.getNameAttr())) {
        auto global = cast<memref::GlobalOp>(SymbolTable::lookupSymbolIn(getOperation(), use.getNameAttr()));
        OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
        auto copy = cast<memref::GlobalOp>(b.clone(*global));
        copy.setType(withSpace(copy.getType(), space));
      }
      use.getResult().setType(withSpace(use.getType(), space));
    }
  }

  static MemRefType withSpace(MemRefType type, Attribute space) {
    return MemRefType::get(type.getShape(), type.getElementType(), type.getLayout(), space);
  }
};

} // namespace
