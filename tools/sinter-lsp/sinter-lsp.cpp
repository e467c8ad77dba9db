// sinter-lsp: MLIR's language server with Sinter's dialects, for editors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/Registration.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/raw_ostream.h"

static const char helpText[] =
    R"(The MLIR language server with Sinter's dialects. Editors start it and speak on standard input and output.

Usage: sinter-lsp [options]

Options:
  --log=error|info|verbose     what is logged, on standard error (default info)
  --pretty                     messages as JSON for people
  --help-hidden                every option, of MLIR and LLVM too
  --help, --version

Example, in Neovim:
  vim.lsp.start({ name = "sinter", cmd = { "build/release/bin/sinter-lsp" } })
)";

int main(int argc, char **argv) {
  // LLVM's own help has thousands of lines.
  if (argc == 2 && (llvm::StringRef(argv[1]) == "--help" || llvm::StringRef(argv[1]) == "-h")) {
    llvm::outs() << helpText;
    return 0;
  }
  mlir::DialectRegistry registry;
  sinter::registerAllDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
