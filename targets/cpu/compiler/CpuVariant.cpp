// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/CpuVariant.h"
#include "compiler/target/TargetJson.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/JSON.h"

using namespace sinter;
using namespace sinter::cpu;

namespace sinter::cpu {
extern const char *const targetJson;
}

namespace {

std::string text(const llvm::json::Object &object, llvm::StringRef key) {
  std::optional<llvm::StringRef> value = object.getString(key);
  if (!value)
    llvm::report_fatal_error("target.json: missing string");
  return value->str();
}

int64_t number(const llvm::json::Object &object, llvm::StringRef key) {
  std::optional<int64_t> value = object.getInteger(key);
  if (!value)
    llvm::report_fatal_error("target.json: missing number");
  return *value;
}

} // namespace

CpuVariant sinter::cpu::readVariant(const llvm::json::Object &object) {
  CpuVariant variant;
  variant.info.name = text(object, "name");
  for (const llvm::json::Value &need : *object.getArray("needs"))
    variant.info.features.push_back(need.getAsString()->str());
  variant.cpu = text(object, "cpu");
  variant.llvmFeatures = text(object, "llvm_features");
  variant.vectorBytes = number(object, "vector_bytes");
  variant.registers = number(object, "registers");
  variant.fma = object.getBoolean("fma").value_or(false);
  variant.half = object.getBoolean("half").value_or(false);
  variant.extends = object.getString("extends").value_or("").str();
  variant.integerDot = text(object, "integer_dot");
  variant.indexBits = object.getInteger("index_bits").value_or(variant.indexBits);
  variant.divides = object.getBoolean("divides").value_or(variant.divides);
  variant.loopVectors = object.getBoolean("loop_vectors").value_or(variant.loopVectors);
  if (variant.loopVectors && variant.indexBits != 64)
    llvm::report_fatal_error("target.json: vectors in loops need indices of 64 bits");
  return variant;
}

namespace {

CpuArchitecture readArchitecture(const llvm::json::Object &object) {
  CpuArchitecture arch;
  arch.info = readTargetJson(object);
  arch.triple = text(object, "triple");
  for (const llvm::json::Value &entry : *object.getArray("variants"))
    arch.variants.push_back(readVariant(*entry.getAsObject()));
  return arch;
}

} // namespace

CpuArchitecture sinter::cpu::loadArchitecture(llvm::StringRef name) {
  llvm::Expected<llvm::json::Value> root = llvm::json::parse(targetJson);
  if (!root)
    llvm::report_fatal_error(root.takeError());
  for (const llvm::json::Value &entry : *root->getAsObject()->getArray("targets"))
    if (entry.getAsObject()->getString("name") == name)
      return readArchitecture(*entry.getAsObject());
  llvm::report_fatal_error("targets/cpu/target.json: no such target");
}
