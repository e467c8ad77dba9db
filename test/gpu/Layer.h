// What every Vulkan layer of ours has: its place in the chain. A layer is one file that includes this and defines
// `ours`.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_GPU_LAYER_H
#define SINTER_TEST_GPU_LAYER_H

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

namespace {

/// A function that a layer takes over.
struct Entry {
  const char *name;
  PFN_vkVoidFunction function;
};
#define ENTRY(name, function) {name, reinterpret_cast<PFN_vkVoidFunction>(function)}

template <size_t count> PFN_vkVoidFunction lookUp(const Entry (&table)[count], const char *name) {
  for (const Entry &entry : table)
    if (!std::strcmp(name, entry.name))
      return entry.function;
  return nullptr;
}

/// The layer's own function of that name, or NULL: the call goes on to the next layer.
PFN_vkVoidFunction ours(const char *name);

struct Next {
  PFN_vkGetInstanceProcAddr instanceProc = nullptr;
  PFN_vkGetDeviceProcAddr deviceProc = nullptr;
  VkInstance instance = nullptr;
  VkDevice device = nullptr;
  /// Asked for while the instance is made: later the Vulkan loader would give what is in front of all layers.
  PFN_vkGetPhysicalDeviceMemoryProperties memoryProperties = nullptr;
  PFN_vkGetPhysicalDeviceFeatures2 features2 = nullptr;
  PFN_vkGetPhysicalDeviceProperties2 properties2 = nullptr;

  template <typename Function> Function find(const char *name) const {
    return reinterpret_cast<Function>(device ? deviceProc(device, name) : instanceProc(instance, name));
  }
};

std::mutex lock;
std::map<void *, Next> nexts; ///< By the dispatch table that a handle points at.

void *tableOf(const void *handle) { return *static_cast<void *const *>(handle); }

template <typename Function> Function next(const void *handle, const char *name) {
  return nexts[tableOf(handle)].find<Function>(name);
}
#define NEXT(handle, name) next<PFN_##name>(handle, #name)

/// The loader's note of who is next, in a chain of structures that begins at `chain`.
template <typename Link> Link *findLink(const void *chain, VkStructureType type) {
  for (auto *link = static_cast<const Link *>(chain); link; link = static_cast<const Link *>(link->pNext))
    if (link->sType == type && link->function == VK_LAYER_LINK_INFO)
      return const_cast<Link *>(link);
  return nullptr;
}

Next nextOf(PFN_vkGetInstanceProcAddr proc, VkInstance instance) {
  Next next;
  next.instanceProc = proc;
  next.instance = instance;
  next.memoryProperties = next.find<PFN_vkGetPhysicalDeviceMemoryProperties>("vkGetPhysicalDeviceMemoryProperties");
  next.features2 = next.find<PFN_vkGetPhysicalDeviceFeatures2>("vkGetPhysicalDeviceFeatures2");
  next.properties2 = next.find<PFN_vkGetPhysicalDeviceProperties2>("vkGetPhysicalDeviceProperties2");
  return next;
}

VKAPI_ATTR VkResult VKAPI_CALL createInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *allocator,
                                              VkInstance *instance) {
  auto *link = findLink<VkLayerInstanceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link)
    return VK_ERROR_INITIALIZATION_FAILED;
  PFN_vkGetInstanceProcAddr proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result =
      reinterpret_cast<PFN_vkCreateInstance>(proc(nullptr, "vkCreateInstance"))(info, allocator, instance);
  std::lock_guard guard(lock);
  if (result == VK_SUCCESS)
    nexts[tableOf(*instance)] = nextOf(proc, *instance);
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL createDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                            const VkAllocationCallbacks *allocator, VkDevice *device) {
  auto *link = findLink<VkLayerDeviceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link)
    return VK_ERROR_INITIALIZATION_FAILED;
  PFN_vkGetDeviceProcAddr proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = NEXT(physical, vkCreateDevice)(physical, info, allocator, device);
  std::lock_guard guard(lock);
  if (result == VK_SUCCESS) {
    Next next;
    next.deviceProc = proc;
    next.device = *device;
    nexts[tableOf(*device)] = next;
  }
  return result;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL deviceProc(VkDevice device, const char *name);
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL instanceProc(VkInstance instance, const char *name);

PFN_vkVoidFunction chained(const char *name) {
  static const Entry table[] = {ENTRY("vkGetInstanceProcAddr", instanceProc), ENTRY("vkGetDeviceProcAddr", deviceProc),
                                ENTRY("vkCreateInstance", createInstance), ENTRY("vkCreateDevice", createDevice)};
  PFN_vkVoidFunction function = ours(name);
  return function ? function : lookUp(table, name);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL deviceProc(VkDevice device, const char *name) {
  PFN_vkVoidFunction below = nexts[tableOf(device)].deviceProc(device, name);
  PFN_vkVoidFunction function = below ? chained(name) : nullptr; // What the device lacks stays absent.
  return function ? function : below;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL instanceProc(VkInstance instance, const char *name) {
  if (PFN_vkVoidFunction function = chained(name))
    return function;
  return instance ? nexts[tableOf(instance)].instanceProc(instance, name) : nullptr;
}

} // namespace

extern "C" VK_LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *interface) {
  interface->loaderLayerInterfaceVersion = 2;
  interface->pfnGetInstanceProcAddr = instanceProc;
  interface->pfnGetDeviceProcAddr = deviceProc;
  interface->pfnGetPhysicalDeviceProcAddr = nullptr;
  return VK_SUCCESS;
}

#endif
