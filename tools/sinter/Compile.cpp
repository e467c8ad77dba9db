// sinter compile: models to a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "CrashGuard.h"
#include "ModelOptions.h"
#include "Progress.h"
#include "tools/support/OutputFile.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace sinter;

namespace {

struct CompileCommand {
  CompileOptions options;
  TargetSources sources;
  std::string output;
  bool dependencies = false;
  bool json = false;
  bool quiet = false;
  Diagnostics diagnostics;
};

CommandLine describe(CompileCommand &command) {
  CommandLine line(
      "sinter compile MODEL.onnx… -o OUT.sinter [options]",
      "Compiles ONNX models into one package. Several models become entry points that share weights and state.",
      "  sinter compile rec.onnx -o rec.sinter --shape x=1x3x48x320\n");
  line.group("Model");
  addModelOptions(line, command.options.import);
  line.group("Target");
  addTargetOptions(line, command.options);
  addTargetSources(line, command.sources);
  line.group("Output");
  line.text("-o", "FILE", "where to write; - is standard output", command.output);
  line.value("--emit", "STAGE",
             "nn, linalg, llvm (a module a kernel), obj or package\n(default); all but package take one target, llvm "
             "and\nobj one variant",
             [&](StringRef text, std::string &why) {
               static const std::pair<StringRef, EmitStage> stages[] = {{"nn", EmitStage::Nn},
                                                                        {"linalg", EmitStage::Linalg},
                                                                        {"llvm", EmitStage::Llvm},
                                                                        {"obj", EmitStage::Object},
                                                                        {"package", EmitStage::Package}};
               for (auto [name, stage] : stages)
                 if (name == text) {
                   command.options.stage = stage;
                   return true;
                 }
               why = ("'" + text + "' is no stage").str();
               return false;
             });
  line.flag("--bitstream", "put a bitstream into the package, for an FPGA", command.options.bitstream);
  line.flag("--embed-bitcode", "put the LLVM IR that machine code was made from beside it, for gpu:rocm",
            command.options.embedsBitcode);
  line.text("--assembler", "FILE",
            "put machine code into the package too, made by this program:\nptxas for gpu:cuda; its version is recorded",
            command.options.assembler);
  line.flag("-MD", "write the files that were read to OUT.sinter.d, for make", command.dependencies);
  line.group("Other");
  addThreadOption(line, command.options.threads);
  addDiagnosticsOption(line, command.json);
  line.flag("-q", "no progress", command.quiet);
  return line;
}

bool checkUsage(CompileCommand &command, const TargetRegistry &registry) {
  Diagnostics &diagnostics = command.diagnostics;
  auto usage = [&](const Twine &message) {
    diagnostics.error(DiagnosticCode::Usage, "", message, "see sinter compile --help");
  };
  if (command.options.models.empty())
    usage("no model is named");
  if (command.output.empty())
    usage("no output is named: -o FILE");
  if (command.dependencies && command.output == "-")
    usage("-MD needs a file as output");
  if (!resolveTargets(command.options, registry, diagnostics))
    return false;
  EmitStage stage = command.options.stage;
  const TargetList &first = command.options.targets.front();
  if (stage != EmitStage::Package && (command.options.targets.size() > 1 || first.size() > 1))
    usage("--emit of an earlier stage takes one target");
  else if ((stage == EmitStage::Llvm || stage == EmitStage::Object) && command.options.variant.empty()) {
    // A target with one variant need not be told which.
    const TargetInfo &info = registry.find(first.front())->info();
    if (info.variants.size() == 1)
      command.options.variant = info.variants.front().name;
    else if (!info.variants.empty())
      usage("--emit of llvm or obj takes one variant: --target=" + info.name + "@" + info.variants.front().name);
  }
  return !diagnostics.hasErrors();
}

std::string escapeForMake(StringRef path) {
  std::string text;
  for (char c : path) {
    if (c == ' ' || c == '#' || c == ':')
      text += '\\';
    text += c == '$' ? "$$" : std::string(1, c);
  }
  return text;
}

/// All that the package was made from.
std::vector<std::string> filesRead(const CompileCommand &command, const CompileResult &result) {
  std::vector<std::string> files;
  for (const ImportedFile &file : result.files)
    files.push_back(file.path);
  for (const StateOption &state : command.options.import.states)
    if (!state.initFile.empty())
      files.push_back(state.initFile);
  append_range(files, command.sources.deviceFiles);
  append_range(files, command.sources.plugins);
  return files;
}

std::string dependencyRule(StringRef output, ArrayRef<std::string> files) {
  std::string text = escapeForMake(output) + ":";
  for (const std::string &file : files)
    text += " \\\n  " + escapeForMake(file);
  return text + "\n";
}

bool writeOutput(CompileCommand &command, const std::string &path, ArrayRef<char> bytes) {
  if (path == "-") {
    outs().write(bytes.data(), bytes.size());
    return true;
  }
  std::string error = tool::writeOutputFile(path, bytes.data(), bytes.size());
  if (!error.empty())
    command.diagnostics.report({Severity::Error, DiagnosticCode::File, path, "", "cannot write: " + error, ""});
  return error.empty();
}

bool writeResult(CompileCommand &command, const CompileResult &result) {
  std::vector<std::string> files = filesRead(command, result);
  for (const std::string &file : files)
    if (tool::isSameFile(file, command.output)) {
      command.diagnostics.report({Severity::Error, DiagnosticCode::Usage, command.output, "",
                                  "the output would replace " + file + ", which is read", "name another with -o"});
      return false;
    }
  if (!writeOutput(command, command.output, result.bytes))
    return false;
  std::string rule = dependencyRule(command.output, files);
  return !command.dependencies || writeOutput(command, command.output + ".d", ArrayRef<char>(rule.data(), rule.size()));
}

int run(CompileCommand command, const TargetRegistry &registry, const std::string &checkpoint) {
  Progress progress(command.quiet || !checkpoint.empty(), sys::path::filename(command.output));
  command.options.progress = [&](StringRef stage) { progress.show(stage); };
  command.options.checkpoint = checkpoint;
  if (!checkpoint.empty())
    command.options.threads = 1;
  std::optional<CompileResult> result = compile(command.options, registry, command.diagnostics);
  progress.show("write");
  bool ok = result && writeResult(command, *result);
  progress.finish(ok, result ? result->bytes.size() : 0);
  return finish(command.diagnostics, command.json);
}

} // namespace

int sinter::compileCommand(ArrayRef<StringRef> arguments) {
  CompileCommand command;
  CommandLine line = describe(command);
  bool ok = line.parse(arguments, command.options.models, command.diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  TargetRegistry registry;
  ok &= addTargets(registry, command.sources, command.diagnostics, &command.options);
  if (!ok || !checkUsage(command, registry))
    return finish(command.diagnostics, command.json);
  command.options.normalized = normalizedOptions(command.options);
  return runGuarded(sys::path::stem(command.options.models.front()), command.json,
                    [&](const std::string &checkpoint) { return run(command, registry, checkpoint); });
}
