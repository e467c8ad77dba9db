// sinter: the compiler's command line. Finds the sub-command; each has a file of its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "ModelOptions.h"
#include "compiler/support/Version.h"
#include "tools/support/StandardStreams.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sinter;

namespace {

struct SubCommand {
  StringRef name;
  StringRef summary;
  int (*run)(ArrayRef<StringRef>);
};

const SubCommand kCommands[] = {
    {"compile", "ONNX models to a package", compileCommand},
    {"inspect", "what is in a package", inspectCommand},
    {"verify", "whether a package is whole", verifyCommand},
    {"evaluate", "compute a model with the reference evaluator", evaluateCommand},
    {"check", "what a target would refuse of a model, and why", checkCommand},
};

void printHelp(raw_ostream &os) {
  os << "Compiles ONNX models ahead of time into packages that a thin loader runs.\n\n"
        "Usage: sinter COMMAND [options]\n\nCommands:\n";
  for (const SubCommand &command : kCommands)
    os << formatv("  {0,-16} {1}\n", command.name, command.summary);
  os << "\nOptions:\n"
        "  --list-targets   what there is to compile for; with --load-target and --target-file, theirs too\n"
        "  --version        the version\n"
        "  --help           this text; `sinter COMMAND --help` has the command's options\n"
        "\nExample:\n"
        "  sinter compile model.onnx -o model.sinter && sinter-run model.sinter --inputs in.npz --outputs out.npz\n";
}

int run(ArrayRef<StringRef> arguments) {
  StringRef first = arguments.empty() ? "" : arguments.front();
  for (const SubCommand &command : kCommands)
    if (first == command.name)
      return command.run(arguments.drop_front());
  if (first == "--version") {
    outs() << "sinter " << kVersion << '\n';
    return 0;
  }
  if (first.starts_with("-") && is_contained(arguments, "--list-targets"))
    return listTargetsCommand(arguments);
  if (first == "--help" || first == "-h" || first == "help") {
    printHelp(outs());
    return 0;
  }
  if (first.empty())
    printHelp(errs());
  else
    errs() << "sinter: error: there is no command '" << first << "' [usage]\n  help: see sinter --help\n";
  return 2;
}

} // namespace

int main(int argc, char **argv) {
  tool::holdStandardStreams();
  return closeOutput(run(SmallVector<StringRef>(argv + 1, argv + argc)));
}
