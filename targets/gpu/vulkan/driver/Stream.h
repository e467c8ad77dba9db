// A context's work on a Vulkan device: its timeline, and recorded segments.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_DRIVER_STREAM_H
#define SINTER_TARGETS_GPU_VULKAN_DRIVER_STREAM_H

#include "targets/gpu/vulkan/driver/Executable.h"

namespace sinter::vulkan {

struct Segment;

struct Stream {
  explicit Stream(const sinter_stream_info &info)
      : info(info), executable(of(info.executable)), device(const_cast<Device &>(executable.device)),
        memory(*info.hooks) {}
  ~Stream();

  sinter_code open(rt::Report &report);
  sinter_code wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, rt::Report &report);
  sinter_code reset(uint64_t value, rt::Report &report);

  sinter_stream_info info;
  const Executable &executable;
  Device &device;
  rt::SetupMemory memory;
  VkCommandPool commands = VK_NULL_HANDLE;
  VkSemaphore timeline = VK_NULL_HANDLE;
  Segment *timed = nullptr; ///< Submitted, their times not yet reported; a list.
};

/// A segment: command buffers, recorded once.
struct Segment {
  explicit Segment(Stream &stream) : stream(stream), memory(*stream.info.hooks) {}
  ~Segment();

  sinter_code prepare(const sinter_segment &segment, rt::Report &report);
  sinter_code submit(const sinter_submission &submission, rt::Report &report);
  /// Tells the caller how long each piece of work took; it is done.
  void reportTimes();

  Stream &stream;
  Segment *nextTimed = nullptr;

private:
  sinter_code bind(const sinter_work &work, VkDescriptorSet set, rt::Report &report);
  sinter_code record(const sinter_segment &segment, VkCommandBuffer commands, bool timed, rt::Report &report);
  sinter_code recordWork(const sinter_work &work, uint32_t index, VkCommandBuffer commands, rt::Report &report);
  sinter_code makeDescriptors(const sinter_segment &segment, rt::Report &report);

  rt::SetupMemory memory;
  VkDescriptorPool pool = VK_NULL_HANDLE;
  VkQueryPool times = VK_NULL_HANDLE;
  VkDescriptorSet *sets = nullptr;
  VkCommandBuffer buffers[2] = {}; ///< Plain, and with a time stamp around each piece of work.
  uint32_t count = 0;
  sinter_submission submission = {};
};

} // namespace sinter::vulkan

#endif
