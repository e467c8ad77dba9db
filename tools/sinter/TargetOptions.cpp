// The options that say where a model is to run.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelOptions.h"
#include "compiler/support/Registration.h"
#include "compiler/support/RunTool.h"
#include "compiler/target/Plugin.h"
#include "passes/place/Requirement.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <set>

using namespace llvm;
using namespace sinter;

void sinter::addTargetOptions(CommandLine &line, CompileOptions &options) {
  line.value("--target", "T[,T]…",
             "where to run (default cpu:x86-64); T,U splits over both by cost,\nfurther --target "
             "add alternatives to the package",
             [&](StringRef text, std::string &why) {
               SmallVector<StringRef> names;
               text.split(names, ',');
               TargetList list(names.begin(), names.end());
               if (is_contained(list, "")) {
                 why = ("'" + text + "' has an empty name").str();
                 return false;
               }
               options.targets.push_back(std::move(list));
               return true;
             });
  line.value("--require", "T:SHARE%UNIT", "fail unless T takes that much: npu:95%macs; or flops, bytes, nodes",
             [&](StringRef text, std::string &why) {
               if (!parseRequirement(text)) {
                 why = ("'" + text + "' is not TARGET:SHARE%UNIT, as in npu:95%macs").str();
                 return false;
               }
               options.requirements.push_back(text.str());
               return true;
             });
}

void sinter::addTargetSources(CommandLine &line, TargetSources &sources) {
  auto addTo = [](std::vector<std::string> &list) {
    return [&list](StringRef text, std::string &) {
      list.push_back(text.str());
      return true;
    };
  };
  line.value("--target-file", "FILE.json", "a device: a target's facts refined, under a name of its own",
             addTo(sources.deviceFiles));
  line.value("--load-target", "FILE.so", "a target from outside, built against this Sinter", addTo(sources.plugins));
}

bool sinter::addTargets(TargetRegistry &registry, const TargetSources &sources, Diagnostics &diagnostics,
                        CompileOptions *options) {
  registerSinterTargets(registry);
  bool ok = true;
  for (const std::string &plugin : sources.plugins)
    ok &= loadTargetPlugin(plugin, registry, diagnostics);
  for (const std::string &file : sources.deviceFiles) {
    std::optional<DeviceFile> device = loadDeviceFile(file, registry, diagnostics);
    ok &= device.has_value();
    if (device && options)
      options->devices.push_back(std::move(*device));
  }
  return ok;
}

namespace {

/// Goes through the targets that options name and says what cannot be.
class TargetResolver {
public:
  TargetResolver(CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics)
      : options(options), registry(registry), diagnostics(diagnostics) {}

  bool resolve() {
    if (options.targets.empty())
      options.targets.push_back({"cpu:x86-64"});
    for (TargetList &list : options.targets)
      for (std::string &name : list)
        resolveName(name);
    for (const auto [i, list] : enumerate(options.targets)) {
      std::set<std::string> names(list.begin(), list.end());
      if (names.size() < list.size() || is_contained(ArrayRef(options.targets).take_front(i), list))
        complain("--target=" + join(list, ",") + " names what is named already", "leave one out");
    }
    if (!ok)
      return false;
    for (const std::string &text : options.requirements)
      checkRequirement(*parseRequirement(text));
    if (options.bitstream)
      checkBitstream();
    if (options.embedsBitcode && !isAnyTarget([](const TargetInfo &info) { return info.hasBitcode; }))
      complain("--embed-bitcode: no target that is named keeps its LLVM IR",
               "name gpu:rocm with --target, or leave --embed-bitcode out");
    if (!options.assembler.empty())
      checkAssembler();
    return ok;
  }

private:
  void complain(const Twine &message, const Twine &remedy) {
    diagnostics.error(DiagnosticCode::Usage, "", message, remedy);
    ok = false;
  }

  bool isAnyTarget(function_ref<bool(const TargetInfo &)> what) const {
    return any_of(options.targets, [&](const TargetList &list) {
      return any_of(list, [&](const std::string &name) { return what(registry.find(name)->info()); });
    });
  }

  void resolveName(std::string &name) {
    auto [base, variant] = StringRef(name).split('@');
    const Target *target = registry.find(base);
    auto isVariant = [&](const VariantInfo &info) { return info.name == variant; };
    if (!target)
      return complain("there is no target " + base, "see sinter --list-targets");
    if (!variant.empty() && none_of(target->info().variants, isVariant))
      return complain("target " + base + " has no variant " + variant, "see sinter --list-targets");
    if (!variant.empty() && !options.variant.empty() && options.variant != variant)
      return complain("two variants are named, " + options.variant + " and " + variant, "");
    if (!variant.empty())
      options.variant = variant.str();
    name = target->info().name;
  }

  void checkRequirement(const Requirement &requirement) {
    auto hasOne = [&](const TargetList &list) {
      return any_of(list, [&](const std::string &name) { return requirement.includes(name); });
    };
    if (none_of(options.targets, hasOne))
      complain("--require=" + requirement.text + " asks for " + requirement.target + ", which no --target names",
               "name it first, as in --target=" + requirement.target + ",cpu");
  }

  void checkBitstream() {
    if (isAnyTarget([](const TargetInfo &info) { return info.makesBitstreams; }))
      return;
    std::vector<std::string> without;
    for (const TargetList &list : options.targets)
      llvm::append_range(without, list);
    complain("--bitstream: " + join(without, ", ") + (without.size() == 1 ? " executes" : " execute") +
                 " code and is not configured with a bitstream",
             "name an FPGA with --target, or leave --bitstream out");
  }

  void checkAssembler() {
    const std::string &path = options.assembler;
    if (!isAnyTarget([](const TargetInfo &info) { return !info.assembler.empty(); }))
      return complain("--assembler=" + path + ": no target that is named has an assembler",
                      "name gpu:cuda with --target, or leave --assembler out");
    ToolResult said = runTool(path, {"--version"});
    // "Cuda compilation tools, release 13.5, V13.5.37"
    Regex pattern("V([0-9]+\\.[0-9]+\\.[0-9]+)");
    SmallVector<StringRef> found;
    if (said.code != 0 || !pattern.match(said.output, &found)) {
      diagnostics.report(
          {Severity::Error, DiagnosticCode::File, path, "",
           "it does not say its version as an assembler does" + (said.code < 0 ? ": " + said.output : std::string()),
           "name ptxas itself"});
      ok = false;
    } else {
      options.assemblerVersion = found[1].str();
    }
  }

  CompileOptions &options;
  const TargetRegistry &registry;
  Diagnostics &diagnostics;
  bool ok = true;
};

} // namespace

bool sinter::resolveTargets(CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics) {
  return TargetResolver(options, registry, diagnostics).resolve();
}

std::vector<std::string> sinter::normalizedOptions(const CompileOptions &options) {
  std::vector<std::string> list;
  for (const TargetList &targets : options.targets)
    list.push_back("--target=" + join(targets, ",") + (options.variant.empty() ? "" : "@" + options.variant));
  for (const DeviceFile &device : options.devices)
    if (any_of(options.targets, [&](const TargetList &targets) { return is_contained(targets, device.name); }))
      list.push_back("--target-file=" + device.name + ":sha256:" + device.sha256);
  if (options.bitstream)
    list.push_back("--bitstream");
  if (options.embedsBitcode)
    list.push_back("--embed-bitcode");
  if (!options.assembler.empty())
    list.push_back("--assembler=" + options.assemblerVersion);
  for (const auto &[name, bound] : options.import.dims)
    list.push_back("--dim=" + name + "=" + std::to_string(bound.minimum) +
                   (bound.maximum == bound.minimum ? "" : ".." + std::to_string(bound.maximum)));
  for (const auto &[name, shape] : options.import.shapes) {
    std::vector<std::string> dims;
    for (int64_t dim : shape)
      dims.push_back(std::to_string(dim));
    list.push_back("--shape=" + name + "=" + join(dims, "x"));
  }
  for (const StateOption &state : options.import.states)
    list.push_back("--state=" + state.input + "=" + state.output + (state.initFile.empty() ? "" : ":FILE"));
  return list;
}
