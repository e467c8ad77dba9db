// A Vulkan layer that counts what an application asks a device to do: dispatches, and the bytes that they bind.
//
// A count does not depend on how busy the machine is. For each submission that dispatches, a line `dispatches bytes` is
// appended to the file that SINTER_COUNT_FILE names. Bytes are the lengths of the storage buffers' ranges bound at a
// dispatch, summed: an upper bound of what it touches, the same for every application. The layer changes nothing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Layer.h"

#include <vector>

namespace {

using Ranges = std::map<uint32_t, VkDeviceSize>; ///< Bytes at each binding.

struct Recording {
  std::map<uint32_t, Ranges> bound; ///< By number of the set.
  uint64_t dispatches = 0, bytes = 0;
};

std::map<VkBuffer, VkDeviceSize> sizes;
std::map<VkDescriptorSet, Ranges> sets;
std::map<VkDescriptorUpdateTemplate, std::vector<VkDescriptorUpdateTemplateEntry>> templates;
std::map<VkCommandBuffer, Recording> recordings;

//===--- what is bound ------------------------------------------------------------------------------------------===//

bool isBuffer(VkDescriptorType type) { return type == VK_DESCRIPTOR_TYPE_STORAGE_BUFFER; }

VkDeviceSize lengthOf(const VkDescriptorBufferInfo &info) {
  return info.range == VK_WHOLE_SIZE ? sizes[info.buffer] - info.offset : info.range;
}

void write(Ranges &ranges, const VkWriteDescriptorSet &write) {
  for (uint32_t i = 0; isBuffer(write.descriptorType) && i < write.descriptorCount; ++i)
    ranges[write.dstBinding + i] = lengthOf(write.pBufferInfo[i]);
}

void write(Ranges &ranges, VkDescriptorUpdateTemplate description, const void *data) {
  for (const VkDescriptorUpdateTemplateEntry &entry : templates[description])
    for (uint32_t i = 0; isBuffer(entry.descriptorType) && i < entry.descriptorCount; ++i) {
      VkDescriptorBufferInfo info;
      std::memcpy(&info, static_cast<const char *>(data) + entry.offset + i * entry.stride, sizeof(info));
      ranges[entry.dstBinding + i] = lengthOf(info);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL createBuffer(VkDevice device, const VkBufferCreateInfo *info,
                                            const VkAllocationCallbacks *allocator, VkBuffer *buffer) {
  std::lock_guard guard(lock);
  VkResult result = NEXT(device, vkCreateBuffer)(device, info, allocator, buffer);
  if (result == VK_SUCCESS)
    sizes[*buffer] = info->size;
  return result;
}

VKAPI_ATTR void VKAPI_CALL updateSets(VkDevice device, uint32_t count, const VkWriteDescriptorSet *writes,
                                      uint32_t copies, const VkCopyDescriptorSet *copied) {
  std::lock_guard guard(lock);
  for (uint32_t i = 0; i < count; ++i)
    write(sets[writes[i].dstSet], writes[i]);
  NEXT(device, vkUpdateDescriptorSets)(device, count, writes, copies, copied);
}

VKAPI_ATTR VkResult VKAPI_CALL createTemplate(VkDevice device, const VkDescriptorUpdateTemplateCreateInfo *info,
                                              const VkAllocationCallbacks *allocator,
                                              VkDescriptorUpdateTemplate *description) {
  std::lock_guard guard(lock);
  VkResult result = NEXT(device, vkCreateDescriptorUpdateTemplate)(device, info, allocator, description);
  if (result == VK_SUCCESS)
    templates[*description].assign(info->pDescriptorUpdateEntries,
                                   info->pDescriptorUpdateEntries + info->descriptorUpdateEntryCount);
  return result;
}

VKAPI_ATTR void VKAPI_CALL updateByTemplate(VkDevice device, VkDescriptorSet set,
                                            VkDescriptorUpdateTemplate description, const void *data) {
  std::lock_guard guard(lock);
  write(sets[set], description, data);
  NEXT(device, vkUpdateDescriptorSetWithTemplate)(device, set, description, data);
}

VKAPI_ATTR void VKAPI_CALL pushSet(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipelineLayout layout,
                                   uint32_t set, uint32_t count, const VkWriteDescriptorSet *writes) {
  std::lock_guard guard(lock);
  for (uint32_t i = 0; i < count; ++i)
    write(recordings[commands].bound[set], writes[i]);
  NEXT(commands, vkCmdPushDescriptorSetKHR)(commands, point, layout, set, count, writes);
}

VKAPI_ATTR void VKAPI_CALL pushByTemplate(VkCommandBuffer commands, VkDescriptorUpdateTemplate description,
                                          VkPipelineLayout layout, uint32_t set, const void *data) {
  std::lock_guard guard(lock);
  write(recordings[commands].bound[set], description, data);
  NEXT(commands, vkCmdPushDescriptorSetWithTemplateKHR)(commands, description, layout, set, data);
}

//===--- what is recorded and submitted -------------------------------------------------------------------------===//

VKAPI_ATTR VkResult VKAPI_CALL begin(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info) {
  std::lock_guard guard(lock);
  recordings[commands] = {};
  return NEXT(commands, vkBeginCommandBuffer)(commands, info);
}

VKAPI_ATTR void VKAPI_CALL bindSets(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipelineLayout layout,
                                    uint32_t first, uint32_t count, const VkDescriptorSet *bound, uint32_t offsets,
                                    const uint32_t *dynamic) {
  std::lock_guard guard(lock);
  for (uint32_t i = 0; i < count; ++i)
    recordings[commands].bound[first + i] = sets[bound[i]];
  NEXT(commands, vkCmdBindDescriptorSets)(commands, point, layout, first, count, bound, offsets, dynamic);
}

VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  std::lock_guard guard(lock);
  Recording &recording = recordings[commands];
  ++recording.dispatches;
  for (auto &[set, ranges] : recording.bound)
    for (auto &[binding, bytes] : ranges)
      recording.bytes += bytes;
  NEXT(commands, vkCmdDispatch)(commands, x, y, z);
}

VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
  std::lock_guard guard(lock);
  uint64_t dispatches = 0, bytes = 0;
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t j = 0; j < infos[i].commandBufferCount; ++j) {
      const Recording &recording = recordings[infos[i].pCommandBuffers[j]];
      dispatches += recording.dispatches;
      bytes += recording.bytes;
    }
  const char *path = std::getenv("SINTER_COUNT_FILE");
  if (FILE *file = dispatches && path ? std::fopen(path, "a") : nullptr) {
    std::fprintf(file, "%llu %llu\n", static_cast<unsigned long long>(dispatches),
                 static_cast<unsigned long long>(bytes));
    std::fclose(file);
  }
  return NEXT(queue, vkQueueSubmit)(queue, count, infos, fence);
}

PFN_vkVoidFunction ours(const char *name) {
  static const Entry table[] = {ENTRY("vkCreateBuffer", createBuffer),
                                ENTRY("vkUpdateDescriptorSets", updateSets),
                                ENTRY("vkCreateDescriptorUpdateTemplate", createTemplate),
                                ENTRY("vkCreateDescriptorUpdateTemplateKHR", createTemplate),
                                ENTRY("vkUpdateDescriptorSetWithTemplate", updateByTemplate),
                                ENTRY("vkUpdateDescriptorSetWithTemplateKHR", updateByTemplate),
                                ENTRY("vkCmdPushDescriptorSetKHR", pushSet),
                                ENTRY("vkCmdPushDescriptorSetWithTemplateKHR", pushByTemplate),
                                ENTRY("vkBeginCommandBuffer", begin),
                                ENTRY("vkCmdBindDescriptorSets", bindSets),
                                ENTRY("vkCmdDispatch", dispatch),
                                ENTRY("vkQueueSubmit", submit)};
  return lookUp(table, name);
}

} // namespace
