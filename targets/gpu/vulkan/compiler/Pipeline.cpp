// The pipelines of a Vulkan kernel, from nn to SPIR-V.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "targets/gpu/compiler/GpuPipeline.h"
#include "targets/gpu/vulkan/compiler/VulkanConvertToSpirv.h"
#include "targets/gpu/vulkan/compiler/VulkanTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::vulkan;

void sinter::vulkan::buildVariantPipeline(OpPassManager &pm, const Facts &facts, const Variant &variant) {
  gpu::buildKernelPipeline(pm, facts, [](OpPassManager &) {}, /*convertsHalf=*/variant.has("float16"));
  VulkanConvertToSpirvOptions spirv;
  spirv.capabilities = {"Shader"};
  for (const Feature &feature : variant.features) {
    llvm::append_range(spirv.capabilities, feature.capabilities);
    llvm::append_range(spirv.extensions, feature.extensions);
  }
  pm.addPass(createVulkanConvertToSpirv(spirv)); // SPIR-V below.
  OpPassManager &modules = pm.nest<spirv::ModuleOp>();
  modules.addPass(spirv::createSPIRVLowerABIAttributesPass());
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
  modules.addPass(spirv::createSPIRVUpdateVCEPass());
}
