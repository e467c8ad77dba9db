// The ROCm driver: what is HIP's own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/DriverTable.h"
#include "targets/gpu/rocm/RocmCode.h"
#include "targets/gpu/rocm/driver/Names.h"
#include "targets/gpu/rocm/driver/Own.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::rocm {
namespace {

#define SINTER_HIP_NAME(member, parameters) SINTER_GPU_QUOTE(SINTER_NAME_##member),
constexpr const char *names[] = {SINTER_GPU_FUNCTIONS(SINTER_HIP_NAME)};

#define SINTER_HIP_OWN_NAME(name, result, parameters) #name,
constexpr const char *ownNames[] = {SINTER_HIP_FUNCTIONS(SINTER_HIP_OWN_NAME) nullptr};
static_assert(sizeof(ownNames) / sizeof(*ownNames) <= Api::mostOwn);

#define SINTER_HIP_NUMBER(name, result, parameters) number_##name,
enum : unsigned { SINTER_HIP_FUNCTIONS(SINTER_HIP_NUMBER) };

#define SINTER_HIP_TYPE(name, result, parameters) using type_##name = result(*) parameters;
SINTER_HIP_FUNCTIONS(SINTER_HIP_TYPE)

#define SINTER_HIP_OF(api, name) reinterpret_cast<type_##name>((api).own[number_##name])

const char *errorName(const Api &api, Result result) { return SINTER_HIP_OF(api, hipGetErrorName)(result); }

// --- devices ---------------------------------------------------------------------------------------------------------

Result describe(const Api &api, DeviceNumber device, Abilities *abilities) {
  DeviceProperties properties = {};
  if (Result result = SINTER_HIP_OF(api, hipGetDevicePropertiesR0600)(&properties, device))
    return result;
  properties.name[sizeof(properties.name) - 1] = 0;
  properties.gcnArchName[sizeof(properties.gcnArchName) - 1] = 0;
  // "gfx942:sramecc+:xnack-": our code runs with these features on or off.
  properties.gcnArchName[strcspn(properties.gcnArchName, ":")] = 0;
  appendText(abilities->name, sizeof(abilities->name), "%", properties.name);
  appendText(abilities->processor, sizeof(abilities->processor), "%", properties.gcnArchName);
  abilities->memoryBytes = properties.totalGlobalMem;
  abilities->workgroupBytes = int(properties.sharedMemPerBlock);
  abilities->threads = properties.maxThreadsPerBlock;
  return kSuccess;
}

constexpr const char *features[] = {"gfx942", "gfx1100", nullptr};

/// Code runs on the processor that it was made for.
bool hasFeature(const Abilities &abilities, const char *name) { return !strcmp(abilities.processor, name); }

// A thread has a current device; what is kept of it is its number, plus 1.

Result open(const Api &, DeviceNumber device, ContextHandle *context) {
  *context = reinterpret_cast<ContextHandle>(uintptr_t(device) + 1);
  return kSuccess;
}
void close(const Api &, DeviceNumber) {}

ContextHandle enter(const Api &api, ContextHandle context) {
  DeviceNumber previous = 0;
  bool known = !SINTER_HIP_OF(api, hipGetDevice)(&previous);
  SINTER_HIP_OF(api, hipSetDevice)(DeviceNumber(reinterpret_cast<uintptr_t>(context) - 1));
  return known ? reinterpret_cast<ContextHandle>(uintptr_t(previous) + 1) : nullptr;
}
void leave(const Api &api, ContextHandle previous) {
  if (previous)
    SINTER_HIP_OF(api, hipSetDevice)(DeviceNumber(reinterpret_cast<uintptr_t>(previous) - 1));
}

Result copy(const Api &api, Address target, Address source, size_t bytes, StreamHandle stream) {
  return SINTER_HIP_OF(api, hipMemcpyAsync)(target, source, bytes, kMemcpyDefault, stream);
}

// --- code ------------------------------------------------------------------------------------------------------------

extern const Platform platform;

sinter_code readModule(const sinter_code_image &code, uint32_t *kernels, Report &report) {
  ModuleHeader header;
  memcpy(&header, code.data, sizeof(header));
  if (header.magic != kModuleMagic)
    return report.fail(SINTER_E_FORMAT, "the code is no ROCm module");
  if (!header.objectBytes || !isInside(platform, code, header.object, header.objectBytes))
    return report.fail(SINTER_E_FORMAT, "the code's object does not lie in it");
  if (header.reserved)
    return report.fail(SINTER_E_FORMAT, "the code's header is of no known form");
  *kernels = header.kernels;
  return SINTER_OK;
}

sinter_code loadModule(const Api &api, const Abilities &, const sinter_code_image &code, ModuleHandle *module,
                       Report &report) {
  const uint8_t *bytes = static_cast<const uint8_t *>(code.data);
  ModuleHeader header;
  memcpy(&header, bytes, sizeof(header));
  Result result = SINTER_HIP_OF(api, hipModuleLoadData)(module, bytes + header.object);
  if (!result)
    return SINTER_OK;
  report.at(int32_t(code.section), header.object);
  return api.failure(report, result, "loading the code object");
}

constexpr Platform platform = {"ROCm",
                               kTarget,
                               kDriver,
                               kCodeAbi,
                               sizeof(ModuleHeader),
                               kGridWidth,
                               "libamdhip64.so",
                               names,
                               ownNames,
                               errorName,
                               describe,
                               features,
                               hasFeature,
                               open,
                               close,
                               enter,
                               leave,
                               copy,
                               readModule,
                               loadModule};

} // namespace
} // namespace sinter::rocm

extern "C" const sinter_driver *sinter_rocm_driver(uint32_t host_abi, sinter_error *error) {
  return sinter::gpu::PlatformDriver<sinter::rocm::platform>::entry(host_abi, error);
}
