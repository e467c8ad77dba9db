// The pipeline of a CUDA kernel, from linalg to the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "targets/gpu/compiler/GpuMatrixProducts.h"
#include "targets/gpu/compiler/GpuPipeline.h"
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h"
#include "targets/gpu/cuda/compiler/CudaTarget.h"
#include "targets/gpu/cuda/compiler/MmaUnits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cuda;

void sinter::cuda::buildVariantPipeline(OpPassManager &pm, const Facts &facts) {
  sinter::gpu::buildKernelPipeline(pm, facts, [&](OpPassManager &functions) {
    functions.addPass(createGpuMatrixProducts({mmaUnits(), &asyncCopies()}, facts.threads, facts.gridWidth));
  });
  pm.addPass(memref::createExpandStridedMetadataPass()); // Views that copies read through.
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCudaConvertToNvvm()); // The LLVM dialect below.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
