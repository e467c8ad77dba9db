// sinter-opt: runs any pass of Sinter or MLIR by name on MLIR text. The tool of lit tests and compiler engineers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/Registration.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

static const char helpText[] = R"(Runs passes of Sinter and MLIR by name on MLIR text.

Usage: sinter-opt [FILE.mlir] [options]; without a file, standard input

Passes:
  --PASS[=OPTIONS]             one pass; several run in the order given
  --pass-pipeline=TEXT         a pipeline, as in builtin.module(func.func(canonicalize))
  --run-reproducer             the pipeline that a reproducer holds
  --mlir-print-ir-after-all    the text after each pass, on standard error

Output:
  -o FILE                      where to write (default: standard output)
  --split-input-file           parts between lines of // ----- one by one
  --verify-diagnostics         check expected-error comments

Other:
  --help-hidden                every pass and every option, of MLIR and LLVM too
  --help, --version

Example:
  sinter compile model.onnx --emit=nn -o model.mlir && sinter-opt model.mlir --nn-fuse
)";

int main(int argc, char **argv) {
  // LLVM's own help has thousands of lines.
  if (argc == 2 && (llvm::StringRef(argv[1]) == "--help" || llvm::StringRef(argv[1]) == "-h")) {
    llvm::outs() << helpText;
    return 0;
  }
  mlir::DialectRegistry registry;
  sinter::registerAllDialects(registry);
  mlir::registerAllPasses();
  sinter::registerSinterPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Sinter's pass driver\n", registry));
}
