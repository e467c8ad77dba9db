// Checks of the metadata: every index, size, range, register and jump, against the section
// directory and each other.
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

/// As the executable of a segment: the loader itself copies and fills.
constexpr uint32_t kLoaderItself = UINT32_MAX;

/// What the metadata is checked against and where a fault is reported.
struct MetadataContext {
  const Directory &directory;
  const fb_reader::Package &package;
  int32_t section; ///< Of the metadata.
  Report &report;

  /// A malformed package, at the metadata.
  template <typename... T> sinter_code fail(const char *sentence, T... values) const {
    return failWith(sentence, kindsOf<T...>(), wordOf(values)...);
  }
  sinter_code failWith(const char *sentence, Words kinds, ...) const;
};

/// Bytes of a tensor at its bound; invalid on overflow or an unknown type.
Checked tensorBytes(uint32_t type, const flatbuffers::Vector<const fb_reader::Dim *> *dims);

/// Whether a memory of that name, of an arena or an executable, is the host's.
bool isHostMemory(const flatbuffers::String *name);

/// The executable whose memory a state is in, -1: the host's.
int32_t stateExecutable(const fb_reader::Program &program, uint32_t state);

/// The dimension along which a state grows, or -1.
int32_t growingAxis(const fb_reader::State &state);

/// What saving a state writes: its bytes, and its length where it grows.
inline uint64_t savedBytes(const fb_reader::State &state) {
  return state.size() + (growingAxis(state) < 0 ? 0 : sizeof(uint64_t));
}

/// Checks the whole package table. `bytes` are the section's, aligned to 16; the table is inside
/// them.
sinter_code checkMetadata(const Directory &directory, int32_t section, const uint8_t *bytes, uint64_t size,
                          const fb_reader::Package *&package, Report &report);

/// One program; called by checkMetadata.
sinter_code checkProgram(const MetadataContext &context, const fb_reader::Program &program);

} // namespace sinter::rt

#endif
