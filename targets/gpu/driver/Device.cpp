// See Device.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/Device.h"

using namespace sinter::rt;

namespace sinter::gpu {

sinter_code describe(const Api &api, uint32_t index, DeviceNumber *device, Abilities *abilities, Report &report) {
  const char *title = api.platform->title;
  char what[48] = "";
  int count = 0;
  if (Result result = api.DeviceGetCount(&count)) {
    appendText(what, sizeof(what), "cannot list %'s devices", title);
    return api.failure(report, result, what);
  }
  if (index >= uint32_t(count))
    return report.fail(SINTER_E_NOT_FOUND, "no further % device", title);
  *abilities = {};
  Result result = api.DeviceGet(device, int(index));
  if (!result)
    result = api.platform->describe(api, *device, abilities);
  if (!result)
    return SINTER_OK;
  appendText(what, sizeof(what), "cannot ask a % device what it is", title);
  return api.failure(report, result, what);
}

sinter_code Device::open(uint32_t index, Report &report) {
  if (sinter_code code = api.open(platform, report))
    return code;
  if (sinter_code code = describe(api, index, &number, &abilities, report))
    return code;
  if (Result result = platform.open(api, number, &context))
    return api.failure(report, result, "cannot open the device");
  isOpen = true;
  return SINTER_OK;
}

Device::~Device() {
  if (isOpen)
    platform.close(api, number);
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

} // namespace sinter::gpu
