// Vulkan's functions, found at run time.
//
// Nothing links Vulkan: the library is opened when a device is asked for, and its absence is an error like any other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_DRIVER_API_H
#define SINTER_TARGETS_GPU_VULKAN_DRIVER_API_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include "support/Report.h"

namespace sinter::vulkan {

// Those without an instance, of an instance, of a device. clang-format does not settle on one form of these.
// clang-format off
#define SINTER_VULKAN_GLOBAL(X) X(CreateInstance) X(EnumerateInstanceVersion)
#define SINTER_VULKAN_INSTANCE(X)                                                                                      \
  X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceProperties2) X(GetPhysicalDeviceFeatures2)         \
  X(GetPhysicalDeviceQueueFamilyProperties) X(GetPhysicalDeviceMemoryProperties) X(CreateDevice) X(GetDeviceProcAddr)
#define SINTER_VULKAN_DEVICE(X)                                                                                        \
  X(DestroyDevice) X(GetDeviceQueue) X(DeviceWaitIdle) X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements) \
  X(AllocateMemory) X(FreeMemory) X(BindBufferMemory) X(MapMemory) X(CreateShaderModule) X(DestroyShaderModule)        \
  X(CreateDescriptorSetLayout) X(DestroyDescriptorSetLayout) X(CreatePipelineLayout) X(DestroyPipelineLayout)          \
  X(CreateComputePipelines) X(DestroyPipeline) X(CreateDescriptorPool) X(DestroyDescriptorPool)                        \
  X(AllocateDescriptorSets) X(UpdateDescriptorSets) X(CreateCommandPool) X(DestroyCommandPool)                         \
  X(AllocateCommandBuffers) X(FreeCommandBuffers) X(BeginCommandBuffer) X(EndCommandBuffer) X(CmdBindPipeline)         \
  X(CmdBindDescriptorSets) X(CmdDispatch) X(CmdPipelineBarrier) X(CmdCopyBuffer) X(CmdFillBuffer)                      \
  X(CmdResetQueryPool) X(CmdWriteTimestamp) X(CreateQueryPool) X(DestroyQueryPool) X(GetQueryPoolResults)              \
  X(CreateSemaphore) X(DestroySemaphore) X(GetSemaphoreCounterValue) X(WaitSemaphores) X(SignalSemaphore)              \
  X(QueueSubmit)
// clang-format on

/// The library and an instance. Zero-initialised is closed.
struct Instance {
#define SINTER_VULKAN_MEMBER(name) PFN_vk##name name = nullptr;
  SINTER_VULKAN_GLOBAL(SINTER_VULKAN_MEMBER)
  SINTER_VULKAN_INSTANCE(SINTER_VULKAN_MEMBER)

  sinter_code open(rt::Report &report);
  void close();

  void *library = nullptr;
  VkInstance handle = VK_NULL_HANDLE;
};

/// A device's functions.
struct DeviceApi {
  SINTER_VULKAN_DEVICE(SINTER_VULKAN_MEMBER)
#undef SINTER_VULKAN_MEMBER

  /// False if the implementation lacks one.
  bool find(const Instance &instance, VkDevice device);
};

/// What Vulkan returned, as a failure of `what`.
sinter_code failure(rt::Report &report, VkResult result, const char *what);

} // namespace sinter::vulkan

#endif
