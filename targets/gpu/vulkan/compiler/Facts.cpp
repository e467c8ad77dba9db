// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/Facts.h"
#include "compiler/target/TargetJson.h"
#include "targets/gpu/vulkan/VulkanCode.h"

using namespace sinter;
using namespace sinter::vulkan;

namespace sinter::vulkan {
extern const char *const vulkanTargetJson;
}

Facts sinter::vulkan::loadFacts() { return readFacts(readTargetJson(gpu::parseTargetJson(vulkanTargetJson))); }

Facts sinter::vulkan::readFacts(TargetInfo info) {
  Facts facts{gpu::readGpuFacts(std::move(info)), {}};
  facts.gridWidth = kGridWidth;
  for (auto [info, entry] : llvm::zip(facts.info.variants, *facts.info.facts.getArray("variants"))) {
    const llvm::json::Object &variant = *entry.getAsObject();
    facts.variants.push_back(
        {info, gpu::readStrings(variant, "capabilities"), gpu::readStrings(variant, "extensions")});
  }
  return facts;
}
