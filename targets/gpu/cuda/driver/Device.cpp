// See Device.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/driver/Device.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::cuda {

sinter_code describe(const Api &api, uint32_t index, DeviceNumber *device, Abilities *abilities, Report &report) {
  int count = 0;
  if (Result result = api.DeviceGetCount(&count))
    return api.failure(report, result, "cannot list CUDA's devices");
  if (index >= uint32_t(count))
    return report.fail(SINTER_E_NOT_FOUND, "no further CUDA device");
  *abilities = {};
  size_t bytes = 0;
  Result result = api.DeviceGet(device, int(index));
  if (!result)
    result = api.DeviceGetName(abilities->name, sizeof(abilities->name), *device);
  if (!result)
    result = api.DeviceTotalMem(&bytes, *device);
  struct {
    int attribute;
    int *value;
  } const wanted[] = {{kComputeCapabilityMajor, &abilities->major},
                      {kComputeCapabilityMinor, &abilities->minor},
                      {kMaxSharedMemoryPerBlock, &abilities->sharedBytes},
                      {kMaxThreadsPerBlock, &abilities->threads}};
  for (const auto &each : wanted)
    if (!result)
      result = api.DeviceGetAttribute(each.value, each.attribute, *device);
  if (result)
    return api.failure(report, result, "cannot ask a CUDA device what it is");
  abilities->name[sizeof(abilities->name) - 1] = 0;
  abilities->memoryBytes = bytes;
  return SINTER_OK;
}

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
    return abilities.capability() >= level;
  return !strcmp(at, "a") && abilities.capability() == level;
}

void listFeatures(const Abilities &abilities, char *text, size_t capacity) {
  static const char *const levels[] = {"sm_80", "sm_90a", "sm_100"};
  for (const char *name : levels)
    if (hasFeature(abilities, name))
      appendText(text, capacity, "%%", text[0] ? " " : "", name);
}

sinter_code Device::open(uint32_t index, Report &report) {
  if (sinter_code code = api.open(report))
    return code;
  if (sinter_code code = describe(api, index, &number, &abilities, report))
    return code;
  if (Result result = api.PrimaryCtxRetain(&context, number)) {
    context = nullptr;
    return api.failure(report, result, "cannot open the CUDA device");
  }
  return SINTER_OK;
}

Device::~Device() {
  if (context)
    api.PrimaryCtxRelease(number);
  api.close();
}

sinter_code Device::createBuffer(uint64_t bytes, bool forHost, Buffer *buffer, Report &report) const {
  Current current(*this);
  *buffer = {};
  size_t size = size_t(bytes ? bytes : 1);
  Result result =
      forHost ? api.MemHostAlloc(&buffer->host, size, kHostPortableMapped) : api.MemAlloc(&buffer->address, size);
  if (result) {
    *buffer = {};
    return api.failure(report.limit(0, int64_t(bytes)), result, "cannot allocate memory");
  }
  if (forHost)
    buffer->address = Address(reinterpret_cast<uintptr_t>(buffer->host));
  buffer->size = bytes;
  return SINTER_OK;
}

void Device::destroyBuffer(Buffer &buffer) const {
  Current current(*this);
  if (buffer.host)
    api.MemFreeHost(buffer.host);
  else if (buffer.address)
    api.MemFree(buffer.address);
  buffer = {};
}

} // namespace sinter::cuda
