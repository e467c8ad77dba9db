// GPU kernels become the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "targets/gpu/compiler/LlvmConversion.h"

namespace sinter {
#define GEN_PASS_DEF_CUDACONVERTTONVVM
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// A table lies in global memory: constant memory serves one address at a time, and threads look up different ones.
constexpr unsigned tableSpace = 1;

/// Upstream's conversion wants indices of 64 bits.
struct ConvertAsyncCopy : ConvertOpToLLVMPattern<nvgpu::DeviceAsyncCopyOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(nvgpu::DeviceAsyncCopyOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    auto from = cast<MemRefType>(op.getSrc().getType()), to = cast<MemRefType>(op.getDst().getType());
    Value source = getStridedElementPtr(b, loc, from, adaptor.getSrc(), adaptor.getSrcIndices());
    Value target = getStridedElementPtr(b, loc, to, adaptor.getDst(), adaptor.getDstIndices());
    auto global = LLVM::LLVMPointerType::get(b.getContext(), static_cast<unsigned>(NVVM::NVVMMemorySpace::Global));
    source = LLVM::AddrSpaceCastOp::create(b, loc, global, source);
    int64_t elementBytes = from.getElementTypeBitWidth() / 8;
    Value valid = adaptor.getSrcElements();
    if (valid)
      valid = LLVM::MulOp::create(b, loc, valid, LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(elementBytes)));
    auto cache = op.getBypassL1() ? NVVM::LoadCacheModifierKind::CG : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(b, loc, target, source, op.getDstElements().getSExtValue() * elementBytes, cache, valid);
    b.replaceOp(op, LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(0)));
    return success();
  }
};

struct CudaConvertToNvvm : sinter::impl::CudaConvertToNvvmBase<CudaConvertToNvvm> {
  void runOnOperation() override {
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>()) {
      sinter::gpu::placeBuffers(module, tableSpace);
      if (failed(convert(module)))
        return signalPassFailure();
    }
  }

  LogicalResult convert(gpu::GPUModuleOp module) {
    LLVMTypeConverter types(&getContext(), sinter::gpu::llvmOptions(&getContext()));
    configureGpuToNVVMTypeConverter(types);
    RewritePatternSet patterns(&getContext());
    sinter::gpu::populateLlvmPatterns(types, patterns);
    // With them come calls of CUDA's mathematical library: instructions are better.
    populateGpuToNVVMConversionPatterns(types, patterns, /*benefit=*/0);
    patterns.add<ConvertAsyncCopy>(types);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect, nvgpu::NVGPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    return applyPartialConversion(module, target, std::move(patterns));
  }
};

} // namespace
