// Diagnostics as data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/Diagnostics.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;
using namespace sinter;

StringRef sinter::toString(DiagnosticCode code) {
  switch (code) {
  case DiagnosticCode::Usage: return "usage";
  case DiagnosticCode::File: return "file";
  case DiagnosticCode::Malformed: return "malformed";
  case DiagnosticCode::LimitExceeded: return "limit";
  case DiagnosticCode::UnsupportedOp: return "unsupported-op";
  case DiagnosticCode::UnsupportedAttr: return "unsupported-attribute";
  case DiagnosticCode::UnsupportedType: return "unsupported-type";
  case DiagnosticCode::UnboundDimension: return "unbound-dimension";
  case DiagnosticCode::InvalidModel: return "invalid-model";
  case DiagnosticCode::Placement: return "placement";
  case DiagnosticCode::Internal: return "internal";
  }
  llvm_unreachable("every code has a name");
}

static StringRef severityName(Severity severity) {
  switch (severity) {
  case Severity::Error: return "error";
  case Severity::Warning: return "warning";
  case Severity::Note: return "note";
  }
  llvm_unreachable("every severity has a name");
}

void Diagnostics::report(Diagnostic diagnostic) {
  if (diagnostic.file.empty())
    diagnostic.file = file;
  errors += diagnostic.severity == Severity::Error;
  list.push_back(std::move(diagnostic));
}

void Diagnostics::error(DiagnosticCode code, StringRef node, const Twine &message, const Twine &remedy) {
  report({Severity::Error, code, "", node.str(), message.str(), remedy.str()});
}

int Diagnostics::exitCode() const {
  int code = 0;
  for (const Diagnostic &d : list) {
    if (d.severity != Severity::Error)
      continue;
    int own = d.code == DiagnosticCode::Internal ? 3 : d.code == DiagnosticCode::Usage ? 2 : 1;
    code = std::max(code, own);
  }
  return code;
}

void Diagnostics::printText(raw_ostream &os, bool color) const {
  for (const Diagnostic &d : list) {
    os << "sinter: ";
    WithColor(os, d.severity == Severity::Error ? HighlightColor::Error : HighlightColor::Warning,
              color ? ColorMode::Enable : ColorMode::Disable)
        << severityName(d.severity);
    os << ": ";
    if (!d.file.empty())
      os << d.file << ": ";
    if (!d.node.empty())
      os << '\'' << d.node << "': ";
    os << d.message << " [" << sinter::toString(d.code) << "]\n";
    if (!d.remedy.empty())
      os << "  help: " << d.remedy << '\n';
  }
}

void Diagnostics::printJson(raw_ostream &os) const {
  json::OStream out(os, 2);
  out.object([&] {
    out.attributeArray("diagnostics", [&] {
      for (const Diagnostic &d : list)
        out.object([&] {
          out.attribute("severity", severityName(d.severity));
          out.attribute("code", sinter::toString(d.code));
          out.attribute("file", json::fixUTF8(d.file));
          out.attribute("node", json::fixUTF8(d.node));
          out.attribute("message", json::fixUTF8(d.message));
          out.attribute("remedy", json::fixUTF8(d.remedy));
        });
    });
  });
  os << '\n';
}
