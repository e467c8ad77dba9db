// The functions that CUDA alone has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_DRIVER_OWN_H
#define SINTER_TARGETS_GPU_CUDA_DRIVER_OWN_H

#include "targets/gpu/driver/Api.h"

namespace sinter::cuda {

using namespace gpu;

enum : int { // CUdevice_attribute
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlock = 8,
  kMaxThreadsPerBlock = 1,
};

enum : int { kJitErrorLogBuffer = 5, kJitErrorLogBufferBytes = 6 }; // CUjit_option

// X(name in the library, parameters)
#define SINTER_CUDA_FUNCTIONS(X)                                                                                       \
  X(cuDeviceGetName, (char *name, int capacity, DeviceNumber device))                                                  \
  X(cuDeviceGetAttribute, (int *value, int attribute, DeviceNumber device))                                            \
  X(cuDeviceTotalMem_v2, (size_t *bytes, DeviceNumber device))                                                         \
  X(cuDevicePrimaryCtxRetain, (ContextHandle * context, DeviceNumber device))                                          \
  X(cuDevicePrimaryCtxRelease_v2, (DeviceNumber device))                                                               \
  X(cuCtxPushCurrent_v2, (ContextHandle context))                                                                      \
  X(cuCtxPopCurrent_v2, (ContextHandle * context))                                                                     \
  X(cuModuleLoadDataEx, (ModuleHandle * module, const void *image, unsigned options, int *names, void **values))       \
  X(cuMemcpyAsync, (Address target, Address source, size_t bytes, StreamHandle stream))                                \
  X(cuGetErrorName, (Result result, const char **name))

} // namespace sinter::cuda

#endif
