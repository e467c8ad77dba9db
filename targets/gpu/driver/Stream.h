// A context's work on a device: its stream and timeline, and captured segments.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_STREAM_H
#define SINTER_TARGETS_GPU_DRIVER_STREAM_H

#include "targets/gpu/driver/Executable.h"

namespace sinter::gpu {

struct Segment;

struct Stream {
  explicit Stream(const sinter_stream_info &info)
      : info(info), executable(of(info.executable)), device(executable.device) {}
  ~Stream();

  sinter_code open(rt::Report &report);
  sinter_code wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, rt::Report &report);
  sinter_code reset(uint64_t value, rt::Report &report);

  /// Where a range lies in the device's memory.
  sinter_code find(const sinter_range &range, Address *address, rt::Report &report) const;

  sinter_stream_info info;
  const Executable &executable;
  const Device &device;
  StreamHandle handle = nullptr;
  uint64_t reached = 0;         ///< Of the timeline, as far as is known.
  Segment *submitted = nullptr; ///< Those whose end nobody has seen yet; a list.

private:
  Segment *findSignal(uint64_t value) const;
  void arrive(uint64_t value);
};

/// A piece of work, its memory found.
struct Step {
  uint32_t kind;
  // A dispatch.
  FunctionHandle function;
  uint32_t columns, rows, threads;
  void **parameters; ///< Where the kernel's parameters are.
  // A copy, a fill.
  Address source, target;
  uint64_t length;
  uint64_t pattern;
  uint32_t width;
  bool overlaps; ///< A copy within itself, which goes through the segment's bounce buffer.
};

/// A segment: a graph, captured once.
struct Segment {
  explicit Segment(Stream &stream) : stream(stream), memory(*stream.info.hooks) {}
  ~Segment();

  sinter_code prepare(const sinter_segment &segment, rt::Report &report);
  sinter_code submit(const sinter_submission &submission, rt::Report &report);
  /// Tells the caller how long each piece of work took, where it asked; it is done.
  void reportTimes();

  Stream &stream;
  Segment *next = nullptr; ///< In the stream's list.
  EventHandle done = nullptr;
  sinter_submission submission = {};

private:
  sinter_code makeStep(const sinter_work &work, Step *step, rt::Report &report);
  sinter_code makeDispatch(const sinter_work &work, Step *step, rt::Report &report);
  sinter_code capture(rt::Report &report);
  Result enqueue(const Step &step) const;
  Result enqueueFill(const Step &step) const;
  Result enqueuePairs(const Step &step) const;
  Result enqueueTimed() const;

  rt::SetupMemory memory;
  Step *steps = nullptr;
  uint32_t count = 0;
  Buffer bounce;
  GraphExecHandle graph = nullptr;
  EventHandle *times = nullptr; ///< Before each piece of work, and after the last.
  uint64_t submittedAt = 0;
};

} // namespace sinter::gpu

#endif
