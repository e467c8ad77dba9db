// The conformance suite that every driver joins with one file.
//
// That file defines `sinter::cts::subject()`: the driver and code of its own for two kernels. The
// suite plays the loader: it checks the table, what the driver accepts and refuses, and that
// prepared segments compute, stop, fail and recover as sinter_driver.h says. `sinter_add_driver(…
// CONFORMANCE file)` builds and registers it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CTS_CONFORMANCE_H
#define SINTER_RUNTIME_CTS_CONFORMANCE_H

#include <sinter_driver.h>

#include <vector>

namespace sinter::cts {

/// Elements (f32) that the kernels work on.
constexpr uint32_t kElements = 64;

/// Number of each kernel in the code.
enum : uint32_t {
  kCopyKernel = 0, ///< Bindings: input, output.
  kAddKernel = 1,  ///< Bindings: left, right, output.
  kKernelCount = 2,
};

/// A driver under test.
struct Subject {
  sinter_driver_entry entry = nullptr;
  const char *target = nullptr;
  uint32_t abi = 0;            ///< Of the code.
  const char *memory = "host"; ///< What kernels work in, as the driver's enumerate names it.
  std::vector<uint8_t> code;   ///< Both kernels.
  uint64_t entries[kKernelCount] = {};
  uint64_t grid = 1; ///< Workgroups for kElements elements.
};

/// Defined by the driver's file.
Subject subject();

} // namespace sinter::cts

#endif
