// What is different between the vendors' libraries and the code that they load.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_PLATFORM_H
#define SINTER_TARGETS_GPU_DRIVER_PLATFORM_H

#include "targets/gpu/GpuCode.h"
#include "targets/gpu/driver/Api.h"

#include "sinter_driver.h"

namespace sinter::gpu {

/// What decides whether code runs on a device.
struct Abilities {
  char name[64];
  char processor[64]; ///< Of AMD's, "gfx942".
  int capability;     ///< Of NVIDIA's, 80 for compute capability 8.0.
  uint64_t memoryBytes;
  int workgroupBytes, threads; ///< Of a workgroup, at most.
};

struct Platform {
  const char *title;           ///< "CUDA": as in "the CUDA driver".
  const char *target, *driver; ///< As packages name them.
  uint32_t codeAbi;
  uint32_t moduleHeaderBytes; ///< Of the header at the start of a code section.
  uint32_t gridWidth;         ///< Workgroups along x at most.

  const char *library;
  const char *const *names;    ///< Of SINTER_GPU_FUNCTIONS, in order.
  const char *const *ownNames; ///< Of the functions that no other platform has; NULL ends them.

  const char *(*errorName)(const Api &api, Result result); ///< Or NULL.

  Result (*describe)(const Api &api, DeviceNumber device, Abilities *abilities);
  const char *const *features; ///< That packages may need; NULL ends them.
  bool (*hasFeature)(const Abilities &abilities, const char *name);

  /// `open` gives what `enter` takes: the device becomes the calling thread's own. `leave` takes what `enter` gave.
  Result (*open)(const Api &api, DeviceNumber device, ContextHandle *context);
  void (*close)(const Api &api, DeviceNumber device);
  ContextHandle (*enter)(const Api &api, ContextHandle context);
  void (*leave)(const Api &api, ContextHandle previous);

  Result (*copy)(const Api &api, Address target, Address source, size_t bytes, StreamHandle stream);

  /// Checks the module's header against the code's size; `kernels` are as many as the module has.
  sinter_code (*readModule)(const sinter_code_image &code, uint32_t *kernels, rt::Report &report);
  /// Of code whose header is in order.
  sinter_code (*loadModule)(const Api &api, const Abilities &abilities, const sinter_code_image &code,
                            ModuleHandle *module, rt::Report &report);
};

/// Whether `bytes` at `offset` lie in the code, behind its header.
bool isInside(const Platform &platform, const sinter_code_image &code, uint64_t offset, uint64_t bytes);

} // namespace sinter::gpu

#endif
