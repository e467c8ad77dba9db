// Recording a segment once, and submitting it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Stream.h"

#include "support/DriverObjects.h"

using namespace sinter::rt;
using namespace sinter::vulkan;

static constexpr uint32_t mostBindings = 64;

sinter_code Segment::prepare(const sinter_segment &segment, Report &report) {
  count = segment.count;
  sets = memory.array<VkDescriptorSet>(count);
  if (!sets)
    return report.fail(SINTER_E_MEMORY, "no memory to prepare % pieces of work", count);
  if (sinter_code code = makeDescriptors(segment, report))
    return code;
  const DeviceApi &api = stream.device.api;
  VkCommandBufferAllocateInfo allocation = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, stream.commands,
                                            VK_COMMAND_BUFFER_LEVEL_PRIMARY, 2};
  if (VkResult result = api.AllocateCommandBuffers(stream.device.handle, &allocation, buffers))
    return failure(report, result, "cannot make command buffers");
  VkQueryPoolCreateInfo queries = {
      VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, nullptr, 0, VK_QUERY_TYPE_TIMESTAMP, count + 1, 0};
  if (VkResult result = api.CreateQueryPool(stream.device.handle, &queries, nullptr, &times))
    return failure(report, result, "cannot make time stamps");
  for (int timed = 0; timed < 2; ++timed)
    if (sinter_code code = record(segment, buffers[timed], timed != 0, report))
      return code;
  return SINTER_OK;
}

Segment::~Segment() {
  const DeviceApi &api = stream.device.api;
  VkDevice device = stream.device.handle;
  if (buffers[0])
    api.FreeCommandBuffers(device, stream.commands, 2, buffers);
  if (times)
    api.DestroyQueryPool(device, times, nullptr);
  if (pool)
    api.DestroyDescriptorPool(device, pool, nullptr);
}

//===--- what is bound
//------------------------------------------------------------------------------------------------===//

sinter_code Segment::makeDescriptors(const sinter_segment &segment, Report &report) {
  const Executable &executable = stream.executable;
  uint32_t dispatches = 0, descriptors = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const sinter_work &work = segment.work[i];
    if (work.kind != SINTER_WORK_DISPATCH)
      continue;
    if (work.kernel >= executable.kernelCount || work.range_count != executable.kernels[work.kernel].bindings)
      return report.node(work.node).fail(SINTER_E_FORMAT, "dispatch of kernel % does not fit its code", work.kernel);
    ++dispatches;
    descriptors += work.range_count;
  }
  if (!dispatches)
    return SINTER_OK;
  const DeviceApi &api = stream.device.api;
  VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptors ? descriptors : 1};
  VkDescriptorPoolCreateInfo info = {VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, nullptr, 0, dispatches, 1, &size};
  if (VkResult result = api.CreateDescriptorPool(stream.device.handle, &info, nullptr, &pool))
    return failure(report, result, "cannot make descriptors");
  for (uint32_t i = 0; i < count; ++i) {
    const sinter_work &work = segment.work[i];
    if (work.kind != SINTER_WORK_DISPATCH)
      continue;
    VkDescriptorSetAllocateInfo allocation = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, nullptr, pool, 1,
                                              &executable.kernels[work.kernel].sets};
    if (VkResult result = api.AllocateDescriptorSets(stream.device.handle, &allocation, &sets[i]))
      return failure(report.node(work.node), result, "cannot make descriptors");
    if (sinter_code code = bind(work, sets[i], report.node(work.node)))
      return code;
  }
  return SINTER_OK;
}

sinter_code Segment::bind(const sinter_work &work, VkDescriptorSet set, Report &report) {
  const VkPhysicalDeviceLimits &limits = stream.device.abilities.properties.limits;
  VkDescriptorBufferInfo infos[mostBindings];
  VkWriteDescriptorSet writes[mostBindings];
  for (uint32_t i = 0; i < work.range_count; ++i) {
    const sinter_range &range = work.ranges[i];
    const Buffer *buffer = nullptr;
    if (sinter_code code = findBuffer(stream, range, &buffer, report))
      return code;
    if (range.length > limits.maxStorageBufferRange)
      return report.limit(int64_t(limits.maxStorageBufferRange), int64_t(range.length))
          .fail(SINTER_E_UNSUPPORTED, "a tensor has % bytes, the device binds at most %", range.length,
                limits.maxStorageBufferRange);
    if (range.offset % limits.minStorageBufferOffsetAlignment)
      return report.limit(int64_t(limits.minStorageBufferOffsetAlignment), int64_t(range.offset))
          .fail(SINTER_E_UNSUPPORTED, "offset % is not aligned as the device needs it", range.offset);
    // A kernel's types end where its words do; a buffer has a spare word.
    infos[i] = {buffer->handle, range.offset, (range.length + 3) / 4 * 4};
    infos[i].range = infos[i].range ? infos[i].range : 4;
    writes[i] = {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, nullptr, set,       i,      0, 1,
                 VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,      nullptr, &infos[i], nullptr};
  }
  stream.device.api.UpdateDescriptorSets(stream.device.handle, work.range_count, writes, 0, nullptr);
  return SINTER_OK;
}

//===--- recording
//----------------------------------------------------------------------------------------------------===//

sinter_code Segment::record(const sinter_segment &segment, VkCommandBuffer commands, bool timed, Report &report) {
  const DeviceApi &api = stream.device.api;
  VkCommandBufferBeginInfo begin = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, 0, nullptr};
  if (VkResult result = api.BeginCommandBuffer(commands, &begin))
    return failure(report, result, "cannot record commands");
  if (timed)
    api.CmdResetQueryPool(commands, times, 0, count + 1);
  constexpr VkPipelineStageFlags stages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  constexpr VkAccessFlags writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  constexpr VkAccessFlags all = writes | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;
  VkMemoryBarrier between = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, writes, all};
  VkMemoryBarrier before = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_HOST_WRITE_BIT | writes, all};
  VkMemoryBarrier after = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, writes, VK_ACCESS_HOST_READ_BIT};
  api.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_HOST_BIT | stages, stages, 0, 1, &before, 0, nullptr, 0, nullptr);
  for (uint32_t i = 0; i < count; ++i) {
    if (i)
      api.CmdPipelineBarrier(commands, stages, stages, 0, 1, &between, 0, nullptr, 0, nullptr);
    if (timed)
      api.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, times, i);
    if (sinter_code code = recordWork(segment.work[i], i, commands, report.node(segment.work[i].node)))
      return code;
  }
  api.CmdPipelineBarrier(commands, stages, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &after, 0, nullptr, 0, nullptr);
  if (timed)
    api.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, times, count);
  if (VkResult result = api.EndCommandBuffer(commands))
    return failure(report, result, "cannot record commands");
  return SINTER_OK;
}

sinter_code Segment::recordWork(const sinter_work &work, uint32_t index, VkCommandBuffer commands, Report &report) {
  const DeviceApi &api = stream.device.api;
  if (work.kind == SINTER_WORK_DISPATCH) {
    if (work.grid_scalar >= 0)
      return report.fail(SINTER_E_UNSUPPORTED, "a grid of computed size has no Vulkan form yet");
    uint64_t columns = work.grid < kGridWidth ? work.grid : kGridWidth,
             rows = (work.grid + kGridWidth - 1) / kGridWidth;
    if (rows > kGridWidth)
      return report.limit(int64_t(uint64_t(kGridWidth) * kGridWidth), int64_t(work.grid))
          .fail(SINTER_E_UNSUPPORTED, "a grid of % workgroups is too large", work.grid);
    const Kernel &kernel = stream.executable.kernels[work.kernel];
    api.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.pipeline);
    api.CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout, 0, 1, &sets[index], 0, nullptr);
    api.CmdDispatch(commands, uint32_t(columns), uint32_t(rows), 1);
    return SINTER_OK;
  }
  const Buffer *buffers[2] = {};
  for (uint32_t i = 0; i < work.range_count && i < 2; ++i)
    if (sinter_code code = findBuffer(stream, work.ranges[i], &buffers[i], report))
      return code;
  const sinter_range &first = work.ranges[0];
  if (work.kind == SINTER_WORK_COPY) {
    VkBufferCopy copy = {first.offset, work.ranges[1].offset, first.length};
    if (first.length)
      api.CmdCopyBuffer(commands, buffers[0]->handle, buffers[1]->handle, 1, &copy);
    return SINTER_OK;
  }
  if (work.kind != SINTER_WORK_FILL)
    return report.fail(SINTER_E_UNSUPPORTED, "work of unknown kind %", work.kind);
  uint32_t word = uint32_t(work.pattern);
  word = work.width == 1 ? (word & 0xff) * 0x01010101u : work.width == 2 ? (word & 0xffff) * 0x00010001u : word;
  if ((work.width == 8 && work.pattern >> 32 != word) || first.offset % 4)
    return report.fail(SINTER_E_UNSUPPORTED, "a fill that is no repeated, aligned word");
  if (first.length)
    api.CmdFillBuffer(commands, buffers[0]->handle, first.offset, (first.length + 3) / 4 * 4, word);
  return SINTER_OK;
}

//===--- running
//------------------------------------------------------------------------------------------------------===//

sinter_code Segment::submit(const sinter_submission &given, Report &report) {
  submission = given;
  VkTimelineSemaphoreSubmitInfo values = {
      VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, nullptr, 0, nullptr, 1, &given.signal};
  VkSubmitInfo submit = {};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.pNext = &values;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &buffers[given.profile != nullptr];
  submit.signalSemaphoreCount = 1;
  submit.pSignalSemaphores = &stream.timeline;
  if (VkResult result = stream.device.submit(submit))
    return failure(report, result, "cannot submit work");
  if (given.profile) {
    nextTimed = stream.timed;
    stream.timed = this;
  }
  return SINTER_OK;
}

void Segment::reportTimes() {
  double nanoseconds = double(stream.device.abilities.properties.limits.timestampPeriod);
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t ticks[2];
    if (stream.device.api.GetQueryPoolResults(stream.device.handle, times, i, 2, sizeof(ticks), ticks, sizeof(uint64_t),
                                              VK_QUERY_RESULT_64_BIT))
      return;
    submission.profile(submission.profile_user, i, uint64_t(double(ticks[0]) * nanoseconds),
                       uint64_t(double(ticks[1]) * nanoseconds));
  }
}
