// Links ELF files with lld, in process and without a file on a disk.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_LINKELF_H
#define SINTER_COMPILER_SUPPORT_LINKELF_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sinter {

/// Links `input`, an object or an archive of objects that are all wanted, with lld's `arguments`. Returns what went
/// wrong, or "". One link at a time: callers on other threads wait.
std::string linkElf(llvm::ArrayRef<llvm::StringRef> arguments, llvm::StringRef input, std::string &output);

} // namespace sinter

#endif
