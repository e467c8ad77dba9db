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
                                                          unsigned threads) const {
  return emitVariants(kernels, facts, options, threads);
}

std::unique_ptr<Target> sinter::vulkan::createVulkanTarget() { return std::make_unique<VulkanTarget>(loadFacts()); }
