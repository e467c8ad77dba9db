// The text of sinter inspect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "InspectText.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace {

std::string textOf(const json::Object &object, StringRef key) { return object.getString(key).value_or("").str(); }
int64_t numberOf(const json::Object &object, StringRef key) { return object.getInteger(key).value_or(0); }

template <typename ActionT> void each(const json::Object &object, StringRef key, ActionT action) {
  if (const json::Array *array = object.getArray(key))
    for (const json::Value &value : *array)
      if (const json::Object *inner = value.getAsObject())
        action(*inner);
}

std::string joined(const json::Object &object, StringRef key, StringRef separator) {
  std::string result;
  for (const json::Value &value : *object.getArray(key)) {
    if (!result.empty())
      result += separator;
    if (std::optional<StringRef> text = value.getAsString())
      result += *text;
    else
      result += std::to_string(value.getAsInteger().value_or(0));
  }
  return result;
}

std::string size(int64_t bytes) {
  if (bytes < 1024)
    return formatv("{0} B", bytes);
  if (bytes < 1024 * 1024)
    return formatv("{0:F1} KiB", bytes / 1024.0);
  return formatv("{0:F1} MiB", bytes / (1024.0 * 1024.0));
}

void printValues(const json::Object &entry, StringRef key, StringRef title, raw_ostream &os) {
  each(entry, key, [&](const json::Object &value) {
    os << formatv("    {0,-7} {1}: {2}[{3}]", title, textOf(value, "name"), textOf(value, "type"),
                  joined(value, "shape", "x"));
    if (value.get("state"))
      os << "  (state)";
    if (const json::Array *scale = value.getArray("scale"))
      os << (scale->size() == 1 ? formatv("  scale {0}", scale->front().getAsNumber().value_or(0)).str()
                                : "  per-channel scales");
    os << '\n';
  });
}

void printProgram(const json::Object &program, bool memory, raw_ostream &os) {
  each(program, "executables", [&](const json::Object &executable) {
    const json::Object &load = *executable.getObject("load");
    os << formatv("  target {0} (driver {1}): {2} nodes, {3} flops\n", textOf(executable, "target"),
                  textOf(executable, "driver"), numberOf(load, "nodes"), numberOf(load, "flops"));
    each(executable, "variants", [&](const json::Object &variant) {
      os << formatv("    variant {0,-10} code {1,10}   scratch {2} a worker\n", textOf(variant, "name"),
                    size(numberOf(variant, "code_bytes")), size(numberOf(variant, "scratch_bytes_per_worker")));
    });
    each(executable, "kernels", [&](const json::Object &kernel) {
      os << formatv("    kernel  {0,-24} {1,12} flops {2,10}  {3}\n", textOf(kernel, "name"), numberOf(kernel, "flops"),
                    size(numberOf(kernel, "bytes")), joined(kernel, "nodes", ", "));
    });
  });
  each(program, "arenas", [&](const json::Object &arena) {
    os << formatv("  arena in {0}: {1}, {2} tensors\n", textOf(arena, "memory"), size(numberOf(arena, "bytes")),
                  arena.getArray("tensors")->size());
    if (!memory)
      return;
    os << "        offset      bytes  live       node\n";
    each(arena, "tensors", [&](const json::Object &tensor) {
      os << formatv("    {0,10} {1,10}  {2,-10} {3}\n", numberOf(tensor, "offset"), numberOf(tensor, "bytes"),
                    formatv("{0}..{1}", numberOf(tensor, "first"), numberOf(tensor, "last")).str(),
                    textOf(tensor, "node"));
    });
  });
  each(program, "procedures", [&](const json::Object &procedure) {
    int64_t dispatches = 0, copies = 0;
    each(procedure, "work",
         [&](const json::Object &item) { ++(textOf(item, "kind") == "dispatch" ? dispatches : copies); });
    os << formatv("  entry {0}: {1} commands, {2} dispatches, {3} copies and fills, {4} host reads\n",
                  numberOf(procedure, "entry"), numberOf(procedure, "commands"), dispatches, copies,
                  numberOf(procedure, "host_reads"));
    each(procedure, "transfers", [&](const json::Object &transfer) {
      os << formatv("    transfer {0} to {1}: {2}, '{3}' to '{4}'\n", textOf(transfer, "from"), textOf(transfer, "to"),
                    size(numberOf(transfer, "bytes")), textOf(transfer, "producer"), textOf(transfer, "consumer"));
    });
  });
  each(program, "refusals", [&](const json::Object &refusal) {
    os << "  not on " << textOf(refusal, "target") << ": '" << textOf(refusal, "node")
       << "': " << textOf(refusal, "reason");
    if (!textOf(refusal, "limit").empty() || !textOf(refusal, "value").empty())
      os << formatv(" (limit {0}, value {1})", textOf(refusal, "limit"), textOf(refusal, "value"));
    os << '\n';
  });
}

} // namespace

void sinter::printInspection(const json::Object &document, bool memory, raw_ostream &os) {
  const json::Object &provenance = *document.getObject("provenance");
  const json::Object &constants = *document.getObject("constants");
  os << formatv("package {0}, format {1}, by {2}\n", size(numberOf(document, "bytes")), textOf(document, "format"),
                textOf(provenance, "producer"));
  os << "options " << joined(provenance, "options", " ") << '\n';
  os << "model   " << joined(provenance, "model_sha256", " ") << "  " << joined(provenance, "opsets", " ") << '\n';
  os << formatv("constants {0}, {1}\n", numberOf(constants, "count"), size(numberOf(constants, "bytes")));
  os << "\nentry points\n";
  each(document, "entries", [&](const json::Object &entry) {
    os << "  " << textOf(entry, "name") << '\n';
    printValues(entry, "inputs", "input", os);
    printValues(entry, "outputs", "output", os);
  });
  each(document, "states", [&](const json::Object &state) {
    os << formatv("  state {0}: {1}[{2}], {3}\n", textOf(state, "name"), textOf(state, "type"),
                  joined(state, "shape", "x"), size(numberOf(state, "bytes")));
  });
  int64_t index = 0;
  each(document, "programs", [&](const json::Object &program) {
    os << "\nprogram " << index++ << '\n';
    printProgram(program, memory, os);
  });
  os << "\nsections\n";
  each(document, "sections", [&](const json::Object &section) {
    os << formatv("  {0,-10} {1,12} at {2,10}  {3}\n", textOf(section, "kind"), size(numberOf(section, "bytes")),
                  numberOf(section, "offset"), StringRef(textOf(section, "sha256")).take_front(16).str());
  });
}
