// Header and section directory: the first things that are checked, and what everything else is
// checked against.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_VERIFY_FILECHECK_H
#define SINTER_RUNTIME_VERIFY_FILECHECK_H

#include "format/Format.h"
#include "load/Source.h"

namespace sinter::rt {

/// The directory in private memory.
struct Directory {
  const format::SectionEntry *sections = nullptr;
  uint32_t count = 0;

  /// The only section of a kind, or -1.
  int32_t find(format::SectionKind kind) const;
};

/// Reads and checks the header alone.
sinter_code checkHeader(const Source &source, format::Header &header, Report &report);

/// Checks the directory: its hash, and every section's place, alignment, codec, flags and the zeros
/// between sections. `bytes` holds header, directory and hash; it stays the directory's memory.
sinter_code checkDirectory(const Source &source, const format::Header &header, const uint8_t *bytes,
                           Directory &directory, Report &report);

/// Bytes of header, directory and hash.
uint64_t directorySize(const format::Header &header);

/// Compares a section's stored bytes with its hash.
sinter_code checkSectionHash(const Directory &directory, uint32_t section, const void *bytes, Report &report);

} // namespace sinter::rt

#endif
