// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/Facts.h"
#include "compiler/target/TargetJson.h"
#include "targets/gpu/vulkan/VulkanCode.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sinter;
using namespace sinter::vulkan;

namespace sinter::vulkan {
extern const char *const vulkanTargetJson;
}

Facts sinter::vulkan::loadFacts() { return readFacts(readTargetJson(vulkanTargetJson)); }

Facts sinter::vulkan::readFacts(TargetInfo info) {
  Facts facts{gpu::readGpuFacts(std::move(info)), {}, {}};
  facts.gridWidth = kGridWidth;
  for (const llvm::json::Value &entry : *facts.info.facts.getArray("features")) {
    const llvm::json::Object &feature = *entry.getAsObject();
    facts.features.push_back({feature.getString("name")->str(), gpu::readStrings(feature, "capabilities"),
                              gpu::readStrings(feature, "extensions")});
  }
  for (const VariantInfo &info : facts.info.variants) {
    Variant variant{info, {}};
    for (const std::string &need : info.features) {
      auto feature = llvm::find_if(facts.features, [&](const Feature &each) { return each.name == need; });
      if (feature == facts.features.end())
        llvm::report_fatal_error("target.json of " + llvm::Twine(kTarget) + ": no feature \"" + need + "\"");
      variant.features.push_back(*feature);
    }
    facts.variants.push_back(std::move(variant));
  }
  return facts;
}
