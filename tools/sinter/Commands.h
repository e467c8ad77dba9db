// The sub-commands. Each takes the arguments after its name and returns the exit code.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_COMMANDS_H
#define SINTER_TOOLS_SINTER_COMMANDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace sinter {

int compileCommand(llvm::ArrayRef<llvm::StringRef> arguments);
int verifyCommand(llvm::ArrayRef<llvm::StringRef> arguments);
int inspectCommand(llvm::ArrayRef<llvm::StringRef> arguments);
int evaluateCommand(llvm::ArrayRef<llvm::StringRef> arguments);
int checkCommand(llvm::ArrayRef<llvm::StringRef> arguments);
/// Takes all arguments, `--list-targets` among them.
int listTargetsCommand(llvm::ArrayRef<llvm::StringRef> arguments);

} // namespace sinter

#endif
