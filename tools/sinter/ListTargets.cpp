// sinter --list-targets: what there is to compile for, plug-ins and device files included.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "ModelOptions.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace sinter;

int sinter::listTargetsCommand(ArrayRef<StringRef> arguments) {
  Diagnostics diagnostics;
  TargetSources sources;
  bool list = false, json = false;
  std::vector<std::string> operands;
  CommandLine line("sinter --list-targets [options]",
                   "Lists the targets that --target can name, each with its variants.",
                   "  sinter --list-targets --load-target=./sinter_acme_target.so\n");
  line.group("Options");
  line.flag("--list-targets", "what this is", list);
  addTargetSources(line, sources);
  addDiagnosticsOption(line, json);
  bool ok = line.parse(arguments, operands, diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  if (!operands.empty())
    diagnostics.error(DiagnosticCode::Usage, "", "--list-targets takes no '" + operands.front() + "'",
                      "see sinter --help");
  TargetRegistry registry;
  if (!ok || !operands.empty() || !addTargets(registry, sources, diagnostics))
    return finish(diagnostics, json);
  for (const auto &target : registry.all()) {
    const TargetInfo &info = target->info();
    outs() << formatv("{0,-16} {1}", info.name, info.summary);
    if (info.code != info.name)
      outs() << " (a device of " << info.code << ')';
    outs() << '\n';
    for (const VariantInfo &variant : info.variants)
      outs() << "                   @" << variant.name << '\n';
  }
  return 0;
}
