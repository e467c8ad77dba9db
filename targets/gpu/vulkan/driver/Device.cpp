// See Device.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Device.h"
#include "targets/gpu/vulkan/VulkanCode.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::vulkan {

namespace {

constexpr uint32_t mostDevices = 16;
constexpr uint32_t mostQueueFamilies = 16;

/// Fills what is asked about a device. False if it cannot compute.
bool describe(const Instance &instance, VkPhysicalDevice device, Abilities &abilities) {
  abilities.subgroup = {};
  abilities.subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  VkPhysicalDeviceProperties2 properties = {};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &abilities.subgroup;
  instance.GetPhysicalDeviceProperties2(device, &properties);
  abilities.properties = properties.properties;
  abilities.features11 = {};
  abilities.features11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
  abilities.features12 = {};
  abilities.features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  abilities.features = {};
  abilities.features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  if (abilities.properties.apiVersion < VK_API_VERSION_1_2)
    return false;
  abilities.dotProduct = {};
  abilities.dotProduct.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES;
  abilities.features.pNext = &abilities.features11;
  abilities.features11.pNext = &abilities.features12;
  if (abilities.properties.apiVersion >= VK_API_VERSION_1_3)
    abilities.features12.pNext = &abilities.dotProduct;
  instance.GetPhysicalDeviceFeatures2(device, &abilities.features);
  VkQueueFamilyProperties families[mostQueueFamilies];
  uint32_t count = mostQueueFamilies;
  instance.GetPhysicalDeviceQueueFamilyProperties(device, &count, families);
  for (abilities.queueFamily = 0; abilities.queueFamily < count; ++abilities.queueFamily)
    if (families[abilities.queueFamily].queueFlags & VK_QUEUE_COMPUTE_BIT)
      return abilities.features12.timelineSemaphore;
  return false;
}

} // namespace

sinter_code findDevice(const Instance &instance, uint32_t index, VkPhysicalDevice *device, Abilities *abilities,
                       Report &report) {
  VkPhysicalDevice devices[mostDevices];
  uint32_t count = mostDevices;
  VkResult result = instance.EnumeratePhysicalDevices(instance.handle, &count, devices);
  if (result && result != VK_INCOMPLETE)
    return failure(report, result, "cannot list Vulkan's devices");
  for (uint32_t i = 0; i < count; ++i)
    if (describe(instance, devices[i], *abilities) && index-- == 0) {
      *device = devices[i];
      return SINTER_OK;
    }
  return report.fail(SINTER_E_NOT_FOUND, "no further Vulkan 1.2 device that computes");
}

namespace {

/// Subgroups of compute shaders that add and exchange values, of eight invocations at least.
bool canWorkAsSubgroups(const VkPhysicalDeviceSubgroupProperties &subgroup) {
  constexpr VkSubgroupFeatureFlags wanted =
      VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
  return (subgroup.supportedOperations & wanted) == wanted && subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT &&
         subgroup.subgroupSize >= kSubgroup;
}

/// Calls `visit(name, present)` for each feature that packages may ask for.
template <typename Visit> void eachFeature(const Abilities &abilities, Visit visit) {
  const VkPhysicalDeviceFeatures &basic = abilities.features.features;
  visit("storage8", abilities.features12.storageBuffer8BitAccess);
  visit("storage16", abilities.features11.storageBuffer16BitAccess);
  visit("int8", abilities.features12.shaderInt8);
  visit("int16", basic.shaderInt16);
  visit("int64", basic.shaderInt64);
  visit("float64", basic.shaderFloat64);
  visit("float16", abilities.features12.shaderFloat16);
  visit("dot8", abilities.dotProduct.shaderIntegerDotProduct);
  visit("subgroup", canWorkAsSubgroups(abilities.subgroup));
}

} // namespace

bool hasFeature(const Abilities &abilities, const char *name) {
  bool found = false;
  eachFeature(abilities, [&](const char *each, VkBool32 present) { found |= present && !strcmp(each, name); });
  return found;
}

void listFeatures(const Abilities &abilities, char *text, size_t capacity) {
  eachFeature(abilities, [&](const char *each, VkBool32 present) {
    if (present)
      appendText(text, capacity, "%%", text[0] ? " " : "", each);
  });
}

sinter_code Device::open(uint32_t index, Report &report) {
  if (sinter_code code = instance.open(report))
    return code;
  VkPhysicalDevice physical;
  if (sinter_code code = findDevice(instance, index, &physical, &abilities, report))
    return code;
  // Everything that the device has and kernels may use; nothing that changes what a program means.
  VkPhysicalDeviceVulkan12Features wanted12 = {};
  wanted12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  wanted12.storageBuffer8BitAccess = abilities.features12.storageBuffer8BitAccess;
  wanted12.shaderInt8 = abilities.features12.shaderInt8;
  wanted12.shaderFloat16 = abilities.features12.shaderFloat16;
  wanted12.timelineSemaphore = VK_TRUE;
  VkPhysicalDeviceShaderIntegerDotProductFeatures wantedDots = {};
  wantedDots.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES;
  wantedDots.shaderIntegerDotProduct = abilities.dotProduct.shaderIntegerDotProduct;
  if (wantedDots.shaderIntegerDotProduct)
    wanted12.pNext = &wantedDots;
  VkPhysicalDeviceVulkan11Features wanted11 = {};
  wanted11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
  wanted11.pNext = &wanted12;
  wanted11.storageBuffer16BitAccess = abilities.features11.storageBuffer16BitAccess;
  VkPhysicalDeviceFeatures2 wanted = {};
  wanted.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  wanted.pNext = &wanted11;
  wanted.features.shaderInt16 = abilities.features.features.shaderInt16;
  wanted.features.shaderInt64 = abilities.features.features.shaderInt64;
  wanted.features.shaderFloat64 = abilities.features.features.shaderFloat64;
  const float priority = 1;
  VkDeviceQueueCreateInfo queues = {};
  queues.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queues.queueFamilyIndex = abilities.queueFamily;
  queues.queueCount = 1;
  queues.pQueuePriorities = &priority;
  VkDeviceCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &wanted;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queues;
  if (VkResult result = instance.CreateDevice(physical, &info, nullptr, &handle)) {
    handle = VK_NULL_HANDLE;
    return failure(report, result, "cannot open the Vulkan device");
  }
  if (!api.find(instance, handle))
    return report.fail(SINTER_E_UNSUPPORTED, "the Vulkan device lacks functions of version 1.2");
  api.GetDeviceQueue(handle, abilities.queueFamily, 0, &queue);
  instance.GetPhysicalDeviceMemoryProperties(physical, &memories);
  return SINTER_OK;
}

void Device::close() {
  if (handle && api.DestroyDevice) {
    api.DeviceWaitIdle(handle);
    api.DestroyDevice(handle, nullptr);
  }
  handle = VK_NULL_HANDLE;
  if (instance.library)
    instance.close();
}

VkResult Device::submit(const VkSubmitInfo &info) {
  pthread_mutex_lock(&queueMutex);
  VkResult result = api.QueueSubmit(queue, 1, &info, VK_NULL_HANDLE);
  pthread_mutex_unlock(&queueMutex);
  return result;
}

/// Without flushing.
bool Device::hostSees(uint32_t type) const {
  constexpr VkMemoryPropertyFlags seen = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  return (memories.memoryTypes[type].propertyFlags & seen) == seen;
}

/// The best allowed type, or UINT32_MAX. For the device: its own memory first, then the larger heap (a discrete GPU may
/// show the host a small window), then what the host sees as well.
uint32_t Device::memoryType(uint32_t allowed, bool forHost) const {
  uint32_t best = UINT32_MAX;
  uint64_t bestRank[3] = {};
  for (uint32_t i = 0; i < memories.memoryTypeCount; ++i) {
    const VkMemoryType &type = memories.memoryTypes[i];
    if (!(allowed >> i & 1) || (forHost && !hostSees(i)))
      continue;
    bool preferred =
        type.propertyFlags & (forHost ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    uint64_t rank[3] = {preferred, forHost ? 0 : memories.memoryHeaps[type.heapIndex].size, hostSees(i)};
    uint32_t k = 0;
    while (k < 2 && rank[k] == bestRank[k])
      ++k;
    if (best == UINT32_MAX || rank[k] > bestRank[k]) {
      best = i;
      memcpy(bestRank, rank, sizeof(rank));
    }
  }
  return best;
}

bool Device::hidesMemory() const {
  for (uint32_t i = 0; i < memories.memoryTypeCount; ++i)
    if (!hostSees(i))
      return true;
  return false;
}

VkResult Device::createTimeline(VkSemaphore *semaphore) const {
  VkSemaphoreTypeCreateInfo type = {VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr, VK_SEMAPHORE_TYPE_TIMELINE,
                                    0};
  VkSemaphoreCreateInfo info = {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type, 0};
  return api.CreateSemaphore(handle, &info, nullptr, semaphore);
}

sinter_code Device::createBuffer(uint64_t bytes, bool forHost, Buffer *buffer, Report &report) const {
  *buffer = {};
  buffer->size = bytes;
  VkBufferCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = (bytes + 3) / 4 * 4 + 4; // Fills work on whole words.
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  VkResult result = api.CreateBuffer(handle, &info, nullptr, &buffer->handle);
  if (result) {
    buffer->handle = VK_NULL_HANDLE;
    return failure(report, result, "cannot create a buffer");
  }
  VkMemoryRequirements needs;
  api.GetBufferMemoryRequirements(handle, buffer->handle, &needs);
  VkMemoryAllocateInfo memory = {};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  memory.allocationSize = needs.size;
  memory.memoryTypeIndex = memoryType(needs.memoryTypeBits, forHost);
  if (memory.memoryTypeIndex == UINT32_MAX)
    result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  if (!result)
    result = api.AllocateMemory(handle, &memory, nullptr, &buffer->memory);
  if (!result)
    result = api.BindBufferMemory(handle, buffer->handle, buffer->memory, 0);
  if (!result && hostSees(memory.memoryTypeIndex))
    result = api.MapMemory(handle, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->host);
  if (!result)
    return SINTER_OK;
  destroyBuffer(*buffer);
  return failure(report, result, "cannot allocate device memory");
}

void Device::destroyBuffer(Buffer &buffer) const {
  if (buffer.handle)
    api.DestroyBuffer(handle, buffer.handle, nullptr);
  if (buffer.memory)
    api.FreeMemory(handle, buffer.memory, nullptr);
  buffer = {};
}

} // namespace sinter::vulkan
