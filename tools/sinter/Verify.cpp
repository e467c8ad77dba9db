// sinter verify: is a package whole.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "ModelOptions.h"
#include "PackageView.h"

using namespace llvm;
using namespace sinter;

int sinter::verifyCommand(ArrayRef<StringRef> arguments) {
  Diagnostics diagnostics;
  std::vector<std::string> files;
  bool json = false;
  CommandLine line("sinter verify PACKAGE… [options]",
                   "Checks every byte of packages: hashes, gaps, offsets, bindings and jumps, as the loader does.",
                   "  sinter verify model.sinter\n");
  line.group("Options");
  addDiagnosticsOption(line, json);
  bool ok = line.parse(arguments, files, diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  if (ok && files.empty())
    diagnostics.error(DiagnosticCode::Usage, "", "no package is named", "see sinter verify --help");
  if (diagnostics.hasErrors())
    return finish(diagnostics, json);
  for (const std::string &file : files)
    if (PackageView::open(file, diagnostics) && !json)
      outs() << file << ": ok\n";
  return finish(diagnostics, json);
}
