// A stand-in for libamdhip64.so that executes kernels' LLVM IR on the host (Machine.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/driver/Names.h"
#include "targets/gpu/rocm/driver/Own.h"
#include "test/fake/Library.h"
#include "test/rocm/Machine.h"

#include <memory>

using namespace sinter;
using namespace sinter::fake;

namespace {

thread_local DeviceNumber currentDevice = 0;

struct Function {
  const rocm::Kernel *kernel;
};
struct LoadedModule {
  rocm::Program program;
  std::map<std::string, Function> functions;
};

/// A test that is another program chooses the device by the environment.
const bool isChosen = [] {
  if (const char *name = getenv("SINTER_FAKE_PROCESSOR"))
    state().control.processor = name;
  return true;
}();

std::string deviceProcessor() {
  std::string name = state().control.processor;
  return name.substr(0, name.find(':'));
}

} // namespace

#include "test/fake/Functions.inc"

SINTER_FAKE_EXPORT Result hipGetDevicePropertiesR0600(rocm::DeviceProperties *properties, DeviceNumber) {
  Call call("hipGetDevicePropertiesR0600", false);
  if (call.result)
    return call.result;
  *properties = {};
  snprintf(properties->name, sizeof(properties->name), "a stand-in for HIP on the host");
  snprintf(properties->gcnArchName, sizeof(properties->gcnArchName), "%s", state().control.processor);
  properties->totalGlobalMem = size_t(1) << 30;
  properties->sharedMemPerBlock = 65536;
  properties->maxThreadsPerBlock = 1024;
  return kSuccess;
}

SINTER_FAKE_EXPORT Result hipGetDevice(DeviceNumber *device) {
  *device = currentDevice;
  return kSuccess;
}
SINTER_FAKE_EXPORT Result hipSetDevice(DeviceNumber device) {
  currentDevice = device;
  return device >= 0 && device < state().control.devices ? Result(kSuccess) : kInvalidValue;
}

SINTER_FAKE_EXPORT Result hipModuleLoadData(ModuleHandle *handle, const void *image) {
  Call call("hipModuleLoadData");
  if (call.result)
    return call.result;
  auto module = std::make_unique<LoadedModule>();
  std::string problem = module->program.load(image);
  if (!problem.empty()) {
    fprintf(stderr, "%s\n", problem.c_str());
    return kInvalidImage;
  }
  return module->program.processor() == deviceProcessor() ? give(handle, module.release()) : Result(kNoBinaryForGpu);
}

SINTER_FAKE(ModuleUnload)(ModuleHandle module) {
  Call call(SINTER_GPU_QUOTE(SINTER_NAME_ModuleUnload));
  return takeBack<LoadedModule>(module);
}

SINTER_FAKE(ModuleGetFunction)(FunctionHandle *function, ModuleHandle handle, const char *name) {
  Call call(SINTER_GPU_QUOTE(SINTER_NAME_ModuleGetFunction));
  if (call.result)
    return call.result;
  LoadedModule &module = *reinterpret_cast<LoadedModule *>(handle);
  const rocm::Kernel *kernel = module.program.find(name);
  if (!kernel)
    return kNotFound;
  Function &made = module.functions[name];
  made = {kernel};
  *function = reinterpret_cast<FunctionHandle>(&made);
  return kSuccess;
}

SINTER_FAKE_EXPORT Result hipMemcpyAsync(Address target, Address source, size_t bytes, int kind, StreamHandle stream) {
  Call call("hipMemcpyAsync");
  if (call.result || kind != rocm::kMemcpyDefault)
    return call.result ? call.result : kInvalidValue;
  return enqueue(stream, [=] { return copy(target, source, bytes); });
}

SINTER_FAKE(LaunchKernel)(FunctionHandle handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                          unsigned blockY, unsigned blockZ, unsigned, StreamHandle stream, void **parameters, void **) {
  Call call(SINTER_GPU_QUOTE(SINTER_NAME_LaunchKernel));
  const Function &function = *reinterpret_cast<Function *>(handle);
  if (call.result || !gridX || !gridY || !gridZ || blockY != 1 || blockZ != 1 || uint64_t(gridX) * blockX > UINT32_MAX)
    return call.result ? call.result : kInvalidValue;
  rocm::Launch launch;
  launch.kernel = function.kernel;
  for (size_t i = 0; i < rocm::parametersOf(*function.kernel); ++i)
    launch.parameters.push_back(*static_cast<void **>(parameters[i]));
  const uint32_t grid[] = {gridX, gridY, gridZ};
  memcpy(launch.grid, grid, sizeof(grid));
  launch.threads = blockX;
  return enqueue(stream, [launch] {
    ++state().control.launches;
    std::string problem =
        rocm::execute(launch, [](uint64_t address, uint64_t bytes) { return state().memory.has(address, bytes); });
    if (!problem.empty())
      fprintf(stderr, "%s\n", problem.c_str());
    return problem.empty() ? Result(kSuccess) : kIllegalAddress;
  });
}

SINTER_FAKE_EXPORT const char *hipGetErrorName(Result result) {
  switch (result) {
  case kOutOfMemory: return "hipErrorOutOfMemory";
  case kNoDevice: return "hipErrorNoDevice";
  case kInvalidImage: return "hipErrorInvalidImage";
  case kNoBinaryForGpu: return "hipErrorNoBinaryForGpu";
  case kIllegalAddress: return "hipErrorIllegalAddress";
  default: return "hipErrorUnknown";
  }
}
