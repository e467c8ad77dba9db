// A package's kernels as a module of the vendor's library, and its constants in device memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_EXECUTABLE_H
#define SINTER_TARGETS_GPU_DRIVER_EXECUTABLE_H

#include "support/SetupMemory.h"
#include "targets/gpu/driver/Device.h"

namespace sinter::gpu {

struct Kernel {
  FunctionHandle function = nullptr;
  uint32_t bindings = 0;
  uint32_t threads = 0;
};

/// Checks the code's headers: the module's, and that of every kernel.
sinter_code verify(const Platform &platform, const sinter_code_image &code, rt::Report &report);

/// One for each package; immutable, shared by the streams of all its contexts.
struct Executable {
  Executable(const sinter_hooks &hooks, const Platform &platform) : hooks(hooks), memory(hooks), device(platform) {}
  ~Executable();

  sinter_code load(uint32_t device, const sinter_code_image &code, rt::Report &report);

  /// Memory of the device, or staging memory, which the host sees at `host`; NULL otherwise.
  sinter_code createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host, rt::Report &report) const;

  /// Both wait for the bytes. `data` NULL: zeros.
  sinter_code write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, rt::Report &report) const;
  sinter_code read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, rt::Report &report) const;

  const sinter_hooks &hooks;
  rt::SetupMemory memory;
  Device device;
  ModuleHandle module = nullptr;
  Kernel *kernels = nullptr;
  uint32_t kernelCount = 0;
  Buffer *constants = nullptr;
  uint32_t constantCount = 0;

private:
  sinter_code findKernel(const sinter_code_image &code, uint32_t known, uint32_t index, rt::Report &report);
  sinter_code upload(const sinter_code_image &code, rt::Report &report);
};

/// What the loader calls a sinter_executable. Drivers share a program with others, so none defines that name itself.
inline const Executable &of(const sinter_executable *executable) {
  return *reinterpret_cast<const Executable *>(executable);
}

} // namespace sinter::gpu

#endif
