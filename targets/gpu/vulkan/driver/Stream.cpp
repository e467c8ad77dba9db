// See Stream.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Stream.h"

using namespace sinter::rt;
using namespace sinter::vulkan;

sinter_code Stream::open(Report &report) {
  VkCommandPoolCreateInfo pool = {VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, 0, device.abilities.queueFamily};
  VkResult result = device.api.CreateCommandPool(device.handle, &pool, nullptr, &commands);
  if (!result)
    result = device.createTimeline(&timeline);
  return result ? failure(report, result, "cannot make a stream") : SINTER_OK;
}

Stream::~Stream() {
  device.api.DeviceWaitIdle(device.handle);
  if (timeline)
    device.api.DestroySemaphore(device.handle, timeline, nullptr);
  if (commands)
    device.api.DestroyCommandPool(device.handle, commands, nullptr);
}

sinter_code Stream::find(const sinter_range &range, const Buffer **buffer, Report &report) const {
  const sinter_memory *table = nullptr;
  uint32_t count = 0;
  switch (range.kind) {
  case SINTER_RANGE_CONSTANT:
    if (range.index < executable.constantCount && executable.constants[range.index].handle)
      *buffer = &executable.constants[range.index];
    break;
  case SINTER_RANGE_ARENA:
    table = info.arenas;
    count = info.arena_count;
    break;
  case SINTER_RANGE_STATE:
    table = info.states;
    count = info.state_count;
    break;
  }
  if (range.index < count && table[range.index].handle)
    *buffer = reinterpret_cast<const Buffer *>(uintptr_t(table[range.index].handle));
  if (!*buffer)
    return report.fail(SINTER_E_UNSUPPORTED, "memory % of class % is not the device's", range.index, range.kind);
  if (range.offset > (*buffer)->size || range.length > (*buffer)->size - range.offset)
    return report.fail(SINTER_E_FORMAT, "a range leaves memory % of class %", range.index, range.kind);
  return SINTER_OK;
}

sinter_code Stream::wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, Report &report) {
  // Short waits, so that a cancellation and the deadline are seen.
  constexpr uint64_t sliceNanoseconds = 2'000'000;
  VkSemaphoreWaitInfo wait = {VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, &timeline, &value};
  for (;;) {
    VkResult result = device.api.WaitSemaphores(device.handle, &wait, sliceNanoseconds);
    if (result == VK_SUCCESS)
      break;
    if (result != VK_TIMEOUT)
      return failure(report, result, "the device failed while it worked");
    if (cancel && *cancel)
      return report.fail(SINTER_E_CANCELLED, "the run was cancelled");
    if (deadline && info.hooks->clock(info.hooks->user) > deadline)
      return report.fail(SINTER_E_DEADLINE, "the deadline passed");
  }
  while (Segment *done = timed) {
    timed = done->nextTimed;
    done->reportTimes();
  }
  return SINTER_OK;
}

sinter_code Stream::reset(uint64_t value, Report &report) {
  timed = nullptr;
  if (VkResult result = device.api.DeviceWaitIdle(device.handle))
    return failure(report, result, "the device does not recover");
  uint64_t reached = 0;
  VkResult result = device.api.GetSemaphoreCounterValue(device.handle, timeline, &reached);
  VkSemaphoreSignalInfo signal = {VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, timeline, value};
  if (!result && reached < value)
    result = device.api.SignalSemaphore(device.handle, &signal);
  return result ? failure(report, result, "the device does not recover") : SINTER_OK;
}
