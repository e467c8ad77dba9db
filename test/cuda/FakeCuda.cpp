// See FakeCuda.h. The functions are in the order of targets/gpu/cuda/driver/Api.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/cuda/FakeCuda.h"

#include "targets/gpu/cuda/driver/Api.h"
#include "test/ptx/Machine.h"

#include <deque>
#include <functional>
#include <mutex>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

using namespace sinter;
using namespace sinter::cuda;
using fake::Control;

namespace {

enum : Result {
  kInvalidValue = 1,
  kInvalidContext = 201,
  kInvalidHandle = 400,
  kNotFound = 500,
  kIllegalAddress = 700
};

using Work = std::function<Result()>;

struct Event {
  bool isPending = false;
  double milliseconds = 0;
};

struct Stream {
  std::deque<Work> queue;
  std::vector<Work> *capture = nullptr;
};

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
using Graph = std::vector<Work>;

/// What is allocated, on the device and pinned: the host's own memory, filled with what nobody expects.
class Allocations : public ptx::Memory {
public:
  bool has(uint64_t address, uint64_t bytes) const override {
    auto after = sizes.upper_bound(address);
    if (after == sizes.begin())
      return false;
    auto [start, size] = *std::prev(after);
    return address - start <= size && bytes <= size - (address - start);
  }
  void *add(size_t bytes) {
    void *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(memory, 0xcd, bytes);
    sizes[uint64_t(reinterpret_cast<uintptr_t>(memory))] = bytes;
    return memory;
  }
  bool remove(uint64_t address) {
    if (!sizes.erase(address))
      return false;
    free(reinterpret_cast<void *>(uintptr_t(address)));
    return true;
  }

private:
  std::map<uint64_t, uint64_t> sizes;
};

struct State {
  std::recursive_mutex mutex;
  Control control;
  Allocations memory;
  Stream defaultStream;
  std::vector<Stream *> streams; ///< That a program made.
  Result broken = kSuccess;      ///< A kernel failed: the context is lost.
  int retained = 0;
  double clock = 0;
};

State &state() {
  static State instance;
  return instance;
}

thread_local int contexts = 0; ///< Depth of the thread's stack of current contexts.

/// Stands at the beginning of each function: counts it, and lets it fail.
class Call {
public:
  explicit Call(const char *name, bool needsContext = true) : lock(state().mutex) {
    Control &control = state().control;
    ++control.calls;
    if (control.failing && !strcmp(control.failing, name) && control.failAfter-- == 0)
      result = control.failure;
    else if (needsContext && !contexts)
      result = kInvalidContext;
    else if (needsContext)
      result = state().broken;
  }
  Result result = kSuccess;

private:
  std::lock_guard<std::recursive_mutex> lock;
};

Stream &of(StreamHandle stream) { return stream ? *reinterpret_cast<Stream *>(stream) : state().defaultStream; }

Result enqueue(StreamHandle stream, Work work) {
  Stream &target = of(stream);
  if (target.capture)
    target.capture->push_back(std::move(work));
  else
    target.queue.push_back(std::move(work));
  return kSuccess;
}

void step(Stream &stream) {
  if (stream.queue.empty() || (state().control.holds && &stream != &state().defaultStream))
    return;
  Work work = std::move(stream.queue.front());
  stream.queue.pop_front();
  state().clock += 0.125;
  Result result = work();
  if (result && !state().broken)
    state().broken = result;
}

void drain(Stream &stream) {
  if (&stream != &state().defaultStream)
    state().control.holds = false; // Who waits without an end would wait for ever.
  while (!stream.queue.empty())
    step(stream);
}

uint8_t *pointer(Address address) { return reinterpret_cast<uint8_t *>(uintptr_t(address)); }

template <typename T> Result fill(Address target, T value, size_t width, size_t height, size_t pitch) {
  for (size_t row = 0; row < height; ++row)
    for (size_t k = 0; k < width; ++k) {
      Address place = target + row * pitch + k * sizeof(T);
      if (place % sizeof(T) || !state().memory.has(place, sizeof(T)))
        return kInvalidValue;
      memcpy(pointer(place), &value, sizeof(T));
    }
  return kSuccess;
}

template <typename T> Result fillAsync(const char *name, Address target, T value, size_t count, StreamHandle stream) {
  Call call(name);
  return call.result ? call.result : enqueue(stream, [=] { return fill(target, value, count, 1, 0); });
}

Result copy(Address target, Address source, size_t bytes) {
  if (!state().memory.has(target, bytes) || !state().memory.has(source, bytes))
    return kInvalidValue;
  // CUDA leaves open what an overlapping copy gives: here, something else than a move.
  for (size_t i = 0; i < bytes; ++i)
    pointer(target)[i] = pointer(source)[i];
  return kSuccess;
}

template <typename Handle, typename T> Result give(Handle *handle, T *object) {
  ++state().control.live;
  *handle = reinterpret_cast<Handle>(object);
  return kSuccess;
}

template <typename T, typename Handle> Result takeBack(Handle handle) {
  if (!handle)
    return kInvalidHandle;
  --state().control.live;
  delete reinterpret_cast<T *>(handle);
  return kSuccess;
}

bool runsOnDevice(std::string target) {
  const Control &control = state().control;
  int level = atoi(target.c_str() + 3), capability = control.major * 10 + control.minor;
  return target.back() == 'a' ? level == capability : level <= capability;
}

} // namespace

#define SINTER_FAKE extern "C" __attribute__((visibility("default"))) Result

extern "C" __attribute__((visibility("default"))) Control *sinterFakeCuda() { return &state().control; }

SINTER_FAKE cuInit(unsigned) {
  Call call("cuInit", false);
  return call.result ? call.result : state().control.devices ? kSuccess : kNoDevice;
}

SINTER_FAKE cuDeviceGetCount(int *count) {
  Call call("cuDeviceGetCount", false);
  *count = state().control.devices;
  return call.result;
}

SINTER_FAKE cuDeviceGet(DeviceNumber *device, int ordinal) {
  Call call("cuDeviceGet", false);
  *device = ordinal;
  return call.result ? call.result : ordinal < state().control.devices ? Result(kSuccess) : kInvalidValue;
}

SINTER_FAKE cuDeviceGetName(char *name, int capacity, DeviceNumber) {
  Call call("cuDeviceGetName", false);
  snprintf(name, size_t(capacity), "a stand-in for CUDA on the host");
  return call.result;
}

SINTER_FAKE cuDeviceGetAttribute(int *value, int attribute, DeviceNumber) {
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

SINTER_FAKE cuDeviceTotalMem_v2(size_t *bytes, DeviceNumber) {
  Call call("cuDeviceTotalMem_v2", false);
  *bytes = size_t(1) << 30;
  return call.result;
}

SINTER_FAKE cuDevicePrimaryCtxRetain(ContextHandle *context, DeviceNumber) {
  Call call("cuDevicePrimaryCtxRetain", false);
  if (call.result)
    return call.result;
  ++state().control.live;
  ++state().retained;
  *context = reinterpret_cast<ContextHandle>(&state());
  return kSuccess;
}

SINTER_FAKE cuDevicePrimaryCtxRelease_v2(DeviceNumber) {
  Call call("cuDevicePrimaryCtxRelease_v2", false);
  --state().control.live;
  if (--state().retained == 0)
    state().broken = kSuccess; // A new context is whole again.
  return call.result;
}

SINTER_FAKE cuCtxPushCurrent_v2(ContextHandle context) {
  Call call("cuCtxPushCurrent_v2", false);
  if (!call.result && context)
    ++contexts;
  return context ? call.result : kInvalidContext;
}

SINTER_FAKE cuCtxPopCurrent_v2(ContextHandle *context) {
  Call call("cuCtxPopCurrent_v2", false);
  *context = reinterpret_cast<ContextHandle>(&state());
  --contexts;
  return call.result;
}

SINTER_FAKE cuModuleLoadDataEx(ModuleHandle *handle, const void *image, unsigned options, int *names, void **values) {
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
  return kInvalidPtx;
}

SINTER_FAKE cuModuleUnload(ModuleHandle module) {
  Call call("cuModuleUnload");
  return takeBack<LoadedModule>(module);
}

SINTER_FAKE cuModuleGetFunction(FunctionHandle *function, ModuleHandle handle, const char *name) {
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

SINTER_FAKE cuMemAlloc_v2(Address *address, size_t bytes) {
  Call call("cuMemAlloc_v2");
  if (call.result)
    return call.result;
  ++state().control.live;
  *address = uint64_t(reinterpret_cast<uintptr_t>(state().memory.add(bytes)));
  return kSuccess;
}

SINTER_FAKE cuMemFree_v2(Address address) {
  Call call("cuMemFree_v2");
  --state().control.live;
  return state().memory.remove(address) ? Result(kSuccess) : kInvalidValue;
}

SINTER_FAKE cuMemHostAlloc(void **host, size_t bytes, unsigned) {
  Call call("cuMemHostAlloc");
  return call.result ? call.result : give(host, static_cast<uint8_t *>(state().memory.add(bytes)));
}

SINTER_FAKE cuMemFreeHost(void *host) {
  Call call("cuMemFreeHost");
  --state().control.live;
  return state().memory.remove(uint64_t(reinterpret_cast<uintptr_t>(host))) ? Result(kSuccess) : kInvalidValue;
}

/// From the caller's memory: what is in flight until the default stream is waited for.
SINTER_FAKE cuMemcpyHtoD_v2(Address target, const void *source, size_t bytes) {
  Call call("cuMemcpyHtoD_v2");
  if (call.result || !state().memory.has(target, bytes))
    return call.result ? call.result : kInvalidValue;
  std::vector<uint8_t> staged(static_cast<const uint8_t *>(source), static_cast<const uint8_t *>(source) + bytes);
  return enqueue(nullptr, [=] { return memcpy(pointer(target), staged.data(), bytes), kSuccess; });
}

SINTER_FAKE cuMemcpyDtoH_v2(void *target, Address source, size_t bytes) {
  Call call("cuMemcpyDtoH_v2");
  if (call.result || !state().memory.has(source, bytes))
    return call.result ? call.result : kInvalidValue;
  drain(state().defaultStream);
  memcpy(target, pointer(source), bytes);
  return kSuccess;
}

SINTER_FAKE cuMemcpyAsync(Address target, Address source, size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyAsync");
  return call.result ? call.result : enqueue(stream, [=] { return copy(target, source, bytes); });
}

SINTER_FAKE cuMemsetD8_v2(Address target, unsigned char value, size_t count) {
  return fillAsync("cuMemsetD8_v2", target, value, count, nullptr);
}
SINTER_FAKE cuMemsetD8Async(Address target, unsigned char value, size_t count, StreamHandle stream) {
  return fillAsync("cuMemsetD8Async", target, value, count, stream);
}
SINTER_FAKE cuMemsetD16Async(Address target, unsigned short value, size_t count, StreamHandle stream) {
  return fillAsync("cuMemsetD16Async", target, value, count, stream);
}
SINTER_FAKE cuMemsetD32Async(Address target, unsigned value, size_t count, StreamHandle stream) {
  return fillAsync("cuMemsetD32Async", target, value, count, stream);
}
SINTER_FAKE cuMemsetD2D32Async(Address target, size_t pitch, unsigned value, size_t width, size_t height,
                               StreamHandle stream) {
  Call call("cuMemsetD2D32Async");
  return call.result ? call.result : enqueue(stream, [=] { return fill(target, value, width, height, pitch); });
}

SINTER_FAKE cuStreamCreate(StreamHandle *stream, unsigned) {
  Call call("cuStreamCreate");
  if (call.result)
    return call.result;
  state().streams.push_back(new Stream);
  return give(stream, state().streams.back());
}
SINTER_FAKE cuStreamDestroy_v2(StreamHandle stream) {
  Call call("cuStreamDestroy_v2");
  std::erase(state().streams, reinterpret_cast<Stream *>(stream));
  return takeBack<Stream>(stream);
}

SINTER_FAKE cuStreamSynchronize(StreamHandle stream) {
  Call call("cuStreamSynchronize");
  if (call.result)
    return call.result;
  drain(of(stream));
  return state().broken;
}

SINTER_FAKE cuStreamBeginCapture_v2(StreamHandle stream, int) {
  Call call("cuStreamBeginCapture_v2");
  if (call.result || of(stream).capture)
    return call.result ? call.result : kInvalidValue;
  of(stream).capture = new Graph;
  return kSuccess;
}

SINTER_FAKE cuStreamEndCapture(StreamHandle stream, GraphHandle *graph) {
  Call call("cuStreamEndCapture");
  Graph *captured = of(stream).capture;
  of(stream).capture = nullptr;
  if (!captured || call.result) {
    delete captured;
    return call.result ? call.result : kInvalidValue;
  }
  return give(graph, captured);
}

SINTER_FAKE cuGraphInstantiateWithFlags(GraphExecHandle *exec, GraphHandle graph, unsigned long long) {
  Call call("cuGraphInstantiateWithFlags");
  return call.result ? call.result : give(exec, new Graph(*reinterpret_cast<Graph *>(graph)));
}
SINTER_FAKE cuGraphUpload(GraphExecHandle, StreamHandle) {
  Call call("cuGraphUpload");
  return call.result;
}
SINTER_FAKE cuGraphLaunch(GraphExecHandle exec, StreamHandle stream) {
  Call call("cuGraphLaunch");
  if (call.result)
    return call.result;
  ++state().control.graphs;
  for (const Work &work : *reinterpret_cast<Graph *>(exec))
    enqueue(stream, work);
  return kSuccess;
}
SINTER_FAKE cuGraphExecDestroy(GraphExecHandle exec) {
  Call call("cuGraphExecDestroy");
  return takeBack<Graph>(exec);
}
SINTER_FAKE cuGraphDestroy(GraphHandle graph) {
  Call call("cuGraphDestroy");
  return takeBack<Graph>(graph);
}

SINTER_FAKE cuLaunchKernel(FunctionHandle handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                           unsigned blockY, unsigned blockZ, unsigned, StreamHandle stream, void **parameters,
                           void **) {
  Call call("cuLaunchKernel");
  const Function &function = *reinterpret_cast<Function *>(handle);
  if (call.result || !function.entry || !gridX || !gridY || !gridZ)
    return call.result ? call.result : kInvalidValue;
  ptx::Launch launch;
  launch.module = &function.module->code;
  launch.entry = function.entry;
  launch.memory = &state().memory;
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

SINTER_FAKE cuEventCreate(EventHandle *event, unsigned) {
  Call call("cuEventCreate");
  return call.result ? call.result : give(event, new Event);
}
SINTER_FAKE cuEventDestroy_v2(EventHandle event) {
  Call call("cuEventDestroy_v2");
  return takeBack<Event>(event);
}
SINTER_FAKE cuEventRecord(EventHandle handle, StreamHandle stream) {
  Call call("cuEventRecord");
  if (call.result)
    return call.result;
  Event *event = reinterpret_cast<Event *>(handle);
  event->isPending = true;
  return enqueue(stream, [event] {
    event->isPending = false;
    event->milliseconds = state().clock;
    return kSuccess;
  });
}
SINTER_FAKE cuEventQuery(EventHandle handle) {
  Call call("cuEventQuery");
  if (call.result)
    return call.result;
  Event &event = *reinterpret_cast<Event *>(handle);
  if (!event.isPending)
    return state().broken;
  for (Stream *stream : state().streams)
    step(*stream);
  return state().broken ? state().broken : kNotReady;
}
SINTER_FAKE cuEventElapsedTime(float *milliseconds, EventHandle start, EventHandle end) {
  Call call("cuEventElapsedTime");
  *milliseconds = float(reinterpret_cast<Event *>(end)->milliseconds - reinterpret_cast<Event *>(start)->milliseconds);
  return call.result;
}

SINTER_FAKE cuGetErrorName(Result result, const char **name) {
  switch (result) {
  case kOutOfMemory: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
  case kNoDevice: *name = "CUDA_ERROR_NO_DEVICE"; break;
  case kNoBinaryForGpu: *name = "CUDA_ERROR_NO_BINARY_FOR_GPU"; break;
  case kInvalidPtx: *name = "CUDA_ERROR_INVALID_PTX"; break;
  case kIllegalAddress: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
  default: *name = "CUDA_ERROR_UNKNOWN";
  }
  return kSuccess;
}
