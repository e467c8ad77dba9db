// What every target.json has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/target/TargetJson.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace sinter {

static bool fromJSON(const json::Value &value, VariantInfo &variant, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", variant.name) && map.map("needs", variant.features);
}

static bool fromJSON(const json::Value &value, TransferCost &transfer, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.mapOptional("latency_ns", transfer.latencyNs) ||
      !map.mapOptional("bytes_per_ns", transfer.bytesPerNs))
    return false;
  auto isCost = [&](double number, StringRef key) {
    bool ok = number >= 0 && number <= 1e12;
    if (!ok)
      path.field(key).report("expected a number from 0 to 1e12");
    return ok;
  };
  return isCost(transfer.latencyNs, "latency_ns") && isCost(transfer.bytesPerNs, "bytes_per_ns");
}

static bool fromJSON(const json::Value &value, MemoryInfo &memory, json::Path path) {
  json::ObjectMapper map(value, path);
  int64_t largest = 0;
  if (!map || !map.map("name", memory.name) || !map.mapOptional("host_visible", memory.hostVisible) ||
      !map.mapOptional("max_binding", largest))
    return false;
  if (memory.name.empty() || memory.name == "host" || memory.name.size() > 15)
    path.field("name").report("expected a name of up to 15 bytes that is not the host's");
  else if (largest < 0)
    path.field("max_binding").report("expected a number of bytes");
  else
    return memory.largest = static_cast<uint64_t>(largest), true;
  return false;
}

bool fromJSON(const json::Value &value, TargetInfo &info, json::Path path) {
  json::ObjectMapper map(value, path);
  int64_t abi, alignment, codeAlignment, largestTable = 0, bindings = 0;
  if (!map || !map.map("name", info.name) || !map.map("summary", info.summary) || !map.map("driver", info.driver) ||
      !map.map("kernel_abi", abi) || !map.map("alignment", alignment) || !map.map("code_alignment", codeAlignment) ||
      !map.mapOptional("clock_mhz", info.clockMHz) || !map.mapOptional("transfer", info.transfer) ||
      !map.mapOptional("bitstream", info.makesBitstreams) || !map.mapOptional("assembler", info.assembler) ||
      !map.mapOptional("largest_table", largestTable) || !map.mapOptional("bindings", bindings) ||
      !map.mapOptional("bitcode", info.hasBitcode) || !map.mapOptional("memories", info.memories) ||
      !map.map("variants", info.variants))
    return false;
  auto isWithin = [&](bool ok, StringRef key, StringLiteral expected) {
    if (!ok)
      path.field(key).report(expected);
    return ok;
  };
  auto isAlignment = [](int64_t bytes) { return bytes >= 16 && bytes <= 65536 && isPowerOf2_64(bytes); };
  if (!isWithin(isUInt<32>(abi), "kernel_abi", "expected a number of 32 bits") ||
      !isWithin(isAlignment(alignment), "alignment", "expected a power of two from 16 to 65536") ||
      !isWithin(isAlignment(codeAlignment), "code_alignment", "expected a power of two from 16 to 65536") ||
      !isWithin(info.clockMHz > 0 && info.clockMHz <= 1e6, "clock_mhz", "expected a number above 0, up to 1e6") ||
      !isWithin(isUInt<32>(largestTable), "largest_table", "expected a number of elements") ||
      !isWithin(isUInt<32>(bindings) && (bindings || !largestTable), "bindings", "expected a number of tensors") ||
      !isWithin(!info.variants.empty(), "variants", "expected one variant or more") ||
      !isWithin(info.memories.empty() ||
                    llvm::any_of(info.memories, [](const MemoryInfo &each) { return each.hostVisible; }),
                "memories", "expected one that is host_visible, through which tensors get in and out"))
    return false;
  info.kernelAbi = static_cast<uint32_t>(abi);
  info.tensorAlignment = alignment;
  info.codeAlignment = codeAlignment;
  info.largestTable = static_cast<uint64_t>(largestTable);
  info.mostBindings = static_cast<uint64_t>(bindings);
  info.code = info.name;
  info.facts = *value.getAsObject();
  return true;
}

static TargetInfo read(const json::Value &value) {
  TargetInfo info;
  json::Path::Root root("target.json");
  if (!fromJSON(value, info, root))
    report_fatal_error(root.getError());
  return info;
}

TargetInfo readTargetJson(const json::Object &object) { return read(json::Value(json::Object(object))); }

TargetInfo readTargetJson(StringRef text) {
  Expected<json::Value> root = json::parse(text);
  if (!root)
    report_fatal_error(root.takeError());
  return read(*root);
}

} // namespace sinter
