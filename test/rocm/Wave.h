// What the compiled kernels call, and what runs them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_ROCM_WAVE_H
#define SINTER_TEST_ROCM_WAVE_H

#include "test/rocm/Machine.h"

namespace sinter::rocm {

/// A kernel, compiled for the host.
class Kernel {
public:
  void (*run)(void *const *parameters) = nullptr; ///< Of one lane.
  size_t parameters = 0;
  uint32_t waveSize = 64;

  struct Local {
    uint8_t *start;
    uint64_t bytes;
  };
  std::vector<Local> local; ///< Workgroup memory.
};

/// Which product the lanes of a wave compute together; flags tell whether a and b are signed, of 8-bit integers.
enum : uint32_t { mfmaF16, mfmaBf16, mfmaI8, wmmaF16, wmmaBf16, wmmaI8 };
constexpr uint32_t productKind = 255, productSignedA = 256, productSignedB = 512;

/// The functions that stand for what a lane asks of its device; a kernel finds them by name.
struct LaneFunction {
  const char *name;
  void *function;
};
std::vector<LaneFunction> laneFunctions();

} // namespace sinter::rocm

#endif
