// Any bytes as an ONNX model: the wire scan and the import either give a module that verifies, or
// errors of the input's.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Importer.h"
#include "compiler/import/WireScan.h"
#include "mlir/IR/Verifier.h"
#include <cstdio>
#include <cstdlib>

using namespace sinter;

static void defect(const Diagnostics &diagnostics, const char *what) {
  diagnostics.printText(llvm::errs());
  std::fprintf(stderr, "defect: %s\n", what);
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  Diagnostics diagnostics;
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importModelBytes(bytes, "", context, ImportOptions(), diagnostics, nullptr);
  if (!module && !diagnostics.hasErrors())
    defect(diagnostics, "it failed without an error");
  if (diagnostics.exitCode() == 3)
    defect(diagnostics, "a wrong model is called a defect of the compiler's");
  if (module && mlir::failed(mlir::verify(*module)))
    defect(diagnostics, "what was imported does not verify");
  return 0;
}
