// A context's queue on the CPU, and segments prepared for it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_DRIVER_STREAM_H
#define SINTER_TARGETS_CPU_DRIVER_STREAM_H

#include "targets/cpu/driver/Executable.h"

#include <atomic>

namespace sinter::cpu {

/// One piece of work, its memory resolved to pointers in the segment's table.
struct Item {
  uint32_t kind;
  uint32_t width;          ///< Fill.
  KernelFunction function; ///< Dispatch.
  void **pointers;         ///< Dispatch: the bindings. Copy: source, target. Fill: target.
  uint64_t grid;
  int32_t gridScalar;
  const char *node;
  uint64_t length;  ///< Copy, fill: bytes.
  uint64_t pattern; ///< Fill.
};

/// A pointer that is known only when a segment is submitted.
struct Patch {
  void **pointer;
  uint64_t offset;
  uint32_t index;
  bool isOutput;
};

/// How far the threads are with one item: workgroups claimed, and done.
struct Progress {
  std::atomic<uint64_t> claimed;
  std::atomic<uint64_t> done;
};

/// Behind sinter_stream.
struct Stream {
  explicit Stream(const sinter_stream_info &info) : info(info) {}

  sinter_code open(rt::Report &) { return SINTER_OK; }

  /// Submission finishes the work before it returns, so a value that was submitted has been reached.
  sinter_code wait(uint64_t value, uint64_t, const volatile int32_t *, rt::Report &report) const {
    return value <= reached ? SINTER_OK
                            : report.limit(int64_t(reached), int64_t(value))
                                  .fail(SINTER_E_DEVICE, "waiting for %, which was never submitted", value);
  }
  sinter_code reset(uint64_t value, rt::Report &) {
    reached = value;
    return SINTER_OK;
  }

  const sinter_stream_info info;
  uint64_t reached = 0;

  void *scratchOf(uint32_t worker) const {
    return static_cast<uint8_t *>(info.scratch) + worker * of(info.executable).scratchBytes;
  }
};

/// Behind sinter_prepared.
struct Prepared {
  explicit Prepared(Stream &stream) : stream(stream), memory(*stream.info.hooks) {}

  sinter_code prepare(const sinter_segment &segment, rt::Report &report);
  sinter_code submit(const sinter_submission &submission, rt::Report &report);

  Stream &stream;
  rt::SetupMemory memory;
  Item *items = nullptr;
  Progress *progress = nullptr;
  Patch *patches = nullptr;
  uint32_t count = 0;
  uint32_t patchCount = 0;

private:
  sinter_code prepareItem(const sinter_work &work, Item &item, rt::Report &report);
  sinter_code resolve(const sinter_range &range, void **pointer, uint64_t alignment, rt::Report &report);
  sinter_code patch(const sinter_submission &submission, rt::Report &report);
};

} // namespace sinter::cpu

#endif
