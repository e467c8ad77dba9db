// See LlvmConversion.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/LlvmConversion.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

LowerToLLVMOptions sinter::gpu::llvmOptions(MLIRContext *context) {
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(32);
  options.useBarePtrCallConv = true;
  return options;
}

/// LLVM joins accesses of neighbouring elements to vectors of up to 16 bytes, which the start must allow; and where it
/// does, reads a last vector whole, which the end must allow too.
static int64_t alignmentOf(MemRefType type) {
  constexpr uint64_t largest = 16;
  auto bytes = static_cast<uint64_t>(type.getNumElements()) * ((type.getElementTypeBitWidth() + 7) / 8);
  return static_cast<int64_t>(bytes ? std::min(largest, bytes & -bytes) : 1);
}

static void shareTemporaries(gpu::GPUFuncOp kernel) {
  SmallVector<memref::AllocOp> allocs;
  kernel.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  for (memref::AllocOp alloc : allocs) {
    unsigned number = kernel.getNumWorkgroupAttributions();
    alloc.replaceAllUsesWith(kernel.addWorkgroupAttribution(alloc.getType(), alloc.getLoc()));
    auto alignment = std::max<int64_t>(alignmentOf(alloc.getType()), alloc.getAlignment().value_or(0));
    kernel.setWorkgroupAttributionAttr(number, LLVM::LLVMDialect::getAlignAttrName(),
                                       IntegerAttr::get(IntegerType::get(kernel.getContext(), 64), alignment));
    alloc.erase();
  }
}

void sinter::gpu::placeBuffers(mlir::gpu::GPUModuleOp module, unsigned tableSpace) {
  for (auto kernel : module.getOps<mlir::gpu::GPUFuncOp>())
    shareTemporaries(kernel);
  auto space = IntegerAttr::get(IntegerType::get(module.getContext(), 64), tableSpace);
  auto placed = [&](MemRefType type) {
    return MemRefType::get(type.getShape(), type.getElementType(), type.getLayout(), space);
  };
  for (auto global : module.getOps<memref::GlobalOp>())
    global.setType(placed(global.getType()));
  module.walk([&](memref::GetGlobalOp use) { use.getResult().setType(placed(use.getType())); });
}

void sinter::gpu::populateLlvmPatterns(LLVMTypeConverter &types, RewritePatternSet &patterns) {
  constexpr unsigned preferred = 2; // Upstream's patterns of GPUs have 1.
  arith::populateArithToLLVMConversionPatterns(types, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
  populateMathToLLVMConversionPatterns(types, patterns, /*approximateLog1p=*/true, preferred);
  populateVectorToLLVMConversionPatterns(types, patterns);
  ub::populateUBToLLVMConversionPatterns(types, patterns);
}
