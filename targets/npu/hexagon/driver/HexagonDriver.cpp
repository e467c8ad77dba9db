// The table of the Hexagon driver.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/HexagonCode.h"
#include "targets/npu/hexagon/driver/Stream.h"

#include "support/DriverObjects.h"
#include "support/Structs.h"

using namespace sinter::rt;
using namespace sinter::hexagon;

namespace {

/// See support/DriverObjects.h.
struct HexagonDriver {
  using Executable = sinter::hexagon::Executable;
  using Stream = sinter::hexagon::Stream;
  using Segment = sinter::hexagon::Submitted;
  using Buffer = sinter::hexagon::Buffer;
  static constexpr const char *title = "Hexagon";
};
using D = DriverMemory<HexagonDriver>;

} // namespace

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  Report report(error);
  if (index)
    return report.fail(SINTER_E_NOT_FOUND, "there is one Hexagon device");
  sinter_device_info result = {};
  if (sinter_code code = Transport::find(result.name, sizeof(result.name), report))
    return code;
  appendText(result.driver, sizeof(result.driver), "%", kDriver);
  appendText(result.target, sizeof(result.target), "%", kTarget);
  appendText(result.memory, sizeof(result.memory), "%", kDeviceMemory);
  appendText(result.features, sizeof(result.features), "%", kFeature);
  result.memory_bytes = Window::kBytes;
  return writeStruct(info, result) ? SINTER_OK : report.fail(SINTER_E_ARGUMENT, "device information of unknown size");
}

static sinter_code accept(const sinter_hooks *, uint32_t, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (sinter_code result = checkTarget(*code, kTarget, kCodeAbi, report))
    return result;
  for (uint32_t i = 0; i < code->feature_count; ++i)
    if (strcmp(code->features[i], kFeature))
      return report.fail(SINTER_E_UNSUPPORTED, "variant % needs %, the device has %", code->variant, code->features[i],
                         kFeature);
  return SINTER_OK;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (sinter_code result = checkAbi(*code, kCodeAbi, SINTER_E_VERSION, report))
    return result;
  return checkCode(*code, report);
}

static constexpr sinter_driver table = D::table(kDriver, enumerate, accept, verify);

extern "C" const sinter_driver *sinter_hexagon_driver(uint32_t host_abi, sinter_error *error) {
  return D::entry(table, host_abi, error);
}
