// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/Facts.h"
#include "targets/gpu/vulkan/VulkanCode.h"

using namespace sinter;
using namespace sinter::vulkan;

namespace sinter::vulkan {
extern const char *const vulkanTargetJson;
}

Facts sinter::vulkan::loadFacts() {
  llvm::json::Object object = gpu::parseTargetJson(vulkanTargetJson);
  Facts facts{gpu::readGpuFacts(object), {}};
  facts.gridWidth = kGridWidth;
  for (auto [info, entry] : llvm::zip(facts.info.variants, *object.getArray("variants"))) {
    const llvm::json::Object &variant = *entry.getAsObject();
    facts.variants.push_back(
        {info, gpu::readStrings(variant, "capabilities"), gpu::readStrings(variant, "extensions")});
  }
  return facts;
}
