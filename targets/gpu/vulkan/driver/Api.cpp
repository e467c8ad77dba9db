// See Api.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Api.h"

#include <dlfcn.h>

using namespace sinter::rt;

namespace sinter::vulkan {

sinter_code failure(Report &report, VkResult result, const char *what) {
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY: return report.fail(SINTER_E_MEMORY, "%: no host memory", what);
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_OUT_OF_POOL_MEMORY: return report.fail(SINTER_E_MEMORY, "%: no device memory", what);
  case VK_ERROR_DEVICE_LOST: return report.fail(SINTER_E_DEVICE, "%: the device was lost", what);
  default: return report.fail(SINTER_E_DEVICE, "%: Vulkan error %", what, int32_t(result));
  }
}

sinter_code Instance::open(Report &report) {
  library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return report.fail(SINTER_E_NOT_FOUND, "there is no libvulkan.so.1 on this machine");
  auto lookup = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(library, "vkGetInstanceProcAddr"));
  bool complete = lookup != nullptr;
#define SINTER_VULKAN_FIND(name)                                                                                       \
  complete = complete && (name = reinterpret_cast<PFN_vk##name>(lookup(handle, "vk" #name)));
  SINTER_VULKAN_GLOBAL(SINTER_VULKAN_FIND)
  uint32_t version = 0;
  if (!complete || EnumerateInstanceVersion(&version) || version < VK_API_VERSION_1_2) {
    close();
    return report.fail(SINTER_E_NOT_FOUND, "the Vulkan library is older than 1.2");
  }
  // The newest version of which anything is used; devices may have less.
  VkApplicationInfo application = {
      VK_STRUCTURE_TYPE_APPLICATION_INFO, nullptr, "sinter", 1, "sinter", 1, VK_API_VERSION_1_3};
  VkInstanceCreateInfo info = {
      VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, nullptr, 0, &application, 0, nullptr, 0, nullptr};
  if (VkResult result = CreateInstance(&info, nullptr, &handle)) {
    handle = VK_NULL_HANDLE;
    close();
    return failure(report, result, "cannot start Vulkan");
  }
  SINTER_VULKAN_INSTANCE(SINTER_VULKAN_FIND)
#undef SINTER_VULKAN_FIND
  if (complete)
    return SINTER_OK;
  close();
  return report.fail(SINTER_E_NOT_FOUND, "the Vulkan library lacks functions of version 1.2");
}

void Instance::close() {
  if (handle && DestroyInstance)
    DestroyInstance(handle, nullptr);
  if (library)
    dlclose(library);
  *this = Instance();
}

bool DeviceApi::find(const Instance &instance, VkDevice device) {
  bool complete = true;
#define SINTER_VULKAN_FIND(name)                                                                                       \
  complete = (name = reinterpret_cast<PFN_vk##name>(instance.GetDeviceProcAddr(device, "vk" #name))) && complete;
  SINTER_VULKAN_DEVICE(SINTER_VULKAN_FIND)
#undef SINTER_VULKAN_FIND
  return complete;
}

} // namespace sinter::vulkan
