// A context's device: a process with the resident program, its timeline, and prepared segments.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_DRIVER_STREAM_H
#define SINTER_TARGETS_NPU_HEXAGON_DRIVER_STREAM_H

#include "targets/npu/hexagon/driver/Executable.h"
#include "targets/npu/hexagon/driver/Transport.h"

namespace sinter::hexagon {

struct Submitted;

struct Stream {
  explicit Stream(const sinter_stream_info &info) : info(info), executable(of(info.executable)) {}
  ~Stream();

  sinter_code open(rt::Report &report);
  sinter_code wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, rt::Report &report);
  sinter_code reset(uint64_t value, rt::Report &report);

  /// The device's address of a range.
  sinter_code find(const sinter_range &range, uint8_t **host, uint32_t *address, rt::Report &report) const;
  sinter_code submit(Submitted &segment, const sinter_submission &submission, rt::Report &report);

  sinter_stream_info info;
  const Executable &executable;
  Buffer scratch;

private:
  sinter_code start(rt::Report &report);
  sinter_code answerTo(const Message &message, rt::Report &report);
  sinter_code runTimed(Submitted &segment, const sinter_submission &submission, rt::Report &report);
  sinter_code finish(const Answer &answer, rt::Report &report);

  Transport transport;
  uint64_t reached = 0;
  Submitted *first = nullptr; ///< Those that the device has not answered, in order.
  Submitted *last = nullptr;
  uint32_t number = 0;
};

/// A segment: commands in the window.
struct Submitted {
  explicit Submitted(Stream &stream) : stream(stream), memory(*stream.info.hooks) {}
  ~Submitted();

  sinter_code prepare(const sinter_segment &segment, rt::Report &report);
  sinter_code submit(const sinter_submission &submission, rt::Report &report) {
    return stream.submit(*this, submission, report);
  }
  Segment &segment() const { return *reinterpret_cast<Segment *>(block.host); }

  Stream &stream;
  rt::SetupMemory memory;
  Buffer block;
  const char **nodes = nullptr; ///< Of each command, for errors.
  uint32_t count = 0, scalarCount = 0;
  int64_t *scalars = nullptr;
  Submitted *next = nullptr;
  uint64_t signal = 0;
  uint32_t number = 0;

private:
  sinter_code makeCommand(const sinter_work &work, Command *command, uint32_t *bindings, uint32_t address,
                          rt::Report &report);
};

} // namespace sinter::hexagon

#endif
