// Copies between the host and memory that only the device sees.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_DRIVER_TRANSFER_H
#define SINTER_TARGETS_GPU_VULKAN_DRIVER_TRANSFER_H

#include "targets/gpu/vulkan/driver/Device.h"

namespace sinter::vulkan {

/// A staging buffer and a command buffer through which copies go in pieces. Streams share it: one copy at a time. For
/// setting up and for states; what a run moves is in its segments.
class Transfer {
public:
  explicit Transfer(Device &device) : device(device) {}
  ~Transfer();

  /// Does nothing where the host sees all memory.
  sinter_code open(rt::Report &report);

  /// Both wait until the bytes are there. `data` NULL: zeros. The range lies in the buffer.
  sinter_code write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, rt::Report &report);
  sinter_code read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, rt::Report &report);

private:
  /// One piece, from the staging buffer to `buffer` or back.
  VkResult copy(const Buffer &buffer, uint64_t offset, uint64_t bytes, bool toDevice);

  Device &device;
  Buffer staging;
  VkCommandPool pool = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  VkSemaphore timeline = VK_NULL_HANDLE;
  uint64_t copies = 0;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};

} // namespace sinter::vulkan

#endif
