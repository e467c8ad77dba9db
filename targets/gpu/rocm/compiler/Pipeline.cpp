// The pipeline of a ROCm kernel, from linalg to the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Conversion/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "targets/gpu/compiler/GpuMatrixProducts.h"
#include "targets/gpu/compiler/GpuPipeline.h"
#include "targets/gpu/rocm/compiler/MatrixCores.h"
#include "targets/gpu/rocm/compiler/RocmConvertToRocdl.h"
#include "targets/gpu/rocm/compiler/RocmTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::rocm;

void sinter::rocm::buildVariantPipeline(OpPassManager &pm, const Facts &facts, StringRef processor) {
  sinter::gpu::buildKernelPipeline(pm, facts, [&](OpPassManager &functions) {
    functions.addPass(createGpuMatrixProducts({matrixCores(processor)}, facts.threads,
                                              facts.gridWidth)); // What matrix cores take is done.
  });
  pm.addPass(createSCFToControlFlowPass());
  RocmConvertToRocdlOptions options;
  options.processor = processor.str();
  pm.addPass(createRocmConvertToRocdl(options)); // The LLVM dialect below.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
