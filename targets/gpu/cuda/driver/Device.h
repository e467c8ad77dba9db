// A CUDA device: what it is, its context, and memory of its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_DRIVER_DEVICE_H
#define SINTER_TARGETS_GPU_CUDA_DRIVER_DEVICE_H

#include "targets/gpu/cuda/driver/Api.h"

#include "sinter_driver.h"

namespace sinter::cuda {

/// What decides whether code runs on a device.
struct Abilities {
  char name[64];
  uint64_t memoryBytes;
  int major, minor; ///< Compute capability.
  int sharedBytes, threads;

  int capability() const { return major * 10 + minor; }
};

/// What the index-th device is; NOT_FOUND past the last.
sinter_code describe(const Api &api, uint32_t index, DeviceNumber *device, Abilities *abilities, rt::Report &report);

/// Whether the device has a feature level: "sm_80" is that or any later, "sm_90a" exactly that one.
bool hasFeature(const Abilities &abilities, const char *name);

/// The levels that packages are compiled for and the device has, with spaces between them.
void listFeatures(const Abilities &abilities, char *text, size_t capacity);

/// Memory that kernels and copies use.
struct Buffer {
  Address address = 0;
  void *host = nullptr; ///< Where the host sees it, or NULL.
  uint64_t size = 0;

  bool exists() const { return address != 0; }
};

class Device {
public:
  Device() = default;
  Device(const Device &) = delete;
  ~Device();

  sinter_code open(uint32_t index, rt::Report &report);

  sinter_code createBuffer(uint64_t bytes, bool forHost, Buffer *buffer, rt::Report &report) const;
  void destroyBuffer(Buffer &buffer) const;

  /// Waits until what the host copied or filled has arrived: a copy from pageable memory returns before it has, and
  /// other streams do not wait for it.
  Result settle() const { return api.StreamSynchronize(nullptr); }

  /// Makes the device's context the calling thread's for a while. Every use of `api` stands in one.
  class Current {
  public:
    explicit Current(const Device &device) : api(device.api), pushed(!api.CtxPushCurrent(device.context)) {}
    Current(const Current &) = delete;
    ~Current() {
      ContextHandle popped;
      if (pushed)
        api.CtxPopCurrent(&popped);
    }

  private:
    const Api &api;
    bool pushed;
  };

  Api api;
  Abilities abilities = {};

private:
  DeviceNumber number = 0;
  ContextHandle context = nullptr;
};

} // namespace sinter::cuda

#endif
