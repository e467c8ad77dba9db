// The functions of a vendor's library, found at run time.
//
// CUDA's driver interface and HIP have the same shape: contexts or devices that are current, modules, streams, events,
// graphs that are captured. What both have, under names of their own, is here as CUDA documents it; HIP's pointers are
// void *, which the ABIs of hosts with 64 bits pass as integers of that size. What is different is a Platform's.
// Nothing links a vendor's library and no header of one is needed; it is opened when a device is asked for, and its
// absence is an error like any other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_API_H
#define SINTER_TARGETS_GPU_DRIVER_API_H

#include "support/Report.h"

namespace sinter::gpu {

using Result = int; ///< CUresult, hipError_t.
using DeviceNumber = int;
using Address = unsigned long long; ///< Of the device's memory; with unified addressing, also of pinned host memory.
using ContextHandle = struct OpaqueContext *;
using ModuleHandle = struct OpaqueModule *;
using FunctionHandle = struct OpaqueFunction *;
using StreamHandle = struct OpaqueStream *;
using EventHandle = struct OpaqueEvent *;
using GraphHandle = struct OpaqueGraph *;
using GraphExecHandle = struct OpaqueGraphExec *;
static_assert(sizeof(Address) == sizeof(void *));

/// HIP's numbers are CUDA's.
enum : Result {
  kSuccess = 0,
  kOutOfMemory = 2,
  kNoDevice = 100,
  kInvalidImage = 200,
  kNoBinaryForGpu = 209,
  kInvalidCode = 218, ///< Invalid PTX; an invalid kernel file.
  kJitCompilerNotFound = 221,
  kUnsupportedPtxVersion = 222,
  kNotReady = 600,
};

constexpr unsigned kStreamNonBlocking = 1;
constexpr unsigned kEventDisableTiming = 2;
constexpr unsigned kHostPortableMapped = 3; ///< Every context uses it, at the address that the host uses.
constexpr int kCaptureThreadLocal = 1;      ///< Other threads may allocate meanwhile.

// X(member, parameters). A platform calls them SINTER_NAME_<member>. clang-format does not settle on one form of these.
// clang-format off
#define SINTER_GPU_FUNCTIONS(X)                                                                                        \
  X(Init, (unsigned flags))                                                                                            \
  X(DeviceGetCount, (int *count))                                                                                      \
  X(DeviceGet, (DeviceNumber *device, int ordinal))                                                                    \
  X(ModuleUnload, (ModuleHandle module))                                                                               \
  X(ModuleGetFunction, (FunctionHandle * function, ModuleHandle module, const char *name))                             \
  X(MemAlloc, (Address *address, size_t bytes))                                                                        \
  X(MemFree, (Address address))                                                                                        \
  X(MemHostAlloc, (void **host, size_t bytes, unsigned flags))                                                         \
  X(MemFreeHost, (void *host))                                                                                         \
  X(MemcpyHtoD, (Address target, const void *source, size_t bytes))                                                    \
  X(MemcpyDtoH, (void *target, Address source, size_t bytes))                                                          \
  X(MemsetD8, (Address target, unsigned char value, size_t count))                                                     \
  X(MemsetD8Async, (Address target, unsigned char value, size_t count, StreamHandle stream))                           \
  X(MemsetD16Async, (Address target, unsigned short value, size_t count, StreamHandle stream))                         \
  X(MemsetD32Async, (Address target, unsigned value, size_t count, StreamHandle stream))                               \
  X(StreamCreate, (StreamHandle * stream, unsigned flags))                                                             \
  X(StreamDestroy, (StreamHandle stream))                                                                              \
  X(StreamSynchronize, (StreamHandle stream))                                                                          \
  X(StreamBeginCapture, (StreamHandle stream, int mode))                                                               \
  X(StreamEndCapture, (StreamHandle stream, GraphHandle *graph))                                                       \
  X(GraphInstantiate, (GraphExecHandle * exec, GraphHandle graph, unsigned long long flags))                           \
  X(GraphUpload, (GraphExecHandle exec, StreamHandle stream))                                                          \
  X(GraphLaunch, (GraphExecHandle exec, StreamHandle stream))                                                          \
  X(GraphExecDestroy, (GraphExecHandle exec))                                                                          \
  X(GraphDestroy, (GraphHandle graph))                                                                                 \
  X(LaunchKernel,                                                                                                      \
    (FunctionHandle function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,        \
     unsigned blockZ, unsigned sharedBytes, StreamHandle stream, void **parameters, void **extra))                     \
  X(EventCreate, (EventHandle * event, unsigned flags))                                                                \
  X(EventDestroy, (EventHandle event))                                                                                 \
  X(EventRecord, (EventHandle event, StreamHandle stream))                                                             \
  X(EventQuery, (EventHandle event))                                                                                   \
  X(EventElapsedTime, (float *milliseconds, EventHandle start, EventHandle end))
// clang-format on

/// SINTER_GPU_QUOTE(SINTER_NAME_Init) is "cuInit" on CUDA.
#define SINTER_GPU_QUOTE_TEXT(name) #name
#define SINTER_GPU_QUOTE(name) SINTER_GPU_QUOTE_TEXT(name)

struct Platform;

/// The library. Zero-initialised is closed.
struct Api {
#define SINTER_GPU_MEMBER(member, parameters) Result(*member) parameters = nullptr;
  SINTER_GPU_FUNCTIONS(SINTER_GPU_MEMBER)
#undef SINTER_GPU_MEMBER

  /// NOT_FOUND where there is no library, one that lacks a function, or no device.
  sinter_code open(const Platform &platform, rt::Report &report);
  void close();

  /// What the library returned, as a failure of `what`.
  sinter_code failure(rt::Report &report, Result result, const char *what) const;

  static constexpr unsigned mostOwn = 12;

  const Platform *platform = nullptr;
  void *library = nullptr;
  void *own[mostOwn] = {}; ///< The platform's own functions, in the order of its `ownNames`.
};

} // namespace sinter::gpu

#endif
