// A Vulkan layer that makes a device fail, and one that shows the host little.
//
// SINTER_FAULT=FUNCTION:N:RESULT makes the N-th call of a function return RESULT (a VkResult) without being made; a
// lost device stays lost for all functions below. SINTER_HIDE=1 splits each type of memory in two, one of the device's
// that the host cannot map and one of the host's, as a discrete GPU has them. SINTER_LACK=FEATURE[,FEATURE]… takes
// features (by the driver's names) from the device; asking for them fails. When the device is closed, the calls of
// each function and what was made and not given back are written to the file that SINTER_FAULT_FILE names.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Layer.h"

#include <atomic>
#include <set>
#include <string>

namespace {

struct Fault {
  std::string function;
  long call = 0;
  VkResult result = VK_SUCCESS;

  Fault() {
    const char *given = std::getenv("SINTER_FAULT");
    std::string text = given ? given : "";
    size_t first = text.find(':'), second = text.find(':', first + 1);
    if (second == std::string::npos)
      return;
    function = text.substr(0, first);
    call = std::atol(text.c_str() + first + 1);
    result = static_cast<VkResult>(std::atoi(text.c_str() + second + 1));
  }
};

const Fault fault;
const bool hides = std::getenv("SINTER_HIDE") != nullptr;
std::mutex counts; ///< Of what follows.
std::map<std::string, long> calls;
bool lost = false;
long failures = 0;
long alive = 0;
std::set<VkDeviceMemory> unmappable;

/// What a call returns instead of being made, or success.
VkResult failureOf(const char *name) {
  std::lock_guard guard(counts);
  long call = ++calls[name];
  if (lost)
    return VK_ERROR_DEVICE_LOST;
  if (fault.function != name || fault.call != call)
    return VK_SUCCESS;
  ++failures;
  lost = fault.result == VK_ERROR_DEVICE_LOST;
  return fault.result;
}

void count(long change) {
  std::lock_guard guard(counts);
  alive += change;
}

/// A function that may fail, and how many objects its success makes.
template <typename Function> struct Faulty;
template <typename Handle, typename... Arguments> struct Faulty<VkResult (*)(Handle, Arguments...)> {
  template <const char *name, long made> static VkResult call(Handle handle, Arguments... arguments) {
    if (VkResult result = failureOf(name))
      return result;
    VkResult result = next<VkResult (*)(Handle, Arguments...)>(handle, name)(handle, arguments...);
    if (result == VK_SUCCESS)
      count(made);
    return result;
  }
};

/// A function that gives an object back.
template <typename Function> struct Giver;
template <typename Object> struct Giver<void (*)(VkDevice, Object, const VkAllocationCallbacks *)> {
  template <const char *name> static void call(VkDevice device, Object object, const VkAllocationCallbacks *allocator) {
    count(object ? -1 : 0);
    next<void (*)(VkDevice, Object, const VkAllocationCallbacks *)>(device, name)(device, object, allocator);
  }
};

//===--- memory that the host does not see ------------------------------------------------------------------------===//

/// Type 2 i is the device's half of type i, type 2 i + 1 the host's.
VKAPI_ATTR void VKAPI_CALL memoryProperties(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *properties) {
  nexts[tableOf(device)].memoryProperties(device, properties);
  if (!hides)
    return;
  VkPhysicalDeviceMemoryProperties whole = *properties;
  for (uint32_t i = 0; i < whole.memoryTypeCount && 2 * i + 1 < VK_MAX_MEMORY_TYPES; ++i) {
    constexpr VkMemoryPropertyFlags device = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    constexpr VkMemoryPropertyFlags host =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    properties->memoryTypes[2 * i] = {whole.memoryTypes[i].propertyFlags & ~host, whole.memoryTypes[i].heapIndex};
    properties->memoryTypes[2 * i + 1] = {whole.memoryTypes[i].propertyFlags & ~device, whole.memoryTypes[i].heapIndex};
    properties->memoryTypeCount = 2 * i + 2;
  }
}

VKAPI_ATTR void VKAPI_CALL bufferNeeds(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needs) {
  NEXT(device, vkGetBufferMemoryRequirements)(device, buffer, needs);
  uint32_t whole = needs->memoryTypeBits;
  if (!hides)
    return;
  needs->memoryTypeBits = 0;
  for (uint32_t i = 0; i < 16; ++i)
    needs->memoryTypeBits |= (whole >> i & 1) * (3u << 2 * i);
}

VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                        const VkAllocationCallbacks *allocator, VkDeviceMemory *memory) {
  if (VkResult result = failureOf("vkAllocateMemory"))
    return result;
  VkMemoryAllocateInfo real = *info;
  real.memoryTypeIndex /= hides ? 2 : 1;
  VkResult result = NEXT(device, vkAllocateMemory)(device, &real, allocator, memory);
  std::lock_guard guard(counts);
  alive += result == VK_SUCCESS;
  if (result == VK_SUCCESS && hides && info->memoryTypeIndex % 2 == 0)
    unmappable.insert(*memory);
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL map(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                                   VkMemoryMapFlags flags, void **data) {
  if (VkResult result = failureOf("vkMapMemory"))
    return result;
  {
    std::lock_guard guard(counts);
    if (unmappable.count(memory))
      return VK_ERROR_MEMORY_MAP_FAILED;
  }
  return NEXT(device, vkMapMemory)(device, memory, offset, size, flags, data);
}

//===--- features that the device lacks ---------------------------------------------------------------------------===//

bool lacks(const char *feature) {
  const char *given = std::getenv("SINTER_LACK");
  return (std::string(",") + (given ? given : "") + ",").find(std::string(",") + feature + ",") != std::string::npos;
}

/// Clears what the device lacks in a chain of feature structures; whether anything was set.
bool clearLacking(void *chain) {
  bool found = false;
  auto clear = [&](const char *feature, VkBool32 &bit) {
    found |= bit && lacks(feature);
    bit = bit && !lacks(feature);
  };
  for (auto *link = static_cast<VkBaseOutStructure *>(chain); link; link = link->pNext)
    switch (link->sType) {
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2: {
      VkPhysicalDeviceFeatures &features = reinterpret_cast<VkPhysicalDeviceFeatures2 *>(link)->features;
      clear("int16", features.shaderInt16);
      clear("int64", features.shaderInt64);
      clear("float64", features.shaderFloat64);
      break;
    }
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES:
      clear("storage16", reinterpret_cast<VkPhysicalDeviceVulkan11Features *>(link)->storageBuffer16BitAccess);
      break;
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES: {
      auto &features = *reinterpret_cast<VkPhysicalDeviceVulkan12Features *>(link);
      clear("storage8", features.storageBuffer8BitAccess);
      clear("int8", features.shaderInt8);
      clear("float16", features.shaderFloat16);
      break;
    }
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES:
      clear("dot8", reinterpret_cast<VkPhysicalDeviceShaderIntegerDotProductFeatures *>(link)->shaderIntegerDotProduct);
      break;
    default: break;
    }
  return found;
}

VKAPI_ATTR void VKAPI_CALL features(VkPhysicalDevice device, VkPhysicalDeviceFeatures2 *features) {
  nexts[tableOf(device)].features2(device, features);
  clearLacking(features);
}

VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties) {
  nexts[tableOf(device)].properties2(device, properties);
  for (auto *link = static_cast<VkBaseOutStructure *>(properties->pNext); link; link = link->pNext)
    if (link->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES && lacks("subgroup"))
      reinterpret_cast<VkPhysicalDeviceSubgroupProperties *>(link)->subgroupSize = 1;
}

VKAPI_ATTR VkResult VKAPI_CALL openDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                          const VkAllocationCallbacks *allocator, VkDevice *device) {
  if (clearLacking(const_cast<void *>(info->pNext)))
    return VK_ERROR_FEATURE_NOT_PRESENT;
  return createDevice(physical, info, allocator, device);
}

VKAPI_ATTR void VKAPI_CALL destroyDevice(VkDevice device, const VkAllocationCallbacks *allocator) {
  NEXT(device, vkDestroyDevice)(device, allocator);
  std::lock_guard guard(counts);
  const char *path = std::getenv("SINTER_FAULT_FILE");
  if (FILE *file = path ? std::fopen(path, "w") : nullptr) {
    std::fprintf(file, "alive %ld\nfailures %ld\n", alive, failures);
    for (auto &[name, number] : calls)
      std::fprintf(file, "%s %ld\n", name.c_str(), number);
    std::fclose(file);
  }
}

#define NAME(function) constexpr char function##Name[] = #function;
#define FAULTY(function, made) ENTRY(#function, (Faulty<PFN_##function>::call<function##Name, made>))
#define GIVER(function) ENTRY(#function, (Giver<PFN_##function>::call<function##Name>))
NAME(vkCreateBuffer)
NAME(vkDestroyBuffer)
NAME(vkFreeMemory)
NAME(vkBindBufferMemory)
NAME(vkCreateShaderModule)
NAME(vkDestroyShaderModule)
NAME(vkCreateDescriptorSetLayout)
NAME(vkDestroyDescriptorSetLayout)
NAME(vkCreatePipelineLayout)
NAME(vkDestroyPipelineLayout)
NAME(vkCreateComputePipelines)
NAME(vkDestroyPipeline)
NAME(vkCreateDescriptorPool)
NAME(vkDestroyDescriptorPool)
NAME(vkAllocateDescriptorSets)
NAME(vkCreateCommandPool)
NAME(vkDestroyCommandPool)
NAME(vkAllocateCommandBuffers)
NAME(vkBeginCommandBuffer)
NAME(vkEndCommandBuffer)
NAME(vkCreateQueryPool)
NAME(vkDestroyQueryPool)
NAME(vkCreateSemaphore)
NAME(vkDestroySemaphore)
NAME(vkWaitSemaphores)
NAME(vkQueueSubmit)

PFN_vkVoidFunction ours(const char *name) {
  static const Entry table[] = {ENTRY("vkGetPhysicalDeviceMemoryProperties", memoryProperties),
                                ENTRY("vkGetBufferMemoryRequirements", bufferNeeds),
                                ENTRY("vkGetPhysicalDeviceFeatures2", features),
                                ENTRY("vkGetPhysicalDeviceProperties2", properties),
                                ENTRY("vkCreateDevice", openDevice),
                                ENTRY("vkAllocateMemory", allocate),
                                ENTRY("vkMapMemory", map),
                                ENTRY("vkDestroyDevice", destroyDevice),
                                FAULTY(vkCreateBuffer, 1),
                                FAULTY(vkBindBufferMemory, 0),
                                FAULTY(vkCreateShaderModule, 1),
                                FAULTY(vkCreateDescriptorSetLayout, 1),
                                FAULTY(vkCreatePipelineLayout, 1),
                                FAULTY(vkCreateComputePipelines, 1),
                                FAULTY(vkCreateDescriptorPool, 1),
                                FAULTY(vkAllocateDescriptorSets, 0),
                                FAULTY(vkCreateCommandPool, 1),
                                FAULTY(vkAllocateCommandBuffers, 0),
                                FAULTY(vkBeginCommandBuffer, 0),
                                FAULTY(vkEndCommandBuffer, 0),
                                FAULTY(vkCreateQueryPool, 1),
                                FAULTY(vkCreateSemaphore, 1),
                                FAULTY(vkWaitSemaphores, 0),
                                FAULTY(vkQueueSubmit, 0),
                                GIVER(vkDestroyBuffer),
                                GIVER(vkFreeMemory),
                                GIVER(vkDestroyShaderModule),
                                GIVER(vkDestroyDescriptorSetLayout),
                                GIVER(vkDestroyPipelineLayout),
                                GIVER(vkDestroyPipeline),
                                GIVER(vkDestroyDescriptorPool),
                                GIVER(vkDestroyCommandPool),
                                GIVER(vkDestroyQueryPool),
                                GIVER(vkDestroySemaphore)};
  return lookUp(table, name);
}

} // namespace
