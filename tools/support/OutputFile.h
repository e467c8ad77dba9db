// Files that appear whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SUPPORT_OUTPUTFILE_H
#define SINTER_TOOLS_SUPPORT_OUTPUTFILE_H

#include <cstddef>
#include <string>

namespace sinter::tool {

/// Writes beside `path`, syncs and renames; returns what went wrong, or "". Links are followed, so that a link stays
/// one. What is there and is no regular file (a device, a pipe) is written directly. An interrupt waits until the file
/// is there, or nothing is.
std::string writeOutputFile(const std::string &path, const void *bytes, size_t size);

/// Whether both paths name one existing file.
bool isSameFile(const std::string &a, const std::string &b);

} // namespace sinter::tool

#endif
