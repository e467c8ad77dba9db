// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/Facts.h"
#include "compiler/target/TargetJson.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sinter;
using namespace sinter::vulkan;

namespace sinter::vulkan {
extern const char *const vulkanTargetJson;
}

static int64_t number(const llvm::json::Object &object, llvm::StringRef key) {
  std::optional<int64_t> value = object.getInteger(key);
  if (!value)
    llvm::report_fatal_error("targets/gpu/vulkan/target.json: missing \"" + key + "\"");
  return *value;
}

static std::vector<std::string> strings(const llvm::json::Object &object, llvm::StringRef key) {
  std::vector<std::string> result;
  if (const llvm::json::Array *array = object.getArray(key))
    for (const llvm::json::Value &value : *array)
      result.push_back(value.getAsString().value_or("").str());
  return result;
}

Facts sinter::vulkan::loadFacts() {
  llvm::Expected<llvm::json::Value> root = llvm::json::parse(vulkanTargetJson);
  if (!root)
    llvm::report_fatal_error(root.takeError());
  const llvm::json::Object &object = *root->getAsObject();
  Facts facts;
  facts.info = readTargetJson(object);
  facts.threads = number(object, "threads");
  facts.tile = number(object, "tile");
  facts.bindings = number(object, "bindings");
  facts.workgroupNanoseconds = number(object, "workgroup_nanoseconds");
  facts.mostWorkgroups = number(object, "most_workgroups");
  for (auto [info, entry] : llvm::zip(facts.info.variants, *object.getArray("variants")))
    facts.variants.push_back(
        {info, strings(*entry.getAsObject(), "capabilities"), strings(*entry.getAsObject(), "extensions")});
  return facts;
}
