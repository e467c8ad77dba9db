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
bool isZero(const void *bytes, size_t size);

/// The two below for structs of `known` bytes in this version.
bool readSized(const void *given, void *result, size_t known);
bool writeSized(void *given, void *result, size_t known);

/// Copies a caller's struct: what the caller's version lacks is zero. False if the size is impossible, or if a tail
/// that this version does not know is not zero. NULL gives all zeros.
template <typename T> bool readStruct(const T *given, T &result) { return readSized(given, &result, sizeof(T)); }

/// Copies a result into a caller's struct as far as the caller's version knows it.
template <typename T> bool writeStruct(T *given, T &result) { return writeSized(given, &result, sizeof(T)); }

} // namespace sinter::rt

#endif
