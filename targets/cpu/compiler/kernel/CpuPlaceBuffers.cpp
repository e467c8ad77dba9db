// Puts a kernel's temporary buffers on the stack or into the worker's scratch block.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/kernel/CpuPlaceBuffers.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace sinter {
#define GEN_PASS_DEF_CPUPLACEBUFFERS
#include "targets/cpu/compiler/kernel/CpuPlaceBuffers.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

constexpr int64_t stackLimit = 32 * 1024;
constexpr int64_t alignment = 64;

int64_t alignUp(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

struct CpuPlaceBuffers : sinter::impl::CpuPlaceBuffersBase<CpuPlaceBuffers> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    auto scratchType = MemRefType::get({ShapedType::kDynamic}, IntegerType::get(&getContext(), 8));
    Value scratch = func.getBody().addArgument(MemRefType::get({1}, scratchType.getElementType()), func.getLoc());
    SmallVector<Type> inputs(func.getFunctionType().getInputs());
    inputs.push_back(scratch.getType());
    func.setFunctionType(FunctionType::get(&getContext(), inputs, {}));

    SmallVector<memref::AllocOp> allocs;
    func.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    // Small ones first, so that a large one does not push the others off the stack; ties in program order.
    SmallVector<std::pair<int64_t, size_t>> sized;
    for (auto [number, alloc] : llvm::enumerate(allocs)) {
      std::optional<int64_t> bytes = boundedBytes(alloc);
      if (!bytes) {
        alloc.emitOpError("internal: a temporary buffer has no bound");
        return signalPassFailure();
      }
      sized.push_back({alignUp(*bytes), number});
    }
    llvm::sort(sized);
    int64_t stack = 0, offset = 0;
    for (auto [bytes, number] : sized) {
      memref::AllocOp alloc = allocs[number];
      if (stack + bytes <= stackLimit) {
        stack += bytes;
        placeOnStack(alloc, bytes);
      } else {
        placeInScratch(alloc, scratch, offset);
        offset += bytes;
      }
    }
    func->setAttr("program.scratch", Builder(&getContext()).getI64IntegerAttr(offset));
    func.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
  }

  static std::optional<int64_t> boundedBytes(memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    int64_t bytes = (type.getElementTypeBitWidth() + 7) / 8;
    unsigned dynamic = 0;
    for (int64_t size : type.getShape()) {
      if (ShapedType::isDynamic(size)) {
        FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
            presburger::BoundType::UB, {alloc.getDynamicSizes()[dynamic++]}, nullptr, /*closedUB=*/true);
        if (failed(bound))
          return std::nullopt;
        size = *bound;
      }
      bytes *= size;
    }
    return bytes;
  }

  /// Static buffers keep their type, so that LLVM can promote them to registers.
  static void placeOnStack(memref::AllocOp alloc, int64_t bytes) {
    OpBuilder b = OpBuilder::atBlockBegin(&alloc->getParentOfType<func::FuncOp>().getBody().front());
    Location loc = alloc.getLoc();
    if (alloc.getType().hasStaticShape()) {
      auto stack = memref::AllocaOp::create(b, loc, alloc.getType(), b.getI64IntegerAttr(alignment));
      alloc.replaceAllUsesWith(stack.getResult());
      return alloc.erase();
    }
    auto stack =
        memref::AllocaOp::create(b, loc, MemRefType::get({bytes}, b.getI8Type()), b.getI64IntegerAttr(alignment));
    b.setInsertionPoint(alloc);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value view = memref::ViewOp::create(b, loc, alloc.getType(), stack, zero, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }

  static void placeInScratch(memref::AllocOp alloc, Value scratch, int64_t offset) {
    OpBuilder b(alloc);
    Location loc = alloc.getLoc();
    auto open = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
    Value whole = memref::CastOp::create(b, loc, open, scratch);
    Value shift = arith::ConstantIndexOp::create(b, loc, offset);
    Value view = memref::ViewOp::create(b, loc, alloc.getType(), whole, shift, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }
};

} // namespace
