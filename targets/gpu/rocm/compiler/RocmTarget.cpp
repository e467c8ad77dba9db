// ROCm as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/RocmTarget.h"
#include "targets/gpu/compiler/GpuPipeline.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::rocm;

LogicalResult RocmTarget::lower(ModuleOp kernels) const {
  PassManager pm(kernels.getContext());
  sinter::gpu::buildLoweringPipeline(pm, facts);
  return pm.run(kernels);
}

FailureOr<std::vector<EmittedVariant>> RocmTarget::emit(ModuleOp kernels, const EmitOptions &options,
                                                        unsigned threads) const {
  std::vector<EmittedVariant> result;
  for (const VariantInfo &variant : facts.info.variants) {
    if (!options.variant.empty() && options.variant != variant.name)
      continue;
    FailureOr<EmittedVariant> emitted = emitVariant(kernels, facts, variant, options, threads);
    if (failed(emitted))
      return failure();
    result.push_back(std::move(*emitted));
  }
  return result;
}

std::unique_ptr<Target> sinter::rocm::createRocmTarget() { return std::make_unique<RocmTarget>(); }
