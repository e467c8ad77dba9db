// Vulkan as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/VulkanTarget.h"
#include "targets/gpu/compiler/GpuPipeline.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::vulkan;

LogicalResult VulkanTarget::lower(ModuleOp kernels) const {
  PassManager pm(kernels.getContext());
  gpu::buildLoweringPipeline(pm, facts);
  return pm.run(kernels);
}

FailureOr<std::vector<EmittedVariant>> VulkanTarget::emit(ModuleOp kernels, const EmitOptions &options,
                                                          unsigned) const {
  std::vector<EmittedVariant> result;
  if (options.text && options.stage == EmitStage::Linalg)
    return kernels.print(*options.text), result;
  for (const Variant &variant : facts.variants) {
    if (!options.variant.empty() && options.variant != variant.info.name)
      continue;
    FailureOr<EmittedVariant> emitted = emitVariant(kernels, facts, variant, options);
    if (failed(emitted))
      return failure();
    result.push_back(std::move(*emitted));
  }
  return result;
}

std::unique_ptr<Target> sinter::vulkan::createVulkanTarget() { return std::make_unique<VulkanTarget>(loadFacts()); }
