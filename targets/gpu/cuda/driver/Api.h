// The functions of CUDA's driver library, found at run time.
//
// Nothing links CUDA and no header of it is needed: the few declarations that the driver uses are here, as the CUDA
// Driver API documents them. The library is opened when a device is asked for, and its absence is an error like any
// other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_DRIVER_API_H
#define SINTER_TARGETS_GPU_CUDA_DRIVER_API_H

#include "support/Report.h"

namespace sinter::cuda {

using Result = int; ///< CUresult.
using DeviceNumber = int;
using Address = unsigned long long; ///< CUdeviceptr; with unified addressing, also that of pinned host memory.
using ContextHandle = struct OpaqueContext *;
using ModuleHandle = struct OpaqueModule *;
using FunctionHandle = struct OpaqueFunction *;
using StreamHandle = struct OpaqueStream *;
using EventHandle = struct OpaqueEvent *;
using GraphHandle = struct OpaqueGraph *;
using GraphExecHandle = struct OpaqueGraphExec *;

enum : Result {
  kSuccess = 0,
  kOutOfMemory = 2,
  kNoDevice = 100,
  kNoBinaryForGpu = 209,
  kInvalidPtx = 218,
  kJitCompilerNotFound = 221,
  kUnsupportedPtxVersion = 222,
  kNotReady = 600,
};

enum : int { // CUdevice_attribute
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlock = 8,
  kMaxThreadsPerBlock = 1,
};

enum : int { kJitErrorLogBuffer = 5, kJitErrorLogBufferBytes = 6 }; // CUjit_option

constexpr unsigned kStreamNonBlocking = 1;
constexpr unsigned kEventDisableTiming = 2;
constexpr unsigned kHostPortableMapped = 3; ///< Every context uses it, at the address that the host uses.
constexpr int kCaptureThreadLocal = 1;      ///< Other threads may allocate meanwhile.

// X(member, name in the library, parameters). clang-format does not settle on one form of these.
// clang-format off
#define SINTER_CUDA_FUNCTIONS(X)                                                                                       \
  X(Init, "cuInit", (unsigned flags))                                                                                  \
  X(DeviceGetCount, "cuDeviceGetCount", (int *count))                                                                  \
  X(DeviceGet, "cuDeviceGet", (DeviceNumber *device, int ordinal))                                                     \
  X(DeviceGetName, "cuDeviceGetName", (char *name, int capacity, DeviceNumber device))                                 \
  X(DeviceGetAttribute, "cuDeviceGetAttribute", (int *value, int attribute, DeviceNumber device))                      \
  X(DeviceTotalMem, "cuDeviceTotalMem_v2", (size_t *bytes, DeviceNumber device))                                       \
  X(PrimaryCtxRetain, "cuDevicePrimaryCtxRetain", (ContextHandle *context, DeviceNumber device))                       \
  X(PrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", (DeviceNumber device))                                          \
  X(CtxPushCurrent, "cuCtxPushCurrent_v2", (ContextHandle context))                                                    \
  X(CtxPopCurrent, "cuCtxPopCurrent_v2", (ContextHandle * context))                                                    \
  X(ModuleLoadDataEx, "cuModuleLoadDataEx",                                                                            \
    (ModuleHandle * module, const void *image, unsigned options, int *names, void **values))                           \
  X(ModuleUnload, "cuModuleUnload", (ModuleHandle module))                                                             \
  X(ModuleGetFunction, "cuModuleGetFunction", (FunctionHandle * function, ModuleHandle module, const char *name))      \
  X(MemAlloc, "cuMemAlloc_v2", (Address *address, size_t bytes))                                                       \
  X(MemFree, "cuMemFree_v2", (Address address))                                                                        \
  X(MemHostAlloc, "cuMemHostAlloc", (void **host, size_t bytes, unsigned flags))                                       \
  X(MemFreeHost, "cuMemFreeHost", (void *host))                                                                        \
  X(MemcpyHtoD, "cuMemcpyHtoD_v2", (Address target, const void *source, size_t bytes))                                 \
  X(MemcpyDtoH, "cuMemcpyDtoH_v2", (void *target, Address source, size_t bytes))                                       \
  X(MemcpyAsync, "cuMemcpyAsync", (Address target, Address source, size_t bytes, StreamHandle stream))                 \
  X(MemsetD8, "cuMemsetD8_v2", (Address target, unsigned char value, size_t count))                                    \
  X(MemsetD8Async, "cuMemsetD8Async", (Address target, unsigned char value, size_t count, StreamHandle stream))        \
  X(MemsetD16Async, "cuMemsetD16Async", (Address target, unsigned short value, size_t count, StreamHandle stream))     \
  X(MemsetD32Async, "cuMemsetD32Async", (Address target, unsigned value, size_t count, StreamHandle stream))           \
  X(MemsetD2D32Async, "cuMemsetD2D32Async",                                                                            \
    (Address target, size_t pitch, unsigned value, size_t width, size_t height, StreamHandle stream))                  \
  X(StreamCreate, "cuStreamCreate", (StreamHandle * stream, unsigned flags))                                           \
  X(StreamDestroy, "cuStreamDestroy_v2", (StreamHandle stream))                                                        \
  X(StreamSynchronize, "cuStreamSynchronize", (StreamHandle stream))                                                   \
  X(StreamBeginCapture, "cuStreamBeginCapture_v2", (StreamHandle stream, int mode))                                    \
  X(StreamEndCapture, "cuStreamEndCapture", (StreamHandle stream, GraphHandle *graph))                                 \
  X(GraphInstantiate, "cuGraphInstantiateWithFlags",                                                                   \
    (GraphExecHandle * exec, GraphHandle graph, unsigned long long flags))                                             \
  X(GraphUpload, "cuGraphUpload", (GraphExecHandle exec, StreamHandle stream))                                         \
  X(GraphLaunch, "cuGraphLaunch", (GraphExecHandle exec, StreamHandle stream))                                         \
  X(GraphExecDestroy, "cuGraphExecDestroy", (GraphExecHandle exec))                                                    \
  X(GraphDestroy, "cuGraphDestroy", (GraphHandle graph))                                                               \
  X(LaunchKernel, "cuLaunchKernel",                                                                                    \
    (FunctionHandle function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,        \
     unsigned blockZ, unsigned sharedBytes, StreamHandle stream, void **parameters, void **extra))                     \
  X(EventCreate, "cuEventCreate", (EventHandle * event, unsigned flags))                                               \
  X(EventDestroy, "cuEventDestroy_v2", (EventHandle event))                                                            \
  X(EventRecord, "cuEventRecord", (EventHandle event, StreamHandle stream))                                            \
  X(EventQuery, "cuEventQuery", (EventHandle event))                                                                   \
  X(EventElapsedTime, "cuEventElapsedTime", (float *milliseconds, EventHandle start, EventHandle end))                 \
  X(GetErrorName, "cuGetErrorName", (Result result, const char **name))
// clang-format on

/// The library. Zero-initialised is closed.
struct Api {
#define SINTER_CUDA_MEMBER(member, name, parameters) Result(*member) parameters = nullptr;
  SINTER_CUDA_FUNCTIONS(SINTER_CUDA_MEMBER)
#undef SINTER_CUDA_MEMBER

  /// NOT_FOUND where there is no library, one that lacks a function, or no device.
  sinter_code open(rt::Report &report);
  void close();

  /// What CUDA returned, as a failure of `what`.
  sinter_code failure(rt::Report &report, Result result, const char *what) const;

  void *library = nullptr;
};

} // namespace sinter::cuda

#endif
