// The pipeline of a CUDA kernel, from linalg to the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Conversion/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "targets/gpu/compiler/GpuPipeline.h"
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h"
#include "targets/gpu/cuda/compiler/CudaMatrixProducts.h"
#include "targets/gpu/cuda/compiler/CudaTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cuda;

void sinter::cuda::buildVariantPipeline(OpPassManager &pm, const Facts &facts) {
  sinter::gpu::buildKernelPipeline(pm, facts, [&](OpPassManager &functions) {
    CudaMatrixProductsOptions products;
    products.threads = facts.threads;
    functions.addPass(createCudaMatrixProducts(products)); // What tensor cores take is done.
  });
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCudaConvertToNvvm()); // The LLVM dialect below.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
