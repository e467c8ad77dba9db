// Reading files that the user named.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_READFILE_H
#define SINTER_COMPILER_SUPPORT_READFILE_H

#include "compiler/support/Diagnostics.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace sinter {

/// The whole file, mapped where that is cheaper. Reports why it cannot be read, or that it is
/// larger than `maximum`, and returns null.
std::unique_ptr<llvm::MemoryBuffer> readFile(llvm::StringRef path, uint64_t maximum, Diagnostics &diagnostics);

/// Lower-case hexadecimal SHA-256.
std::string sha256Hex(llvm::StringRef bytes);

} // namespace sinter

#endif
