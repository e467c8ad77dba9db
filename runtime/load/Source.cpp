// A package's bytes, wherever they are.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "load/Source.h"

#include "os/Os.h"
#include "support/Structs.h"

using namespace sinter::rt;

sinter_code Source::open(const sinter_source *given, Report &report) {
  if (!given || !readStruct(given, description))
    return report.fail(SINTER_E_ARGUMENT, "sinter_source is NULL or of an unknown version");
  if (!(Checked(description.offset) + description.length).atMost(INT64_MAX))
    return report.fail(SINTER_E_ARGUMENT, "the package's offset and length exceed 63 bits");
  switch (description.kind) {
  case SINTER_SOURCE_MEMORY:
    if (!description.data || !isAddressable(description.offset + description.length))
      return report.fail(SINTER_E_ARGUMENT, "a source in memory needs data of an addressable length");
    return SINTER_OK;
  case SINTER_SOURCE_FD:
    if (description.fd < 0)
      return report.fail(SINTER_E_ARGUMENT, "a source in a file needs a descriptor");
    return SINTER_OK;
  case SINTER_SOURCE_READ:
    if (!description.read)
      return report.fail(SINTER_E_ARGUMENT, "a source that is read needs a callback");
    return SINTER_OK;
  }
  return report.fail(SINTER_E_ARGUMENT, "unknown kind of source, %", description.kind);
}

bool Source::read(uint64_t offset, void *buffer, uint64_t length) const {
  if (!length)
    return true;
  uint64_t position = description.offset + offset;
  switch (description.kind) {
  case SINTER_SOURCE_MEMORY:
    memcpy(buffer, static_cast<const uint8_t *>(description.data) + position, size_t(length));
    return true;
  case SINTER_SOURCE_FD: return readDescriptor(description.fd, position, buffer, size_t(length));
  default: return !description.read(description.user, position, buffer, size_t(length));
  }
}

const uint8_t *Source::inPlace(uint64_t offset) const {
  if (description.kind != SINTER_SOURCE_MEMORY)
    return nullptr;
  return static_cast<const uint8_t *>(description.data) + description.offset + offset;
}
