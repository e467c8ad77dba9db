// A package on disk, verified and opened for looking at.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PackageView.h"
#include "compiler/support/ReadFile.h"
#include "runtime/include/sinter.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/MemAlloc.h"

using namespace llvm;
using namespace sinter;

static void report(StringRef path, const sinter_error &error, Diagnostics &diagnostics) {
  DiagnosticCode code = DiagnosticCode::Malformed;
  if (error.code == SINTER_E_LIMIT || error.code == SINTER_E_MEMORY)
    code = DiagnosticCode::LimitExceeded;
  std::string place;
  if (error.section >= 0)
    place = "section " + std::to_string(error.section) + ", ";
  std::string text = place + "offset " + std::to_string(error.offset) + ": " + error.text;
  if (error.limit || error.value)
    text += " (limit " + std::to_string(error.limit) + ", value " + std::to_string(error.value) + ")";
  diagnostics.report({Severity::Error, code, path.str(), error.node ? error.node : "", text, ""});
}

/// The loader's verification, without drivers: nothing is chosen or loaded.
static bool verify(StringRef path, const MemoryBuffer &bytes, Diagnostics &diagnostics) {
  sinter_error error = {};
  error.size = sizeof(error);
  sinter_source source = {};
  source.size = sizeof(source);
  source.kind = SINTER_SOURCE_MEMORY;
  source.data = bytes.getBufferStart();
  source.length = bytes.getBufferSize();
  sinter_requirements needs = {};
  needs.size = sizeof(needs);
  if (sinter_package_requirements(&source, nullptr, &needs, &error) != SINTER_OK) {
    report(path, error, diagnostics);
    return false;
  }
  void *block = allocate_buffer(needs.bytes, needs.alignment);
  scope_exit release([&] { deallocate_buffer(block, needs.bytes, needs.alignment); });
  sinter_package *package = nullptr;
  if (sinter_package_open(&source, nullptr, block, needs.bytes, &package, &error) != SINTER_OK) {
    report(path, error, diagnostics);
    return false;
  }
  sinter_package_close(package);
  return true;
}

std::optional<PackageView> PackageView::open(StringRef path, Diagnostics &diagnostics) {
  PackageView view;
  view.bytes = readFile(path, uint64_t(1) << 46, diagnostics);
  if (!view.bytes || !verify(path, *view.bytes, diagnostics))
    return std::nullopt;
  return view;
}

ArrayRef<format::SectionEntry> PackageView::sections() const {
  auto *first = reinterpret_cast<const format::SectionEntry *>(bytes->getBufferStart() + sizeof(format::Header));
  return {first, header().sectionCount};
}

const fb::Package &PackageView::metadata() const {
  for (const format::SectionEntry &entry : sections())
    if (entry.kind == static_cast<uint32_t>(format::SectionKind::Metadata))
      return *fb::GetPackage(bytes->getBufferStart() + entry.offset);
  llvm_unreachable("a verified package has metadata");
}
