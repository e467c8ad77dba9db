// Runs the compiler in a child process, so that a crash inside of it, LLVM's own aborts included, becomes a diagnostic.
//
// When the child dies of a signal, a second child runs the same work on one thread and writes each stage's input to a
// file before the stage starts; what is left of it when that child dies too is the reproducer. Nothing is done inside
// a signal handler.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_CRASHGUARD_H
#define SINTER_TOOLS_SINTER_CRASHGUARD_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sinter {

/// Calls `work("")` in a child and returns its exit code. After a crash, calls `work(checkpoint)` in another child,
/// reports what is known, and returns 3. The reproducer is left in the working folder as `<name>.repro.mlir`.
int runGuarded(llvm::StringRef name, bool json, llvm::function_ref<int(const std::string &checkpoint)> work);

} // namespace sinter

#endif
