// The facts of a GPU's target.json that the shared pipeline uses.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuFacts.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sinter;
using namespace sinter::gpu;

GpuFacts sinter::gpu::readGpuFacts(TargetInfo info) {
  GpuFacts facts;
  facts.info = std::move(info);
  const llvm::json::Object &object = facts.info.facts;
  auto numberOf = [&](const llvm::json::Object &part, llvm::StringRef key) {
    std::optional<int64_t> value = part.getInteger(key);
    if (!value)
      llvm::report_fatal_error("target.json of " + llvm::Twine(facts.info.name) + ": missing \"" + key + "\"");
    return *value;
  };
  auto number = [&](llvm::StringRef key) { return numberOf(object, key); };
  facts.threads = number("threads");
  facts.accumulators = number("accumulators");
  facts.busyThreads = number("busy_threads");
  facts.loadCost = number("load_cost");
  facts.unrolled = number("unrolled");
  facts.bytesPerCycle = number("bytes_per_cycle");
  facts.workgroupNanoseconds = number("workgroup_nanoseconds");
  facts.mostWorkgroups = number("most_workgroups");
  facts.floats = readStrings(object, "floats");
  if (const llvm::json::Object *matrix = object.getObject("matrix")) {
    auto part = [&](llvm::StringRef key) { return numberOf(*matrix, key); };
    facts.matrix = {part("rows"),       part("columns"),   part("teams"),       part("accumulators"),
                    part("processors"), part("load_cost"), part("shared_bytes")};
  }
  return facts;
}

std::vector<std::string> sinter::gpu::readStrings(const llvm::json::Object &object, llvm::StringRef key) {
  std::vector<std::string> result;
  if (const llvm::json::Array *array = object.getArray(key))
    for (const llvm::json::Value &value : *array)
      result.push_back(value.getAsString().value_or("").str());
  return result;
}
