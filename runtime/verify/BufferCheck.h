// The metadata's encoding: whether every offset, size, terminator and alignment of a FlatBuffer is
// right.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_VERIFY_BUFFERCHECK_H
#define SINTER_RUNTIME_VERIFY_BUFFERCHECK_H

#include <stddef.h>
#include <stdint.h>

namespace sinter::rt {

/// Whether the bytes, which begin at a multiple of 8, are a FlatBuffer of package.fbs. Whatever the
/// generated accessors read afterwards lies inside, is aligned, and is there where the schema
/// requires it. Stricter than flatc's verifier: elements of 8 bytes are aligned too.
bool isWellFormed(const uint8_t *bytes, size_t size);

} // namespace sinter::rt

#endif
