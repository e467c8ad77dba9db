// A code image in executable pages, and its kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_DRIVER_EXECUTABLE_H
#define SINTER_TARGETS_CPU_DRIVER_EXECUTABLE_H

#include "support/Report.h"
#include "support/SetupMemory.h"

#include "sinter_driver.h"

namespace sinter::cpu {

/// Kernel ABI 1: executes workgroups [first, first + count) of the kernel's grid; see ../README.md.
using KernelFunction = void (*)(void *const *bindings, const int64_t *scalars, uint64_t first, uint64_t count,
                                void *scratch);

struct CpuKernel {
  KernelFunction function;
  uint32_t bindings;
  uint32_t outputs;
};

/// Checks what can be checked of an image without running it: ABI number, size, entry points
/// inside.
sinter_code checkImage(const sinter_code_image &image, rt::Report &report);

/// One for each package; immutable, shared by the streams of all its contexts. Behind
/// sinter_executable.
struct Executable {
  explicit Executable(const sinter_hooks &hooks) : hooks(hooks), memory(hooks) {}
  ~Executable();

  /// There is one device.
  sinter_code load(uint32_t, const sinter_code_image &image, rt::Report &report);

  const sinter_hooks &hooks;
  rt::SetupMemory memory;
  sinter_map_request pages = {};
  CpuKernel *kernels = nullptr;
  uint32_t kernelCount = 0;
  uint64_t scratchBytes = 0; ///< Of one worker, for the kernel that needs most; a multiple of 64.
};

inline const Executable &of(const sinter_executable *handle) { return *reinterpret_cast<const Executable *>(handle); }

} // namespace sinter::cpu

#endif
