// A package on disk, verified and opened for looking at.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_PACKAGEVIEW_H
#define SINTER_TOOLS_SINTER_PACKAGEVIEW_H

#include "compiler/support/Diagnostics.h"
#include "runtime/format/Format.h"
#include "runtime/format/package_generated.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <optional>

namespace sinter {

/// Verified bytes. Everything in it may be read without further checks.
class PackageView {
public:
  /// Reads the file and has the loader verify it, constants' hashes included. Reports what is wrong and returns
  /// nothing.
  static std::optional<PackageView> open(llvm::StringRef path, Diagnostics &diagnostics);

  const format::Header &header() const { return *reinterpret_cast<const format::Header *>(bytes->getBufferStart()); }
  llvm::ArrayRef<format::SectionEntry> sections() const;
  const fb::Package &metadata() const;
  uint64_t size() const { return bytes->getBufferSize(); }

private:
  std::unique_ptr<llvm::MemoryBuffer> bytes;
};

} // namespace sinter

#endif
