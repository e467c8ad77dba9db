// Diagnostics as data: every complaint about a model, an option or the machine, with its place and its remedy.
//
// Passes emit ordinary MLIR errors at an operation's location; the driver's handler turns them into these, so that
// text and JSON output and the exit code come from one list. Code before or beside MLIR reports here directly.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_DIAGNOSTICS_H
#define SINTER_COMPILER_SUPPORT_DIAGNOSTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace sinter {

enum class Severity { Error, Warning, Note };

/// Stable names, printed in brackets and in JSON; scripts may match them.
enum class DiagnosticCode {
  Usage,            ///< "usage": the command line is wrong (exit code 2).
  File,             ///< "file": cannot be read or written.
  Malformed,        ///< "malformed": bytes are not a valid model or package.
  LimitExceeded,    ///< "limit": valid, but larger than a limit.
  UnsupportedOp,    ///< "unsupported-op"
  UnsupportedAttr,  ///< "unsupported-attribute"
  UnsupportedType,  ///< "unsupported-type"
  UnboundDimension, ///< "unbound-dimension": needs --dim or --shape.
  InvalidModel,     ///< "invalid-model": breaks ONNX's rules (shapes, types, cycles, names).
  Placement,        ///< "placement": no target takes a node, or --require is not met.
  Internal,         ///< "internal": a defect of Sinter's (exit code 3).
};

llvm::StringRef toString(DiagnosticCode code);

struct Diagnostic {
  Severity severity = Severity::Error;
  DiagnosticCode code = DiagnosticCode::Internal;
  std::string file;    ///< As the user named it; may be empty.
  std::string node;    ///< ONNX node, tensor or section; may be empty.
  std::string message; ///< One sentence without a final stop: what is wrong, the limit and the value.
  std::string remedy;  ///< What the user can do; may be empty.
};

/// Collects diagnostics in order. Not thread-safe.
class Diagnostics {
public:
  void report(Diagnostic diagnostic);
  /// Shorthand for an error.
  void error(DiagnosticCode code, llvm::StringRef node, const llvm::Twine &message, const llvm::Twine &remedy = "");

  /// File name given to reports that have none.
  void setFile(llvm::StringRef name) { file = name.str(); }
  bool hasErrors() const { return errors != 0; }
  llvm::ArrayRef<Diagnostic> all() const { return list; }
  /// 0 without errors; 3 if one is Internal, else 2 if one is Usage, else 1.
  int exitCode() const;

  /// `sinter: error: model.onnx: node 'Conv_3': … [unsupported-op]` and an indented `help:` line.
  void printText(llvm::raw_ostream &os, bool color = false) const;
  /// `{"diagnostics": [{"severity", "code", "file", "node", "message", "remedy"}…]}`
  void printJson(llvm::raw_ostream &os) const;

private:
  std::vector<Diagnostic> list;
  std::string file;
  unsigned errors = 0;
};

} // namespace sinter

#endif
