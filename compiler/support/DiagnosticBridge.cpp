// MLIR diagnostics to Sinter's.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/DiagnosticBridge.h"
#include "dialects/nn/Provenance.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sinter;

DiagnosticBridge::DiagnosticBridge(MLIRContext &context, Diagnostics &diagnostics, DiagnosticCode code)
    : diagnostics(diagnostics), code(code), handler(&context, [this](mlir::Diagnostic &d) { report(d); }) {}

void DiagnosticBridge::report(mlir::Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() == DiagnosticSeverity::Remark || diagnostic.getSeverity() == DiagnosticSeverity::Note)
    return;
  sinter::Diagnostic ours;
  ours.severity = diagnostic.getSeverity() == DiagnosticSeverity::Error ? Severity::Error : Severity::Warning;
  ours.code = code;
  ours.node = llvm::join(nodeNames(diagnostic.getLocation()), ", ");
  ours.message = diagnostic.str();
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    // MLIR prints the whole operation in this note; it can hold megabytes of weights and tells a
    // user nothing.
    if (std::string text = note.str(); !llvm::StringRef(text).starts_with("see current operation"))
      ours.message += "; " + text;
  diagnostics.report(std::move(ours));
}
