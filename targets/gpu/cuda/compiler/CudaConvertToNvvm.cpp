// GPU kernels become the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace sinter {
#define GEN_PASS_DEF_CUDACONVERTTONVVM
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// Temporaries that all threads share are the kernel's own shared memory; as allocations they would become calls.
void shareTemporaries(gpu::GPUFuncOp kernel) {
  SmallVector<memref::AllocOp> allocs;
  kernel.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  for (memref::AllocOp alloc : allocs) {
    alloc.replaceAllUsesWith(kernel.addWorkgroupAttribution(alloc.getType(), alloc.getLoc()));
    alloc.erase();
  }
}

/// A table lies in global memory: constant memory serves one address at a time, and threads look up different ones.
void placeTables(gpu::GPUModuleOp module) {
  auto space = IntegerAttr::get(IntegerType::get(module.getContext(), 64), 1);
  auto placed = [&](MemRefType type) {
    return MemRefType::get(type.getShape(), type.getElementType(), type.getLayout(), space);
  };
  for (auto global : module.getOps<memref::GlobalOp>())
    global.setType(placed(global.getType()));
  module.walk([&](memref::GetGlobalOp use) { use.getResult().setType(placed(use.getType())); });
}

struct CudaConvertToNvvm : sinter::impl::CudaConvertToNvvmBase<CudaConvertToNvvm> {
  void runOnOperation() override {
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>()) {
      for (auto kernel : module.getOps<gpu::GPUFuncOp>())
        shareTemporaries(kernel);
      placeTables(module);
      if (failed(convert(module)))
        return signalPassFailure();
    }
  }

  LogicalResult convert(gpu::GPUModuleOp module) {
    LowerToLLVMOptions options(&getContext());
    options.overrideIndexBitwidth(32);
    options.useBarePtrCallConv = true;
    LLVMTypeConverter types(&getContext(), options);
    configureGpuToNVVMTypeConverter(types);
    RewritePatternSet patterns(&getContext());
    arith::populateArithToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
    // With them come calls of CUDA's mathematical library: instructions are better.
    populateGpuToNVVMConversionPatterns(types, patterns, /*benefit=*/0);
    populateMathToLLVMConversionPatterns(types, patterns);
    populateVectorToLLVMConversionPatterns(types, patterns);
    ub::populateUBToLLVMConversionPatterns(types, patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    return applyPartialConversion(module, target, std::move(patterns));
  }
};

} // namespace
