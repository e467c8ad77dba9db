// Files that appear whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PACKAGE_OUTPUTFILE_H
#define SINTER_COMPILER_PACKAGE_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sinter {

/// Writes `bytes` beside `path`, syncs, and renames. An existing file is replaced only by the rename; on failure
/// nothing of the attempt remains. A path that is no regular file (a device, a pipe) is written to directly. Returns an
/// empty string, or what went wrong in the operating system's words.
std::string writeFileAtomically(llvm::StringRef path, llvm::ArrayRef<char> bytes);

} // namespace sinter

#endif
