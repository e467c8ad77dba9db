// A package's bytes, wherever they are: memory, a file descriptor, or a read callback.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_LOAD_SOURCE_H
#define SINTER_RUNTIME_LOAD_SOURCE_H

#include "support/Checked.h"
#include "support/Report.h"

#include "sinter.h"

namespace sinter::rt {

class Source {
public:
  /// Checks and keeps the caller's description.
  sinter_code open(const sinter_source *given, Report &report);

  uint64_t size() const { return description.length; }
  uint32_t kind() const { return description.kind; }
  int32_t descriptor() const { return description.fd; }
  /// Where the package begins in the file.
  uint64_t base() const { return description.offset; }

  /// Copies [offset, offset + length) of the package, which the caller has checked to be inside.
  bool read(uint64_t offset, void *buffer, uint64_t length) const;

  /// The bytes themselves, for packages in memory; NULL otherwise.
  const uint8_t *inPlace(uint64_t offset) const;

private:
  sinter_source description;
};

} // namespace sinter::rt

#endif
