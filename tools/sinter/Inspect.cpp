// sinter inspect: what is in a package. One JSON document is made; the text for people is written from it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "InspectText.h"
#include "ModelOptions.h"
#include "PackageView.h"
#include "Transfers.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace llvm;
using namespace sinter;

namespace {

json::Value text(const flatbuffers::String *value) { return value ? json::fixUTF8(value->c_str()) : std::string(); }

template <typename VectorT, typename ConvertT> json::Array list(const VectorT *vector, ConvertT convert) {
  json::Array array;
  if (vector)
    for (const auto &each : *vector)
      array.push_back(convert(each));
  return array;
}

json::Array texts(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *vector) {
  return list(vector, [](const auto *value) { return text(value); });
}

json::Array dims(const flatbuffers::Vector<const fb::Dim *> *vector) {
  return list(vector, [](const auto *dim) { return json::Value(dim->extent()); });
}

json::Value valueOf(const fb::Value *value) {
  json::Object object{
      {"name", text(value->name())}, {"type", fb::EnumNameElementType(value->type())}, {"shape", dims(value->dims())}};
  if (value->state() >= 0)
    object["state"] = value->state();
  if (const fb::Quantization *quantization = value->quantization()) {
    object["scale"] = list(quantization->scale(), [](float scale) { return json::Value(scale); });
    object["zero_point"] = list(quantization->zero_point(), [](int32_t zero) { return json::Value(zero); });
    if (quantization->axis() >= 0)
      object["axis"] = quantization->axis();
  }
  return object;
}

json::Value entryOf(const fb::EntryPoint *entry) {
  return json::Object{{"name", text(entry->name())},
                      {"inputs", list(entry->inputs(), valueOf)},
                      {"outputs", list(entry->outputs(), valueOf)}};
}

json::Value stateOf(const fb::State *state) {
  return json::Object{{"name", text(state->name())},
                      {"type", fb::EnumNameElementType(state->type())},
                      {"shape", dims(state->dims())},
                      {"bytes", state->size()}};
}

json::Value kernelOf(const fb::Kernel *kernel) {
  return json::Object{{"name", text(kernel->name())},   {"nodes", texts(kernel->nodes())},
                      {"bindings", kernel->bindings()}, {"outputs", kernel->outputs()},
                      {"flops", kernel->flops()},       {"bytes", kernel->bytes()}};
}

class Inspector {
public:
  explicit Inspector(const PackageView &view) : view(view) {}

  json::Object document() {
    const fb::Package &package = view.metadata();
    return json::Object{{"bytes", view.size()},
                        {"format", std::to_string(view.header().major) + "." + std::to_string(view.header().minor)},
                        {"provenance", provenance(package.provenance())},
                        {"entries", list(package.entries(), entryOf)},
                        {"states", list(package.states(), stateOf)},
                        {"constants", constants(package)},
                        {"programs", list(package.programs(), [&](const auto *each) { return program(each); })},
                        {"sections", sections()}};
  }

private:
  json::Value provenance(const fb::Provenance *origin) {
    if (!origin)
      return json::Object();
    return json::Object{{"producer", text(origin->producer())},
                        {"options", texts(origin->options())},
                        {"model_sha256", texts(origin->model_sha256())},
                        {"opsets", texts(origin->opsets())}};
  }

  json::Value constants(const fb::Package &package) {
    uint64_t bytes = 0;
    if (package.constants())
      for (const fb::Constant *constant : *package.constants())
        bytes += constant->size();
    return json::Object{{"count", package.constants() ? package.constants()->size() : 0}, {"bytes", bytes}};
  }

  json::Value variant(const fb::Variant *variant) {
    uint64_t scratch = 0;
    if (variant->scratch())
      for (uint64_t each : *variant->scratch())
        scratch = std::max(scratch, each);
    return json::Object{{"name", text(variant->name())},
                        {"features", texts(variant->features())},
                        {"section", variant->section()},
                        {"code_bytes", view.sections()[variant->section()].size},
                        {"scratch_bytes_per_worker", scratch}};
  }

  json::Value arena(const fb::Arena *arena) {
    return json::Object{{"memory", text(arena->memory())},
                        {"bytes", arena->size()},
                        {"alignment", arena->alignment()},
                        {"tensors", list(arena->tensors(), [](const fb::ArenaTensor *tensor) -> json::Value {
                           return json::Object{{"node", text(tensor->name())},
                                               {"offset", tensor->offset()},
                                               {"bytes", tensor->size()},
                                               {"first", tensor->first()},
                                               {"last", tensor->last()}};
                         })}};
  }

  static json::Value bindingOf(const fb::Binding &binding) {
    return json::Object{{"memory", fb::EnumNameBindingClass(binding.class_())},
                        {"index", binding.index()},
                        {"offset", binding.offset()},
                        {"bytes", binding.length()}};
  }

  json::Value work(const fb::Program *program, const fb::WorkItem *item) {
    json::Object object{{"node", text(item->node())}};
    if (const fb::Dispatch *dispatch = item->work_as_Dispatch()) {
      object["kind"] = "dispatch";
      object["kernel"] =
          text(program->executables()->Get(dispatch->executable())->kernels()->Get(dispatch->kernel())->name());
      object["grid"] = dispatch->grid();
      object["bindings"] = list(dispatch->bindings(), [](const fb::Binding *each) { return bindingOf(*each); });
    } else if (const fb::Copy *copy = item->work_as_Copy()) {
      object["kind"] = "copy";
      object["source"] = bindingOf(*copy->source());
      object["target"] = bindingOf(*copy->target());
    } else if (const fb::Fill *fill = item->work_as_Fill()) {
      object["kind"] = "fill";
      object["target"] = bindingOf(*fill->target());
    }
    return object;
  }

  /// What one run of all entry points computes on an executable, and which nodes it came from.
  static json::Object load(const fb::Program *program, uint32_t executable) {
    uint64_t flops = 0;
    std::set<std::string> nodes;
    for (const fb::Kernel *kernel : *program->executables()->Get(executable)->kernels())
      if (kernel->nodes())
        for (const auto *node : *kernel->nodes())
          nodes.insert(node->str());
    for (const fb::Procedure *procedure : *program->procedures())
      for (uint32_t i = 0; procedure->work() && i < procedure->work()->size(); ++i)
        if (const fb::Dispatch *dispatch = procedure->work()->Get(i)->work_as_Dispatch();
            dispatch && dispatch->executable() == executable)
          flops += program->executables()->Get(executable)->kernels()->Get(dispatch->kernel())->flops();
    return json::Object{{"nodes", static_cast<uint64_t>(nodes.size())}, {"flops", flops}};
  }

  /// Where the host waits for what a device has computed: branches and sizes that depend on it.
  static int64_t hostReads(const fb::Procedure *procedure) {
    int64_t count = 0;
    for (uint32_t i = 0; procedure->commands() && i < procedure->commands()->size(); ++i)
      count += procedure->commands()->Get(i)->command_as_Load() != nullptr;
    return count;
  }

  static json::Array transfers(const fb::Program *program, const fb::Procedure *procedure) {
    json::Array array;
    for (const Transfer &transfer : transfersOf(*program, *procedure))
      array.push_back(json::Object{{"from", text(program->executables()->Get(transfer.from)->target())},
                                   {"to", text(program->executables()->Get(transfer.to)->target())},
                                   {"producer", json::fixUTF8(transfer.producer)},
                                   {"consumer", json::fixUTF8(transfer.consumer)},
                                   {"bytes", transfer.bytes}});
    return array;
  }

  json::Value program(const fb::Program *program) {
    uint32_t number = 0;
    return json::Object{
        {"executables", list(program->executables(),
                             [&](const fb::Executable *executable) -> json::Value {
                               return json::Object{{"target", text(executable->target())},
                                                   {"driver", text(executable->driver())},
                                                   {"load", load(program, number++)},
                                                   {"kernels", list(executable->kernels(), kernelOf)},
                                                   {"variants", list(executable->variants(),
                                                                     [&](const auto *each) { return variant(each); })}};
                             })},
        {"arenas", list(program->arenas(), [&](const auto *each) { return arena(each); })},
        {"procedures", list(program->procedures(),
                            [&](const fb::Procedure *procedure) -> json::Value {
                              return json::Object{
                                  {"entry", procedure->entry()},
                                  {"commands", procedure->commands() ? procedure->commands()->size() : 0},
                                  {"host_reads", hostReads(procedure)},
                                  {"transfers", transfers(program, procedure)},
                                  {"work",
                                   list(procedure->work(), [&](const auto *each) { return work(program, each); })}};
                            })},
        {"refusals", list(program->refusals(), [](const fb::Refusal *refusal) -> json::Value {
           return json::Object{{"node", text(refusal->node())},
                               {"target", text(refusal->target())},
                               {"reason", text(refusal->reason())},
                               {"limit", text(refusal->limit())},
                               {"value", text(refusal->value())}};
         })}};
  }

  json::Array sections() {
    json::Array array;
    for (const format::SectionEntry &entry : view.sections())
      array.push_back(json::Object{{"kind", kindName(entry.kind)},
                                   {"bytes", entry.size},
                                   {"offset", entry.offset},
                                   {"alignment", entry.alignment},
                                   {"abi", entry.abi},
                                   {"owner", std::string(reinterpret_cast<const char *>(entry.owner),
                                                         strnlen(reinterpret_cast<const char *>(entry.owner), 16))},
                                   {"sha256", toHex(ArrayRef<uint8_t>(entry.sha256), /*LowerCase=*/true)}});
    return array;
  }

  static std::string kindName(uint32_t kind) {
    switch (static_cast<format::SectionKind>(kind)) {
    case format::SectionKind::Metadata: return "metadata";
    case format::SectionKind::Constants: return "constants";
    case format::SectionKind::Code: return "code";
    case format::SectionKind::Text: return "text";
    default: return "vendor " + std::to_string(kind);
    }
  }

  const PackageView &view;
};

} // namespace

int sinter::inspectCommand(ArrayRef<StringRef> arguments) {
  Diagnostics diagnostics;
  std::vector<std::string> files;
  bool json = false;
  bool memory = false;
  CommandLine line(
      "sinter inspect PACKAGE [options]",
      "Shows a package's entry points, programs, kernels with the ONNX nodes they came from, memory and origin.",
      "  sinter inspect model.sinter --json | jq '.programs[0].arenas[0].bytes'\n");
  line.group("Options");
  line.flag("--json", "everything, as one JSON document", json);
  line.flag("--memory", "also list what lies where in the arenas", memory);
  bool ok = line.parse(arguments, files, diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  if (ok && files.size() != 1)
    diagnostics.error(DiagnosticCode::Usage, "", "one package is inspected at a time, not " + Twine(files.size()),
                      "see sinter inspect --help");
  if (diagnostics.hasErrors())
    return finish(diagnostics, false);
  std::optional<PackageView> view = PackageView::open(files.front(), diagnostics);
  if (!view)
    return finish(diagnostics, false);
  json::Object document = Inspector(*view).document();
  if (json)
    outs() << formatv("{0:2}\n", json::Value(std::move(document)));
  else
    printInspection(document, memory, outs());
  return 0;
}
