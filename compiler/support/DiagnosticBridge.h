// Turns MLIR's diagnostics into ours while it lives: passes and verifiers emit ordinary errors at
// an operation's location, and the user reads them with the ONNX node's name.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_DIAGNOSTICBRIDGE_H
#define SINTER_COMPILER_SUPPORT_DIAGNOSTICBRIDGE_H

#include "compiler/support/Diagnostics.h"
#include "mlir/IR/Diagnostics.h"

namespace sinter {

class DiagnosticBridge {
public:
  /// Errors and warnings emitted in `context` get `code`; remarks are dropped, notes are appended
  /// to their error.
  DiagnosticBridge(mlir::MLIRContext &context, Diagnostics &diagnostics, DiagnosticCode code);

  /// The code for diagnostics from here on.
  void setCode(DiagnosticCode newCode) { code = newCode; }

private:
  void report(mlir::Diagnostic &diagnostic);

  Diagnostics &diagnostics;
  DiagnosticCode code;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace sinter

#endif
