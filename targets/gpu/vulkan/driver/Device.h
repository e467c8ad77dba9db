// A Vulkan device: what it can do, its memory, and the queue that work goes to.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_DRIVER_DEVICE_H
#define SINTER_TARGETS_GPU_VULKAN_DRIVER_DEVICE_H

#include "support/SetupMemory.h"
#include "targets/gpu/vulkan/driver/Api.h"

#include "sinter_driver.h"

#include <pthread.h>

namespace sinter::vulkan {

/// What decides whether code runs on a device.
struct Abilities {
  VkPhysicalDeviceProperties properties;
  VkPhysicalDeviceFeatures2 features;
  VkPhysicalDeviceVulkan11Features features11;
  VkPhysicalDeviceVulkan12Features features12;
  VkPhysicalDeviceShaderIntegerDotProductFeatures dotProduct; ///< Of Vulkan 1.3.
  VkPhysicalDeviceSubgroupProperties subgroup;
  uint32_t queueFamily;
};

/// The index-th device of `instance` that can compute; NOT_FOUND past the last.
sinter_code findDevice(const Instance &instance, uint32_t index, VkPhysicalDevice *device, Abilities *abilities,
                       rt::Report &report);

/// Whether the device has what a variant names: "storage8", "float64", … Unknown names are not there.
bool hasFeature(const Abilities &abilities, const char *name);

/// The names of what the device has, with spaces between them.
void listFeatures(const Abilities &abilities, char *text, size_t capacity);

/// A buffer with memory of its own.
struct Buffer {
  VkBuffer handle = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  void *host = nullptr; ///< Where the host sees it, or NULL.
  uint64_t size = 0;

  bool exists() const { return handle != VK_NULL_HANDLE; }
};

class Device {
public:
  ~Device() { close(); }

  sinter_code open(uint32_t index, rt::Report &report);
  void close();

  /// `forHost`: memory that the host sees, best what it reads quickly. Otherwise the device's own, from its largest
  /// heap; `buffer.host` is NULL where the host does not see that.
  sinter_code createBuffer(uint64_t bytes, bool forHost, Buffer *buffer, rt::Report &report) const;
  void destroyBuffer(Buffer &buffer) const;
  /// Whether createBuffer may give memory that the host does not see.
  bool hidesMemory() const;

  VkResult createTimeline(VkSemaphore *semaphore) const;

  VkResult submit(const VkSubmitInfo &info);

  Instance instance;
  DeviceApi api;
  Abilities abilities = {};
  VkDevice handle = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;

private:
  uint32_t memoryType(uint32_t allowed, bool forHost) const;
  bool hostSees(uint32_t type) const;

  VkPhysicalDeviceMemoryProperties memories = {};
  pthread_mutex_t queueMutex =
      PTHREAD_MUTEX_INITIALIZER; ///< A queue takes one submission at a time; streams of a package share it.
};

} // namespace sinter::vulkan

#endif
