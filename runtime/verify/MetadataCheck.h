// Checks of the metadata: every index, size, range, register and jump, against the section directory and each other.
//
// After these checks the loader trusts the metadata: later code reads it without looking again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_VERIFY_METADATACHECK_H
#define SINTER_RUNTIME_VERIFY_METADATACHECK_H

#include "format/Reader.h"
#include "support/Types.h"
#include "verify/FileCheck.h"

namespace sinter::rt {

constexpr uint32_t kMaxEntries = 4096;
constexpr uint32_t kMaxScalars = 65536;
constexpr uint64_t kMaxGrid = uint64_t(1) << 40;

/// What the metadata is checked against and where a fault is reported.
struct MetadataContext {
  const Directory &directory;
  const fb_reader::Package &package;
  int32_t section; ///< Of the metadata.
  Report &report;

  /// A malformed package, at the metadata.
  sinter_code fail(std::initializer_list<Piece> pieces) const;
};

/// Bytes of a tensor at its bound; invalid on overflow or an unknown type.
Checked tensorBytes(uint32_t type, const flatbuffers::Vector<const fb_reader::Dim *> *dims);

/// Checks the whole package table. `bytes` are the section's, aligned to 16; the table is inside them.
sinter_code checkMetadata(const Directory &directory, int32_t section, const uint8_t *bytes, uint64_t size,
                          const fb_reader::Package *&package, Report &report);

/// One program; called by checkMetadata.
sinter_code checkProgram(const MetadataContext &context, const fb_reader::Program &program);

} // namespace sinter::rt

#endif
