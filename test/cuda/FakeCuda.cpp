// A stand-in for libcuda.so.1 that executes PTX on the host (test/ptx). Like CUDA it wants a current context.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/driver/Names.h"
#include "targets/gpu/cuda/driver/Own.h"
#include "test/fake/Library.h"
#include "test/ptx/Machine.h"

#include <memory>

using namespace sinter;
using namespace sinter::cuda;
using namespace sinter::fake;

namespace {

struct LoadedModule;
struct Function {
  LoadedModule *module;
  const ptx::Entry *entry; ///< NULL in a cubin.
};
struct LoadedModule {
  ptx::Module code;
  bool isCubin = false;
  std::map<std::string, Function> functions;
};

/// What the machine may access.
struct DeviceMemory : ptx::Memory {
  bool has(uint64_t address, uint64_t bytes) const override { return state().memory.has(address, bytes); }
} deviceMemory;

bool runsOnDevice(std::string target) {
  const Control &control = state().control;
  int level = atoi(target.c_str() + 3), capability = control.major * 10 + control.minor;
  return target.back() == 'a' ? level == capability : level <= capability;
}

const bool contextsAreWanted = state().needsContext = true;

} // namespace

#include "test/fake/Functions.inc"

SINTER_FAKE_EXPORT Result cuDeviceGetName(char *name, int capacity, DeviceNumber) {
  Call call("cuDeviceGetName", false);
  snprintf(name, size_t(capacity), "a stand-in for CUDA on the host");
  return call.result;
}

SINTER_FAKE_EXPORT Result cuDeviceGetAttribute(int *value, int attribute, DeviceNumber) {
  Call call("cuDeviceGetAttribute", false);
  const Control &control = state().control;
  switch (attribute) {
  case kComputeCapabilityMajor: *value = control.major; break;
  case kComputeCapabilityMinor: *value = control.minor; break;
  case kMaxSharedMemoryPerBlock: *value = 49152; break;
  case kMaxThreadsPerBlock: *value = 1024; break;
  default: return kInvalidValue;
  }
  return call.result;
}

SINTER_FAKE_EXPORT Result cuDeviceTotalMem_v2(size_t *bytes, DeviceNumber) {
  Call call("cuDeviceTotalMem_v2", false);
  *bytes = size_t(1) << 30;
  return call.result;
}

SINTER_FAKE_EXPORT Result cuDevicePrimaryCtxRetain(ContextHandle *context, DeviceNumber) {
  Call call("cuDevicePrimaryCtxRetain", false);
  if (call.result)
    return call.result;
  ++state().control.live;
  ++state().retained;
  *context = reinterpret_cast<ContextHandle>(&state());
  return kSuccess;
}

SINTER_FAKE_EXPORT Result cuDevicePrimaryCtxRelease_v2(DeviceNumber) {
  Call call("cuDevicePrimaryCtxRelease_v2", false);
  --state().control.live;
  if (--state().retained == 0)
    state().broken = kSuccess; // A new context is whole again.
  return call.result;
}

SINTER_FAKE_EXPORT Result cuCtxPushCurrent_v2(ContextHandle context) {
  Call call("cuCtxPushCurrent_v2", false);
  if (!call.result && context)
    ++contexts;
  return context ? call.result : kInvalidContext;
}

SINTER_FAKE_EXPORT Result cuCtxPopCurrent_v2(ContextHandle *context) {
  Call call("cuCtxPopCurrent_v2", false);
  *context = reinterpret_cast<ContextHandle>(&state());
  --contexts;
  return call.result;
}

SINTER_FAKE_EXPORT Result cuModuleLoadDataEx(ModuleHandle *handle, const void *image, unsigned options, int *names,
                                             void **values) {
  Call call("cuModuleLoadDataEx");
  if (call.result)
    return call.result;
  auto module = std::make_unique<LoadedModule>();
  module->isCubin = !memcmp(image, "\177ELF", 4);
  state().control.loadedCubin = module->isCubin;
  std::string problem = module->isCubin ? "" : module->code.parse(static_cast<const char *>(image));
  if (problem.empty())
    return !module->isCubin && !runsOnDevice(module->code.target) ? kNoBinaryForGpu : give(handle, module.release());
  for (unsigned i = 0; i + 1 < options; ++i)
    if (names[i] == kJitErrorLogBuffer && names[i + 1] == kJitErrorLogBufferBytes)
      snprintf(static_cast<char *>(values[i]), size_t(reinterpret_cast<uintptr_t>(values[i + 1])), "%s",
               problem.c_str());
  return kInvalidCode;
}

SINTER_FAKE(ModuleUnload)(ModuleHandle module) {
  Call call("cuModuleUnload");
  return takeBack<LoadedModule>(module);
}

SINTER_FAKE(ModuleGetFunction)(FunctionHandle *function, ModuleHandle handle, const char *name) {
  Call call("cuModuleGetFunction");
  if (call.result)
    return call.result;
  LoadedModule &module = *reinterpret_cast<LoadedModule *>(handle);
  const ptx::Entry *entry = module.code.find(name);
  if (!entry && !module.isCubin)
    return kNotFound;
  Function &made = module.functions[name];
  made = {&module, entry};
  *function = reinterpret_cast<FunctionHandle>(&made);
  return kSuccess;
}

SINTER_FAKE_EXPORT Result cuMemcpyAsync(Address target, Address source, size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyAsync");
  return call.result ? call.result : enqueue(stream, [=] { return copy(target, source, bytes); });
}

SINTER_FAKE(LaunchKernel)(FunctionHandle handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                          unsigned blockY, unsigned blockZ, unsigned, StreamHandle stream, void **parameters, void **) {
  Call call("cuLaunchKernel");
  const Function &function = *reinterpret_cast<Function *>(handle);
  if (call.result || !function.entry || !gridX || !gridY || !gridZ)
    return call.result ? call.result : kInvalidValue;
  ptx::Launch launch;
  launch.module = &function.module->code;
  launch.entry = function.entry;
  launch.memory = &deviceMemory;
  for (size_t i = 0; i < function.entry->parameters.size(); ++i)
    launch.parameters.push_back(*static_cast<Address *>(parameters[i]));
  const uint32_t grid[] = {gridX, gridY, gridZ}, block[] = {blockX, blockY, blockZ};
  memcpy(launch.grid, grid, sizeof(grid));
  memcpy(launch.block, block, sizeof(block));
  return enqueue(stream, [launch] {
    ++state().control.launches;
    std::string problem = ptx::execute(launch);
    if (!problem.empty())
      fprintf(stderr, "%s\n", problem.c_str());
    return problem.empty() ? Result(kSuccess) : kIllegalAddress;
  });
}

SINTER_FAKE_EXPORT Result cuGetErrorName(Result result, const char **name) {
  switch (result) {
  case kOutOfMemory: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
  case kNoDevice: *name = "CUDA_ERROR_NO_DEVICE"; break;
  case kNoBinaryForGpu: *name = "CUDA_ERROR_NO_BINARY_FOR_GPU"; break;
  case kInvalidCode: *name = "CUDA_ERROR_INVALID_PTX"; break;
  case kIllegalAddress: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
  default: *name = "CUDA_ERROR_UNKNOWN";
  }
  return kSuccess;
}
