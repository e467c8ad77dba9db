// CUDA as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/CudaTarget.h"
#include "targets/gpu/compiler/GpuPipeline.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cuda;

LogicalResult CudaTarget::lower(ModuleOp kernels) const {
  PassManager pm(kernels.getContext());
  sinter::gpu::buildLoweringPipeline(pm, facts);
  return pm.run(kernels);
}

FailureOr<std::vector<EmittedVariant>> CudaTarget::emit(ModuleOp kernels, const EmitOptions &options,
                                                        unsigned threads) const {
  std::vector<EmittedVariant> result;
  for (const Variant &variant : facts.variants) {
    if (!options.variant.empty() && options.variant != variant.info.name)
      continue;
    FailureOr<EmittedVariant> emitted = emitVariant(kernels, facts, variant, options, threads);
    if (failed(emitted))
      return failure();
    result.push_back(std::move(*emitted));
  }
  return result;
}

std::unique_ptr<Target> sinter::cuda::createCudaTarget() { return std::make_unique<CudaTarget>(); }
