// GPU kernels become the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "targets/gpu/compiler/LlvmConversion.h"

namespace sinter {
#define GEN_PASS_DEF_CUDACONVERTTONVVM
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// A table lies in global memory: constant memory serves one address at a time, and threads look up different ones.
constexpr unsigned tableSpace = 1;

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
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    return applyPartialConversion(module, target, std::move(patterns));
  }
};

} // namespace
