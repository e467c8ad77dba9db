// See Structs.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/Structs.h"

using namespace sinter::rt;

static constexpr size_t largestStruct = 65536;

bool sinter::rt::isZero(const void *bytes, size_t size) {
  const uint8_t *byte = static_cast<const uint8_t *>(bytes);
  for (size_t i = 0; i < size; ++i)
    if (byte[i])
      return false;
  return true;
}

/// The first member of every struct, or 0 if it cannot be a size.
static size_t sizeOf(const void *given) {
  size_t size;
  memcpy(&size, given, sizeof(size));
  return size < sizeof(size) || size > largestStruct ? 0 : size;
}

bool sinter::rt::readSized(const void *given, void *result, size_t known) {
  memset(result, 0, known);
  if (!given)
    return true;
  size_t size = sizeOf(given);
  memcpy(result, given, size < known ? size : known);
  return size && (size <= known || isZero(static_cast<const uint8_t *>(given) + known, size - known));
}

bool sinter::rt::writeSized(void *given, void *result, size_t known) {
  size_t size = given ? sizeOf(given) : 0;
  if (!size)
    return false;
  memcpy(result, &size, sizeof(size));
  memcpy(given, result, size < known ? size : known);
  return true;
}
