// sinter check: would the targets take the model, and if not, what and why.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "CrashGuard.h"
#include "ModelOptions.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace sinter;

int sinter::checkCommand(ArrayRef<StringRef> arguments) {
  CompileOptions options;
  Diagnostics diagnostics;
  bool json = false;
  TargetSources sources;
  CommandLine line("sinter check MODEL.onnx… [options]",
                   "Says what a target would refuse of a model, and why. Compiles nothing.",
                   "  sinter check rec.onnx --shape x=1x3x48x320 --target=cpu:aarch64\n");
  line.group("Model");
  addModelOptions(line, options.import);
  line.group("Target");
  addTargetOptions(line, options);
  addTargetSources(line, sources);
  line.group("Other");
  addThreadOption(line, options.threads);
  addDiagnosticsOption(line, json);
  bool ok = line.parse(arguments, options.models, diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  TargetRegistry registry;
  ok &= addTargets(registry, sources, diagnostics, &options);
  if (ok && options.models.empty()) {
    diagnostics.error(DiagnosticCode::Usage, "", "no model is named", "see sinter check --help");
    ok = false;
  }
  if (!ok || !resolveTargets(options, registry, diagnostics))
    return finish(diagnostics, json);
  return runGuarded(sys::path::stem(options.models.front()), json, [&](const std::string &checkpoint) {
    options.checkpoint = checkpoint;
    if (check(options, registry, diagnostics) && !json)
      outs() << "every operator has a target\n";
    return finish(diagnostics, json);
  });
}
