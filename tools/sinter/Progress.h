// One line on a terminal that says what is being done, and one at the end that says what was. Silent elsewhere.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_PROGRESS_H
#define SINTER_TOOLS_SINTER_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <unistd.h>

namespace sinter {

class Progress {
public:
  Progress(bool quiet, llvm::StringRef what)
      : enabled(!quiet && ::isatty(STDERR_FILENO)), what(what), start(std::chrono::steady_clock::now()) {}

  void show(llvm::StringRef step) {
    if (enabled)
      llvm::errs() << "\r\033[K   Compiling " << what << " (" << step << ")";
  }

  void finish(bool ok, uint64_t bytes) {
    if (!enabled)
      return;
    llvm::errs() << "\r\033[K";
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (ok)
      llvm::errs() << "    Finished " << what
                   << llvm::formatv(" ({0:F1} KiB) in {1:F2} s\n", bytes / 1024.0, seconds.count());
  }

private:
  bool enabled;
  std::string what;
  std::chrono::steady_clock::time_point start;
};

} // namespace sinter

#endif
