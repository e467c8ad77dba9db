// The table of the Vulkan driver.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Stream.h"

#include "support/DriverObjects.h"
#include "support/Structs.h"

using namespace sinter::rt;
using namespace sinter::vulkan;

namespace {

/// See support/DriverObjects.h.
struct VulkanDriver {
  using Executable = sinter::vulkan::Executable;
  using Stream = sinter::vulkan::Stream;
  using Segment = sinter::vulkan::Segment;
  using Buffer = sinter::vulkan::Buffer;
  static constexpr const char *title = "Vulkan";
};
using D = DriverMemory<VulkanDriver>;

} // namespace

/// What the index-th device can do; nothing stays open.
static sinter_code describe(uint32_t index, Abilities *abilities, Report &report) {
  Instance instance;
  if (sinter_code code = instance.open(report))
    return code;
  VkPhysicalDevice device;
  sinter_code code = findDevice(instance, index, &device, abilities, report);
  instance.close();
  return code;
}

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  Report report(error);
  Abilities abilities;
  if (sinter_code code = describe(index, &abilities, report))
    return code;
  sinter_device_info result = {};
  appendText(result.driver, sizeof(result.driver), "%", kDriver);
  appendText(result.target, sizeof(result.target), "%", kTarget);
  appendText(result.memory, sizeof(result.memory), "%", kDeviceMemory);
  appendText(result.name, sizeof(result.name), "%", abilities.properties.deviceName);
  listFeatures(abilities, result.features, sizeof(result.features));
  return writeStruct(info, result) ? SINTER_OK : report.fail(SINTER_E_ARGUMENT, "device information of unknown size");
}

static sinter_code accept(const sinter_hooks *, uint32_t index, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (sinter_code result = checkTarget(*code, kTarget, kCodeAbi, report))
    return result;
  Abilities abilities;
  sinter_code result = describe(index, &abilities, report);
  for (uint32_t i = 0; !result && i < code->feature_count; ++i)
    if (!hasFeature(abilities, code->features[i]))
      result = report.fail(SINTER_E_UNSUPPORTED, "variant % needs %, which the device lacks", code->variant,
                           code->features[i]);
  return result;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (sinter_code result = checkAbi(*code, kCodeAbi, SINTER_E_VERSION, report))
    return result;
  KernelHeader header;
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readHeader(*code, i, &header, report))
      return result;
  return SINTER_OK;
}

static constexpr sinter_driver table = D::table(kDriver, enumerate, accept, verify);

extern "C" const sinter_driver *sinter_vulkan_driver(uint32_t host_abi, sinter_error *error) {
  return D::entry(table, host_abi, error);
}
