// See DriverTable.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/DriverTable.h"

#include "support/Structs.h"

using namespace sinter::rt;

namespace sinter::gpu {

sinter_code describe(const Platform &platform, uint32_t index, Abilities *abilities, Report &report) {
  Api api;
  if (sinter_code code = api.open(platform, report))
    return code;
  DeviceNumber device;
  sinter_code code = describe(api, index, &device, abilities, report);
  api.close();
  return code;
}

/// The features that packages may need and the device has, with spaces between them.
static void listFeatures(const Platform &platform, const Abilities &abilities, char *text, size_t capacity) {
  for (const char *const *name = platform.features; *name; ++name)
    if (platform.hasFeature(abilities, *name))
      appendText(text, capacity, "%%", text[0] ? " " : "", *name);
}

sinter_code enumerate(const Platform &platform, uint32_t index, sinter_device_info *info, Report &report) {
  Abilities abilities;
  if (sinter_code code = describe(platform, index, &abilities, report))
    return code;
  sinter_device_info result = {};
  appendText(result.driver, sizeof(result.driver), "%", platform.driver);
  appendText(result.target, sizeof(result.target), "%", platform.target);
  appendText(result.memory, sizeof(result.memory), "%", kDeviceMemory);
  appendText(result.name, sizeof(result.name), "%", abilities.name);
  listFeatures(platform, abilities, result.features, sizeof(result.features));
  result.memory_bytes = abilities.memoryBytes;
  return writeStruct(info, result) ? SINTER_OK : report.fail(SINTER_E_ARGUMENT, "device information of unknown size");
}

sinter_code accept(const Platform &platform, uint32_t index, const sinter_code_image &code, Report &report) {
  if (sinter_code result = checkTarget(code, platform.target, platform.codeAbi, report))
    return result;
  Abilities abilities;
  sinter_code result = describe(platform, index, &abilities, report);
  for (uint32_t i = 0; !result && i < code.feature_count; ++i)
    if (!platform.hasFeature(abilities, code.features[i]))
      result = report.limit(abilities.capability, 0)
                   .fail(SINTER_E_UNSUPPORTED, "variant % needs %, the device is %", code.variant, code.features[i],
                         abilities.processor);
  return result;
}

} // namespace sinter::gpu
