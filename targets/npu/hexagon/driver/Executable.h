// A package's code and constants in the window.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_DRIVER_EXECUTABLE_H
#define SINTER_TARGETS_NPU_HEXAGON_DRIVER_EXECUTABLE_H

#include "support/SetupMemory.h"
#include "targets/npu/hexagon/driver/Window.h"

#include "sinter_driver.h"

namespace sinter::hexagon {

struct Kernel {
  uint32_t entry = 0; ///< The device's address.
  uint32_t bindings = 0;
};

/// The code's bytes and kernel table, checked against each other.
sinter_code checkCode(const sinter_code_image &code, rt::Report &report);

/// One for each package; immutable, shared by the streams of all its contexts.
struct Executable {
  explicit Executable(const sinter_hooks &hooks) : hooks(hooks), memory(hooks), device{window} {}

  sinter_code load(uint32_t index, const sinter_code_image &code, rt::Report &report);

  sinter_code createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host, rt::Report &report) const;
  sinter_code write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, rt::Report &report) const;
  sinter_code read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, rt::Report &report) const;

  const sinter_hooks &hooks;
  rt::SetupMemory memory;
  mutable Window window; ///< Handing out pieces of it changes nothing of what is loaded.
  struct Memory {
    Window &window;
    void destroyBuffer(Buffer &buffer) const { window.release(buffer); }
  } device;
  Buffer code;
  Kernel *kernels = nullptr;
  uint32_t kernelCount = 0;
  Buffer *constants = nullptr;
  uint32_t constantCount = 0;
  uint64_t scratchBytes = 0; ///< The most that a kernel needs.
};

inline const Executable &of(const sinter_executable *executable) {
  return *reinterpret_cast<const Executable *>(executable);
}

} // namespace sinter::hexagon

#endif
