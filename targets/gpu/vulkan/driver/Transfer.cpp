// See Transfer.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Transfer.h"

#include <string.h>

using namespace sinter::rt;
using namespace sinter::vulkan;

static constexpr uint64_t pieceBytes = 1 << 20;

sinter_code Transfer::open(Report &report) {
  if (!device.hidesMemory())
    return SINTER_OK;
  if (sinter_code code = device.createBuffer(pieceBytes, /*forHost=*/true, &staging, report))
    return code;
  VkCommandPoolCreateInfo poolInfo = {VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr,
                                      VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT, device.abilities.queueFamily};
  VkResult result = device.api.CreateCommandPool(device.handle, &poolInfo, nullptr, &pool);
  VkCommandBufferAllocateInfo allocation = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool,
                                            VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
  if (!result)
    result = device.api.AllocateCommandBuffers(device.handle, &allocation, &commands);
  if (!result)
    result = device.createTimeline(&timeline);
  return result ? failure(report, result, "cannot prepare copies to the device") : SINTER_OK;
}

Transfer::~Transfer() {
  if (timeline)
    device.api.DestroySemaphore(device.handle, timeline, nullptr);
  if (pool)
    device.api.DestroyCommandPool(device.handle, pool, nullptr); // Its command buffer goes with it.
  if (staging.handle)
    device.destroyBuffer(staging);
}

VkResult Transfer::copy(const Buffer &buffer, uint64_t offset, uint64_t bytes, bool toDevice) {
  const DeviceApi &api = device.api;
  VkCommandBufferBeginInfo begin = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr,
                                    VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT, nullptr};
  if (VkResult result = api.BeginCommandBuffer(commands, &begin))
    return result;
  constexpr VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT, host = VK_PIPELINE_STAGE_HOST_BIT;
  VkMemoryBarrier before = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr,
                            VK_ACCESS_HOST_WRITE_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                            VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
  api.CmdPipelineBarrier(commands, host | VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | transfer, transfer, 0, 1, &before, 0,
                         nullptr, 0, nullptr);
  VkBufferCopy region = {toDevice ? 0 : offset, toDevice ? offset : 0, bytes};
  api.CmdCopyBuffer(commands, toDevice ? staging.handle : buffer.handle, toDevice ? buffer.handle : staging.handle, 1,
                    &region);
  VkMemoryBarrier after = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_WRITE_BIT,
                           VK_ACCESS_HOST_READ_BIT};
  api.CmdPipelineBarrier(commands, transfer, host, 0, 1, &after, 0, nullptr, 0, nullptr);
  if (VkResult result = api.EndCommandBuffer(commands))
    return result;
  uint64_t value = ++copies;
  VkTimelineSemaphoreSubmitInfo values = {
      VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, nullptr, 0, nullptr, 1, &value};
  VkSubmitInfo submit = {};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.pNext = &values;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  submit.signalSemaphoreCount = 1;
  submit.pSignalSemaphores = &timeline;
  if (VkResult result = device.submit(submit))
    return result;
  VkSemaphoreWaitInfo wait = {VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, &timeline, &value};
  return api.WaitSemaphores(device.handle, &wait, UINT64_MAX);
}

sinter_code Transfer::write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, Report &report) {
  pthread_mutex_lock(&mutex);
  VkResult result = VK_SUCCESS;
  for (uint64_t done = 0, piece; done < bytes && !result; done += piece) {
    piece = bytes - done < pieceBytes ? bytes - done : pieceBytes;
    if (data)
      memcpy(staging.host, static_cast<const uint8_t *>(data) + done, size_t(piece));
    else
      memset(staging.host, 0, size_t(piece));
    result = copy(buffer, offset + done, piece, /*toDevice=*/true);
  }
  pthread_mutex_unlock(&mutex);
  return result ? failure(report, result, "cannot copy to the device") : SINTER_OK;
}

sinter_code Transfer::read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, Report &report) {
  pthread_mutex_lock(&mutex);
  VkResult result = VK_SUCCESS;
  for (uint64_t done = 0, piece; done < bytes && !result; done += piece) {
    piece = bytes - done < pieceBytes ? bytes - done : pieceBytes;
    result = copy(buffer, offset + done, piece, /*toDevice=*/false);
    if (!result)
      memcpy(static_cast<uint8_t *>(data) + done, staging.host, size_t(piece));
  }
  pthread_mutex_unlock(&mutex);
  return result ? failure(report, result, "cannot copy from the device") : SINTER_OK;
}
