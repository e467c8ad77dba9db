// What the driver and the resident program on the device say to each other.
//
// They share a window of memory, which the device finds at kWindow: code, constants, arenas, and the commands of
// prepared segments lie in it. A message is short and asks for one thing; its answer is an Answer. Both are copied
// whole, in order. All numbers are little-endian; addresses are the device's, of 32 bits.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_PROTOCOL_H
#define SINTER_TARGETS_NPU_HEXAGON_PROTOCOL_H

#include <stdint.h>

namespace sinter::hexagon {

constexpr uint32_t kProtocol = 1;
constexpr uint32_t kWindow = 0x80000000; ///< Where the device sees the window.
constexpr uint32_t kPage = 65536;        ///< The device protects whole ones.

/// The files that the program on the device finds open.
constexpr int kChannelFile = 3, kWindowFile = 4;

enum MessageKind : uint32_t {
  kHello = 1, ///< count: the driver's kProtocol. Answers with the device's own.
  kLoad = 2,  ///< address, count: code, from now on executed and no longer written.
  kRun = 3,   ///< address: a Segment. count: 0 for all its commands, or the number of the only one, from 1.
};

struct Message {
  uint32_t kind, number; ///< The number comes back in the answer.
  uint32_t address, count;
};

enum AnswerStatus : uint32_t {
  kDone = 0,
  kStopped = 1,  ///< Segment::stop was set; `command` was not begun.
  kTooLarge = 2, ///< `command` asks for more workgroups than were planned: `value`.
  kRefused = 3,  ///< Of another protocol, or memory could not be protected.
};

struct Answer {
  uint32_t number, status;
  uint32_t command, reserved;
  int64_t value;
};

enum CommandKind : uint32_t { kDispatch = 1, kCopy = 2, kFill = 3 };

struct Command {
  uint32_t kind;
  uint32_t entry;     ///< Dispatch: the kernel.
  uint32_t bindings;  ///< Dispatch: an array of addresses. Copy: the source.
  uint32_t target;    ///< Copy, fill.
  uint32_t length;    ///< Copy, fill: bytes.
  uint32_t width;     ///< Fill: bytes of the pattern, 1, 2, 4 or 8.
  int32_t gridScalar; ///< Dispatch: the scalar that holds the number of workgroups, or -1.
  uint32_t reserved;
  uint64_t grid;    ///< Dispatch: workgroups, at most.
  uint64_t pattern; ///< Fill.
};

struct Segment {
  uint32_t commands; ///< Address of an array.
  uint32_t count;
  uint32_t scalars; ///< Address of an array of int64_t.
  uint32_t scratch; ///< For kernels.
  uint32_t stop;    ///< The driver sets it to stop a run between commands.
  uint32_t reserved;
};

} // namespace sinter::hexagon

#endif
