// Structs of the C ABI begin with their size, so that callers and libraries of different minor versions meet. These
// two functions are how the library reads and writes them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_STRUCTS_H
#define SINTER_RUNTIME_SUPPORT_STRUCTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace sinter::rt {

/// Whether `size` bytes at `bytes` are zero.
inline bool isZero(const void *bytes, size_t size) {
  const uint8_t *byte = static_cast<const uint8_t *>(bytes);
  for (size_t i = 0; i < size; ++i)
    if (byte[i])
      return false;
  return true;
}

/// Copies a caller's struct: what the caller's version lacks is zero. False if the size is impossible, or if a tail
/// that this version does not know is not zero. NULL gives all zeros.
template <typename T> bool readStruct(const T *given, T &result) {
  memset(&result, 0, sizeof(T));
  if (!given)
    return true;
  size_t size = given->size;
  if (size < sizeof(size_t) || size > 65536)
    return false;
  memcpy(&result, given, size < sizeof(T) ? size : sizeof(T));
  return size <= sizeof(T) || isZero(reinterpret_cast<const uint8_t *>(given) + sizeof(T), size - sizeof(T));
}

/// Copies a result into a caller's struct as far as the caller's version knows it.
template <typename T> bool writeStruct(T *given, T &result) {
  if (!given || given->size < sizeof(size_t) || given->size > 65536)
    return false;
  size_t size = given->size;
  result.size = size;
  memcpy(given, &result, size < sizeof(T) ? size : sizeof(T));
  return true;
}

} // namespace sinter::rt

#endif
