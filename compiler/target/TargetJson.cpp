// What every target.json has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/target/TargetJson.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace sinter;

namespace {

[[noreturn]] void complain(StringRef key) { report_fatal_error("target.json: no or a wrong \"" + key + "\""); }

template <typename T> T need(std::optional<T> value, StringRef key) {
  if (!value)
    complain(key);
  return *value;
}

} // namespace

TargetInfo sinter::readTargetJson(const json::Object &object) {
  TargetInfo info;
  info.name = need(object.getString("name"), "name").str();
  info.summary = need(object.getString("summary"), "summary").str();
  info.driver = need(object.getString("driver"), "driver").str();
  info.kernelAbi = static_cast<uint32_t>(need(object.getInteger("kernel_abi"), "kernel_abi"));
  info.tensorAlignment = need(object.getInteger("alignment"), "alignment");
  info.codeAlignment = need(object.getInteger("code_alignment"), "code_alignment");
  const json::Array *variants = object.getArray("variants");
  if (!variants || variants->empty())
    complain("variants");
  for (const json::Value &entry : *variants) {
    const json::Object *variant = entry.getAsObject();
    if (!variant || !variant->getArray("needs"))
      complain("variants");
    VariantInfo &result = info.variants.emplace_back();
    result.name = need(variant->getString("name"), "name").str();
    for (const json::Value &feature : *variant->getArray("needs"))
      result.features.push_back(need(feature.getAsString(), "needs").str());
  }
  return info;
}

TargetInfo sinter::readTargetJson(StringRef text) {
  Expected<json::Value> root = json::parse(text);
  if (!root)
    report_fatal_error(root.takeError());
  const json::Object *object = root->getAsObject();
  if (!object)
    complain("name");
  return readTargetJson(*object);
}
