// A package's kernels as Vulkan pipelines, and its constants in device memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_DRIVER_EXECUTABLE_H
#define SINTER_TARGETS_GPU_VULKAN_DRIVER_EXECUTABLE_H

#include "targets/gpu/vulkan/VulkanCode.h"
#include "targets/gpu/vulkan/driver/Transfer.h"

namespace sinter::vulkan {

struct Kernel {
  VkDescriptorSetLayout sets = VK_NULL_HANDLE;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  VkPipeline pipeline = VK_NULL_HANDLE;
  uint32_t bindings = 0;
  uint32_t outputs = 0;
};

/// The header of kernel `index`, checked against the code's size, its kernel table and SPIR-V's own framing.
sinter_code readHeader(const sinter_code_image &code, uint32_t index, KernelHeader *header, rt::Report &report);

/// One for each package; immutable, shared by the streams of all its contexts.
struct Executable {
  explicit Executable(const sinter_hooks &hooks) : hooks(hooks), memory(hooks), transfer(device) {}
  ~Executable();

  sinter_code load(uint32_t device, const sinter_code_image &code, rt::Report &report);

  /// Memory of the device, or staging memory, which the host sees at `host`; NULL otherwise.
  sinter_code createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host, rt::Report &report) const;

  /// Device memory, wherever it is; both wait for the bytes. `data` NULL: zeros.
  sinter_code write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, rt::Report &report);
  sinter_code read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, rt::Report &report);

  const sinter_hooks &hooks;
  rt::SetupMemory memory;
  Device device;
  Transfer transfer; ///< After the device, which it needs until it is gone.
  Kernel *kernels = nullptr;
  uint32_t kernelCount = 0;
  Buffer *constants = nullptr;
  uint32_t constantCount = 0;

private:
  sinter_code makeKernel(const sinter_code_image &code, uint32_t index, rt::Report &report);
  sinter_code upload(const sinter_code_image &code, rt::Report &report);
};

/// What the loader calls a sinter_executable. Drivers share a program with others, so none defines that name itself.
inline const Executable &of(const sinter_executable *executable) {
  return *reinterpret_cast<const Executable *>(executable);
}

} // namespace sinter::vulkan

#endif
