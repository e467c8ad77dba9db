// Devices from files.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/target/DeviceFile.h"
#include "compiler/support/Limits.h"
#include "compiler/support/ReadFile.h"
#include "compiler/target/TargetJson.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sinter;

namespace {

constexpr uint64_t kLargestDeviceFile = 1 << 20;

StringRef kindName(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Null: return "null";
  case json::Value::Boolean: return "a boolean";
  case json::Value::Number: return "a number";
  case json::Value::String: return "a string";
  case json::Value::Array: return "an array";
  case json::Value::Object: return "an object";
  }
  llvm_unreachable("every kind is handled");
}

bool isFixed(StringRef key) {
  return key == "driver" || key == "kernel_abi" || key == "variants" || key == "ranges" || key == "bitstream" ||
         key == "bitcode" || key == "assembler";
}

/// What all targets have and may be left out of target.json, with its type.
json::Object optionalFacts() {
  return json::Object{{"clock_mhz", 0}, {"transfer", json::Object{{"latency_ns", 0}, {"bytes_per_ns", 0}}}};
}

/// How deep arrays and objects lie in each other: the parser recurses without a limit of its own.
unsigned nesting(StringRef text) {
  unsigned depth = 0, deepest = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!inString && (c == ']' || c == '}') && depth)
      --depth;
  }
  return deepest;
}

class DeviceReader {
public:
  DeviceReader(StringRef path, const TargetRegistry &registry, Diagnostics &diagnostics)
      : path(path), registry(registry), diagnostics(diagnostics) {}

  std::unique_ptr<Target> read(StringRef text) {
    if (unsigned depth = nesting(text); depth > limits::jsonDepth)
      return fail("", "is nested " + Twine(depth) + " levels deep, the limit is " + Twine(limits::jsonDepth)), nullptr;
    Expected<json::Value> root = json::parse(text);
    if (!root)
      return fail("", "is no JSON: " + toString(root.takeError())), nullptr;
    const json::Object *device = root->getAsObject();
    if (!device)
      return fail("", "holds " + kindName(*root) + ", a device is an object"), nullptr;
    std::optional<StringRef> name = nameIn(*device, "name"), refines = nameIn(*device, "refines");
    if (!name || !refines)
      return nullptr;
    if (registry.find(*name))
      return fail("name", "there is a target " + *name + " already", "give the device a name of its own"), nullptr;
    const Target *target = registry.find(*refines);
    if (!target)
      return fail("refines", "there is no target " + *refines, "see sinter --list-targets"), nullptr;
    json::Object merged = target->info().facts;
    merged["name"] = *name;
    if (!merge(*device, optionalFacts(), merged, ""))
      return nullptr;
    return make(*target, json::Value(std::move(merged)));
  }

private:
  void fail(StringRef place, const Twine &message, StringRef remedy = "") {
    diagnostics.report({Severity::Error, DiagnosticCode::Malformed, path.str(), place.str(),
                        place.empty() ? ("the device file " + message).str() : message.str(), remedy.str()});
  }

  std::optional<StringRef> nameIn(const json::Object &device, StringRef key) {
    auto isPlain = [](char c) { return isAlnum(c) || StringRef(":._-").contains(c); };
    std::optional<StringRef> name = device.getString(key);
    if (name && !name->empty() && all_of(*name, isPlain))
      return name;
    fail(key, "expected a name of letters, digits and any of : . _ -");
    return std::nullopt;
  }

  /// Puts what `from` has in the place of what `to` has; `also` may be there without having been in
  /// `to`.
  bool merge(const json::Object &from, const json::Object &also, json::Object &to, const std::string &prefix) {
    bool ok = true;
    SmallVector<StringRef> keys;
    for (const auto &entry : from)
      keys.push_back(entry.first);
    sort(keys);
    for (StringRef key : keys) {
      std::string place = prefix + key.str();
      if (place == "name" || place == "refines")
        continue;
      const json::Value &value = *from.get(key), *example = also.get(key);
      if (!example)
        example = to.get(key);
      if (!example || isFixed(place)) {
        fail(place,
             example ? "a device cannot change it: code and driver depend on it" : "the target has no such fact");
        ok = false;
      } else if (example->kind() != value.kind()) {
        fail(place, "expected " + kindName(*example) + ", not " + kindName(value));
        ok = false;
      } else if (const json::Object *inner = value.getAsObject()) {
        json::Value &place2 = to.try_emplace(key, json::Object()).first->second;
        ok &= merge(*inner, *example->getAsObject(), *place2.getAsObject(), place + ".");
      } else {
        to[key] = value;
      }
    }
    return ok;
  }

  std::unique_ptr<Target> make(const Target &target, const json::Value &facts) {
    TargetInfo info;
    json::Path::Root root("device");
    if (!fromJSON(facts, info, root)) {
      fail("", toString(root.getError()));
      return nullptr;
    }
    if (!checkRanges(info.facts))
      return nullptr;
    info.code = target.info().code;
    std::unique_ptr<Target> device = target.refined(std::move(info));
    if (!device)
      fail("refines", "target " + target.info().name + " has no devices");
    return device;
  }

  /// What only the target understands must lie where its "ranges" say: [least, most] by name.
  bool checkRanges(const json::Object &facts) {
    const json::Object *ranges = facts.getObject("ranges");
    bool ok = true;
    SmallVector<StringRef> keys;
    if (ranges)
      for (const auto &entry : *ranges)
        keys.push_back(entry.first);
    sort(keys);
    for (StringRef key : keys) {
      const json::Array &ends = *ranges->getArray(key);
      int64_t least = *ends[0].getAsInteger(), most = *ends[1].getAsInteger();
      std::optional<int64_t> value = facts.getInteger(key);
      if (value && *value >= least && *value <= most)
        continue;
      std::string found = formatv("{0}", *facts.get(key)).str();
      fail(key, "expected a whole number from " + Twine(least) + " to " + Twine(most) + ", not " + found);
      ok = false;
    }
    return ok;
  }

  StringRef path;
  const TargetRegistry &registry;
  Diagnostics &diagnostics;
};

} // namespace

std::optional<DeviceFile> sinter::loadDeviceFile(StringRef path, TargetRegistry &registry, Diagnostics &diagnostics) {
  std::unique_ptr<MemoryBuffer> text = readFile(path, kLargestDeviceFile, diagnostics);
  if (!text)
    return std::nullopt;
  std::unique_ptr<Target> device = DeviceReader(path, registry, diagnostics).read(text->getBuffer());
  if (!device)
    return std::nullopt;
  DeviceFile result{device->info().name, sha256Hex(text->getBuffer())};
  registry.add(std::move(device));
  return result;
}
