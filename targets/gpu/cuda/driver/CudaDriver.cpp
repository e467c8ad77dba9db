// The CUDA driver: what is CUDA's own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/CudaCode.h"
#include "targets/gpu/cuda/driver/Names.h"
#include "targets/gpu/cuda/driver/Own.h"
#include "targets/gpu/driver/DriverTable.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::cuda {
namespace {

#define SINTER_CUDA_NAME(member, parameters) SINTER_GPU_QUOTE(SINTER_NAME_##member),
constexpr const char *names[] = {SINTER_GPU_FUNCTIONS(SINTER_CUDA_NAME)};

#define SINTER_CUDA_OWN_NAME(name, parameters) #name,
constexpr const char *ownNames[] = {SINTER_CUDA_FUNCTIONS(SINTER_CUDA_OWN_NAME) nullptr};
static_assert(sizeof(ownNames) / sizeof(*ownNames) <= Api::mostOwn);

#define SINTER_CUDA_NUMBER(name, parameters) number_##name,
enum : unsigned { SINTER_CUDA_FUNCTIONS(SINTER_CUDA_NUMBER) };

#define SINTER_CUDA_TYPE(name, parameters) using type_##name = Result(*) parameters;
SINTER_CUDA_FUNCTIONS(SINTER_CUDA_TYPE)

#define SINTER_CUDA_OF(api, name) reinterpret_cast<type_##name>((api).own[number_##name])

const char *errorName(const Api &api, Result result) {
  const char *name = nullptr;
  return SINTER_CUDA_OF(api, cuGetErrorName)(result, &name) ? nullptr : name;
}

// --- devices ---------------------------------------------------------------------------------------------------------

Result describe(const Api &api, DeviceNumber device, Abilities *abilities) {
  size_t bytes = 0;
  int major = 0, minor = 0;
  Result result = SINTER_CUDA_OF(api, cuDeviceGetName)(abilities->name, sizeof(abilities->name), device);
  if (!result)
    result = SINTER_CUDA_OF(api, cuDeviceTotalMem_v2)(&bytes, device);
  struct {
    int attribute;
    int *value;
  } const wanted[] = {{kComputeCapabilityMajor, &major},
                      {kComputeCapabilityMinor, &minor},
                      {kMaxSharedMemoryPerBlock, &abilities->workgroupBytes},
                      {kMaxThreadsPerBlock, &abilities->threads}};
  for (const auto &each : wanted)
    if (!result)
      result = SINTER_CUDA_OF(api, cuDeviceGetAttribute)(each.value, each.attribute, device);
  abilities->name[sizeof(abilities->name) - 1] = 0;
  abilities->memoryBytes = bytes;
  abilities->capability = major * 10 + minor;
  appendText(abilities->processor, sizeof(abilities->processor), "of compute capability %.%", major, minor);
  return result;
}

constexpr const char *features[] = {"sm_80", "sm_90a", "sm_100", nullptr};

/// "sm_80" is that feature level or any later, "sm_90a" exactly that one.
bool hasFeature(const Abilities &abilities, const char *name) {
  if (strncmp(name, "sm_", 3))
    return false;
  int level = 0;
  const char *at = name + 3;
  for (; *at >= '0' && *at <= '9' && level < 10000; ++at)
    level = level * 10 + (*at - '0');
  if (!level)
    return false;
  if (!*at)
    return abilities.capability >= level;
  return !strcmp(at, "a") && abilities.capability == level;
}

Result open(const Api &api, DeviceNumber device, ContextHandle *context) {
  return SINTER_CUDA_OF(api, cuDevicePrimaryCtxRetain)(context, device);
}
void close(const Api &api, DeviceNumber device) { SINTER_CUDA_OF(api, cuDevicePrimaryCtxRelease_v2)(device); }

ContextHandle enter(const Api &api, ContextHandle context) {
  return SINTER_CUDA_OF(api, cuCtxPushCurrent_v2)(context) ? nullptr : context;
}
void leave(const Api &api, ContextHandle pushed) {
  ContextHandle popped;
  if (pushed)
    SINTER_CUDA_OF(api, cuCtxPopCurrent_v2)(&popped);
}

Result copy(const Api &api, Address target, Address source, size_t bytes, StreamHandle stream) {
  return SINTER_CUDA_OF(api, cuMemcpyAsync)(target, source, bytes, stream);
}

// --- code ------------------------------------------------------------------------------------------------------------

extern const Platform platform;

sinter_code readModule(const sinter_code_image &code, uint32_t *kernels, Report &report) {
  ModuleHeader header;
  memcpy(&header, code.data, sizeof(header));
  if (header.magic != kModuleMagic)
    return report.fail(SINTER_E_FORMAT, "the code is no CUDA module");
  const uint8_t *bytes = static_cast<const uint8_t *>(code.data);
  if (!header.ptxBytes || !isInside(platform, code, header.ptx, header.ptxBytes) ||
      bytes[header.ptx + header.ptxBytes - 1])
    return report.fail(SINTER_E_FORMAT, "the code's PTX does not lie in it");
  if (header.cubinBytes ? !isInside(platform, code, header.cubin, header.cubinBytes) : header.cubin != 0)
    return report.fail(SINTER_E_FORMAT, "the code's cubin does not lie in it");
  if (header.reserved || header.isExact > 1)
    return report.fail(SINTER_E_FORMAT, "the code's header is of no known form");
  *kernels = header.kernels;
  return SINTER_OK;
}

/// A cubin runs on its own compute capability and on later ones of the same generation; others translate the PTX.
bool runsCubin(const ModuleHeader &header, const Abilities &device) {
  uint32_t capability = uint32_t(device.capability);
  return header.cubinBytes &&
         (header.isExact ? capability == header.capability
                         : capability / 10 == header.capability / 10 && capability >= header.capability);
}

sinter_code loadModule(const Api &api, const Abilities &abilities, const sinter_code_image &code, ModuleHandle *module,
                       Report &report) {
  const uint8_t *bytes = static_cast<const uint8_t *>(code.data);
  ModuleHeader header;
  memcpy(&header, bytes, sizeof(header));
  char log[96] = ""; // What fits into an error's text.
  int names[] = {kJitErrorLogBuffer, kJitErrorLogBufferBytes};
  void *values[] = {log, reinterpret_cast<void *>(uintptr_t(sizeof(log)))};
  bool isCubin = runsCubin(header, abilities);
  uint64_t place = isCubin ? header.cubin : header.ptx;
  Result result = SINTER_CUDA_OF(api, cuModuleLoadDataEx)(module, bytes + place, 2, names, values);
  if (!result)
    return SINTER_OK;
  log[sizeof(log) - 1] = 0;
  report.at(int32_t(code.section), place);
  return api.failure(report, result, log[0] ? log : isCubin ? "loading the cubin" : "translating the PTX");
}

constexpr Platform platform = {"CUDA",     kTarget,        kDriver,    kCodeAbi,   sizeof(ModuleHeader),
                               kGridWidth, "libcuda.so.1", names,      ownNames,   errorName,
                               describe,   features,       hasFeature, open,       close,
                               enter,      leave,          copy,       readModule, loadModule};

} // namespace
} // namespace sinter::cuda

extern "C" const sinter_driver *sinter_cuda_driver(uint32_t host_abi, sinter_error *error) {
  return sinter::gpu::PlatformDriver<sinter::cuda::platform>::entry(host_abi, error);
}
