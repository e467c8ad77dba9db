// See Stream.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Stream.h"

#include "support/DriverObjects.h"

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
    if (sinter_code code = mayGoOn(*info.hooks, deadline, cancel, report))
      return code;
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
