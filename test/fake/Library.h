// What stand-ins for vendors' libraries share: memory, streams, graphs, and the state of the process.
//
// Included by the one source file of each stand-in, before Functions.inc.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_FAKE_LIBRARY_H
#define SINTER_TEST_FAKE_LIBRARY_H

#include "targets/gpu/driver/Api.h"
#include "test/fake/Control.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <vector>

namespace sinter::fake {

using namespace gpu;

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

using Graph = std::vector<Work>;

/// What is allocated, on the device and pinned: the host's own memory, filled with what nobody expects.
class Allocations {
public:
  bool has(uint64_t address, uint64_t bytes) const {
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
  bool needsContext = false; ///< Functions want a current context.
  double clock = 0;
};

inline State &state() {
  static State instance;
  return instance;
}

inline thread_local int contexts = 0; ///< Depth of the thread's stack of current contexts.

/// Stands at the beginning of each function: counts it, and lets it fail.
class Call {
public:
  explicit Call(const char *name, bool asksContext = true) : lock(state().mutex) {
    bool needsContext = asksContext && state().needsContext;
    Control &control = state().control;
    ++control.calls;
    if (control.failing && !strcmp(control.failing, name) && control.failAfter-- == 0)
      result = control.failure;
    else if (needsContext && !contexts)
      result = kInvalidContext;
    else if (asksContext)
      result = state().broken;
  }
  Result result = kSuccess;

private:
  std::lock_guard<std::recursive_mutex> lock;
};

inline Stream &of(StreamHandle stream) { return stream ? *reinterpret_cast<Stream *>(stream) : state().defaultStream; }

inline Result enqueue(StreamHandle stream, Work work) {
  Stream &target = of(stream);
  if (target.capture)
    target.capture->push_back(std::move(work));
  else
    target.queue.push_back(std::move(work));
  return kSuccess;
}

inline void step(Stream &stream) {
  if (stream.queue.empty() || (state().control.holds && &stream != &state().defaultStream))
    return;
  Work work = std::move(stream.queue.front());
  stream.queue.pop_front();
  state().clock += 0.125;
  Result result = work();
  if (result && !state().broken)
    state().broken = result;
}

inline void drain(Stream &stream) {
  if (&stream != &state().defaultStream)
    state().control.holds = false; // Who waits without an end would wait for ever.
  while (!stream.queue.empty())
    step(stream);
}

inline uint8_t *pointer(Address address) { return reinterpret_cast<uint8_t *>(uintptr_t(address)); }

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

inline Result copy(Address target, Address source, size_t bytes) {
  if (!state().memory.has(target, bytes) || !state().memory.has(source, bytes))
    return kInvalidValue;
  // It is left open what an overlapping copy gives: here, something else than a move.
  for (size_t i = 0; i < bytes; ++i)
    pointer(target)[i] = pointer(source)[i];
  return kSuccess;
}

/// Something was given back. Without contexts, a failure is forgotten when nothing is left.
inline void forget() {
  if (--state().control.live == 0 && !state().needsContext)
    state().broken = kSuccess;
}

template <typename Handle, typename T> Result give(Handle *handle, T *object) {
  ++state().control.live;
  *handle = reinterpret_cast<Handle>(object);
  return kSuccess;
}

template <typename T, typename Handle> Result takeBack(Handle handle) {
  if (!handle)
    return kInvalidHandle;
  forget();
  delete reinterpret_cast<T *>(handle);
  return kSuccess;
}

} // namespace sinter::fake

#define SINTER_FAKE_EXPORT extern "C" __attribute__((visibility("default")))
/// A function that both libraries have: SINTER_FAKE(Init)(unsigned) is cuInit or hipInit.
#define SINTER_FAKE(member) SINTER_FAKE_EXPORT sinter::gpu::Result SINTER_NAME_##member

#endif
