// The loader's side of the driver interface, reduced to what tests need.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CTS_HARNESS_H
#define SINTER_RUNTIME_CTS_HARNESS_H

#include "Conformance.h"

#include <atomic>
#include <memory>

namespace sinter::cts {

/// Hooks that count what is allocated, can fail at a chosen allocation, and can forbid allocating.
class CountingHooks {
public:
  CountingHooks();

  sinter_hooks hooks = {};
  std::atomic<int64_t> outstanding{0};
  std::atomic<int64_t> allocations{0};
  std::atomic<int64_t> failAt{-1};      ///< Number of the allocation that fails.
  std::atomic<bool> isForbidden{false}; ///< Allocating and mapping are failures of the test.
  std::atomic<int64_t> violations{0};
};

using Floats = std::vector<float>;

/// An executable and a stream with two arenas of kElements floats, a constant and a state of the
/// same size. Where the device has memory of its own, what is said of the caller's buffers happens
/// in arenas, written and read by the driver.
class Bench {
public:
  explicit Bench(CountingHooks &hooks, uint32_t workers = 1);
  ~Bench();

  /// Up to an open stream; the first failure is returned.
  sinter_code open();

  /// Adds work to a segment under construction. Ranges cover kElements floats.
  void dispatch(uint32_t kernel, std::vector<sinter_range> ranges);
  void copy(sinter_range source, sinter_range target);
  void fill(sinter_range target, uint64_t pattern, uint32_t width);

  /// Prepares what was added and forgets it.
  sinter_code prepare(sinter_prepared **prepared);
  /// Submits and waits.
  sinter_code run(sinter_prepared *prepared, const volatile int32_t *cancel = nullptr, uint64_t deadline = 0);

  void writeArena(uint32_t arena, const Floats &values);
  Floats readArena(uint32_t arena);

  CountingHooks &hooks;
  Subject subject;
  const sinter_driver *driver = nullptr;
  sinter_executable *executable = nullptr;
  sinter_stream *stream = nullptr;
  sinter_error error = {};
  std::vector<sinter_kernel> kernels;
  sinter_code_image image = {};
  std::vector<uint32_t> profiled; ///< Work indices, in order of being reported.
  bool profiles = false;
  uint64_t timeline = 0;

  float *input[2];
  float *output;
  const Floats constant;

private:
  // Two to work in. A device with memory of its own finds the caller's buffers in three more, as
  // packages do it.
  static constexpr uint32_t kArenas = 5, kFirstInput = 2, kOutput = 4;

  sinter_range reachable(sinter_range range) const;
  sinter_code writeInputs();

  sinter_code makeMemory();
  bool hasOwnMemory() const { return driver && driver->allocate; }

  uint32_t workers;
  std::vector<void *> blocks;
  sinter_memory arenas[kArenas] = {};
  sinter_memory constants[1] = {};
  uint8_t constantsUsed[1] = {1};
  sinter_memory states[1] = {};
  std::vector<sinter_work> work;
  std::vector<std::unique_ptr<std::vector<sinter_range>>> ranges; // must live as long as the stream
  int64_t scalars[1] = {};
};

/// kElements floats of a memory.
sinter_range rangeOf(sinter_range_kind kind, uint32_t index);

} // namespace sinter::cts

#endif
