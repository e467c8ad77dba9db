// The functions that HIP alone has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_DRIVER_OWN_H
#define SINTER_TARGETS_GPU_ROCM_DRIVER_OWN_H

#include "targets/gpu/driver/Api.h"

#include <stddef.h>

namespace sinter::rocm {

using namespace gpu;

constexpr int kMemcpyDefault = 4; ///< hipMemcpyKind: the addresses tell.

/// The fields of hipDeviceProp_tR0600 that matter, at their places; the rest has room to grow.
struct DeviceProperties {
  char name[256];
  char identifiers[32];
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock, warpSize;
  size_t memPitch;
  int maxThreadsPerBlock;
  char between[836];
  char gcnArchName[256];
  char rest[2680];
};
static_assert(offsetof(DeviceProperties, totalGlobalMem) == 288);
static_assert(offsetof(DeviceProperties, gcnArchName) == 1160);

// X(name in the library, type of the result, parameters)
#define SINTER_HIP_FUNCTIONS(X)                                                                                        \
  X(hipGetDevicePropertiesR0600, Result, (DeviceProperties * properties, DeviceNumber device))                         \
  X(hipGetDevice, Result, (DeviceNumber * device))                                                                     \
  X(hipSetDevice, Result, (DeviceNumber device))                                                                       \
  X(hipModuleLoadData, Result, (ModuleHandle * module, const void *image))                                             \
  X(hipMemcpyAsync, Result, (Address target, Address source, size_t bytes, int kind, StreamHandle stream))             \
  X(hipGetErrorName, const char *, (Result result))

} // namespace sinter::rocm

#endif
