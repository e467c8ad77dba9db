// A device: what it is, its context, and memory of its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_DEVICE_H
#define SINTER_TARGETS_GPU_DRIVER_DEVICE_H

#include "targets/gpu/driver/Platform.h"

namespace sinter::gpu {

/// What the index-th device is; NOT_FOUND past the last.
sinter_code describe(const Api &api, uint32_t index, DeviceNumber *device, Abilities *abilities, rt::Report &report);

/// Memory that kernels and copies use.
struct Buffer {
  Address address = 0;
  void *host = nullptr; ///< Where the host sees it, or NULL.
  uint64_t size = 0;

  bool exists() const { return address != 0; }
};

class Device {
public:
  explicit Device(const Platform &platform) : platform(platform) {}
  Device(const Device &) = delete;
  ~Device();

  sinter_code open(uint32_t index, rt::Report &report);

  sinter_code createBuffer(uint64_t bytes, bool forHost, Buffer *buffer, rt::Report &report) const;
  void destroyBuffer(Buffer &buffer) const;

  /// Waits until what the host copied or filled has arrived: a copy from pageable memory returns before it has, and
  /// other streams do not wait for it.
  Result settle() const { return api.StreamSynchronize(nullptr); }

  /// Makes the device the calling thread's for a while. Every use of `api` stands in one.
  class Current {
  public:
    explicit Current(const Device &device) : api(device.api), previous(api.platform->enter(api, device.context)) {}
    Current(const Current &) = delete;
    ~Current() { api.platform->leave(api, previous); }

  private:
    const Api &api;
    ContextHandle previous;
  };

  const Platform &platform;
  Api api;
  Abilities abilities = {};

private:
  DeviceNumber number = 0;
  ContextHandle context = nullptr;
  bool isOpen = false;
};

} // namespace sinter::gpu

#endif
