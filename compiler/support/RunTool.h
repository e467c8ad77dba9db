// Runs another program: for what only a vendor's tool can do, and only where the user names it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_RUNTOOL_H
#define SINTER_COMPILER_SUPPORT_RUNTOOL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sinter {

struct ToolResult {
  int code = -1;      ///< Exit status; negative: it could not be run, or was ended.
  std::string output; ///< What it said on both of its outputs, or why it could not be run.
};

/// `program` is a path; nothing is looked up.
ToolResult runTool(llvm::StringRef program, llvm::ArrayRef<std::string> arguments);

/// A file that is there for a while.
class TemporaryFile {
public:
  explicit TemporaryFile(llvm::StringRef suffix);
  TemporaryFile(const TemporaryFile &) = delete;
  ~TemporaryFile();

  const std::string path; ///< Empty: it could not be made.
};

} // namespace sinter

#endif
