// The program that stays on the device: it loads code and runs whole segments, one message each.
//
// Freestanding, for Hexagon's Linux: Protocol.h says which files it finds open. It trusts the driver,
// which has checked every range against the package. What leads kernels astray ends the process, and the driver sees
// that.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/Protocol.h"

using namespace sinter::hexagon;

namespace {

using Kernel = void (*)(void *const *bindings, const int64_t *scalars, uint64_t first, uint64_t count, void *scratch);

// Numbers of include/uapi/asm-generic/unistd.h.
enum : uint32_t { kRead = 63, kWrite = 64, kExit = 94, kProtect = 226, kMap = 222 };

int32_t call(uint32_t number, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0, uint32_t e = 0,
             uint32_t f = 0) {
  register uint32_t r0 asm("r0") = a, r1 asm("r1") = b, r2 asm("r2") = c, r3 asm("r3") = d, r4 asm("r4") = e,
                       r5 asm("r5") = f, r6 asm("r6") = number;
  asm volatile("trap0(#1)" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r6) : "memory");
  return int32_t(r0);
}

[[noreturn]] void leave(uint32_t code) {
  for (;;)
    call(kExit, code);
}

template <typename T> T *at(uint32_t address) { return reinterpret_cast<T *>(uintptr_t(address)); }
uint32_t addressOf(const void *pointer) { return uint32_t(reinterpret_cast<uintptr_t>(pointer)); }

/// Whether the whole of it was moved; the driver's end being closed is the end.
bool transfer(uint32_t operation, void *data, uint32_t bytes) {
  auto *rest = static_cast<uint8_t *>(data);
  while (bytes) {
    int32_t moved = call(operation, kChannelFile, addressOf(rest), bytes);
    if (moved <= 0)
      return false;
    rest += moved;
    bytes -= uint32_t(moved);
  }
  return true;
}

void copy(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  // Words where both allow it; overlapping ranges from the end that keeps the source.
  bool words = ((addressOf(to) | addressOf(from) | bytes) & 7) == 0;
  uint32_t step = words ? 8 : 1;
  bool backward = to > from && to < from + bytes;
  for (uint32_t done = 0; done < bytes; done += step) {
    uint32_t i = backward ? bytes - step - done : done;
    if (words)
      *reinterpret_cast<uint64_t *>(to + i) = *reinterpret_cast<const uint64_t *>(from + i);
    else
      to[i] = from[i];
  }
}

void fill(uint8_t *to, uint32_t bytes, uint64_t pattern, uint32_t width) {
  for (uint32_t i = 0; i < bytes; ++i)
    to[i] = uint8_t(pattern >> ((i & (width - 1)) * 8));
}

void execute(const Command &command, uint64_t grid, const Segment &segment) {
  switch (command.kind) {
  case kDispatch:
    if (grid)
      reinterpret_cast<Kernel>(uintptr_t(command.entry))(
          at<void *const>(command.bindings), at<int64_t>(segment.scalars), 0, grid, at<void>(segment.scratch));
    return;
  case kCopy: return copy(at<uint8_t>(command.target), at<uint8_t>(command.bindings), command.length);
  case kFill: return fill(at<uint8_t>(command.target), command.length, command.pattern, command.width);
  }
}

void run(const Segment &segment, uint32_t only, Answer &answer) {
  const int64_t *scalars = at<int64_t>(segment.scalars);
  for (uint32_t i = only ? only - 1 : 0; i < (only ? only : segment.count); ++i) {
    const Command &command = at<Command>(segment.commands)[i];
    answer.command = i;
    if (*const_cast<const volatile uint32_t *>(&segment.stop)) {
      answer.status = kStopped;
      return;
    }
    uint64_t grid = command.gridScalar < 0 ? command.grid : uint64_t(scalars[command.gridScalar]);
    if (grid > command.grid) {
      answer.status = kTooLarge;
      answer.value = int64_t(grid);
      return;
    }
    execute(command, grid, segment);
  }
}

Answer answerTo(const Message &message) {
  constexpr uint32_t readAndExecute = 1 | 4;
  Answer answer = {message.number, kDone, 0, 0, 0};
  switch (message.kind) {
  case kHello:
    answer.value = kProtocol;
    answer.status = message.count == kProtocol ? kDone : kRefused;
    break;
  case kLoad: {
    uint32_t end = (message.address + message.count + kPage - 1) / kPage * kPage;
    if (call(kProtect, message.address, end - message.address, readAndExecute))
      answer.status = kRefused;
    break;
  }
  case kRun: run(*at<Segment>(message.address), message.count, answer); break;
  default: answer.status = kRefused;
  }
  return answer;
}

/// Maps the window where the driver counts from; `bytes` is its size, the program's argument.
bool mapWindow(uint32_t bytes) {
  constexpr uint32_t readAndWrite = 1 | 2, sharedAndFixed = 0x01 | 0x10 | 0x100000; // Over nothing.
  return call(kMap, kWindow, bytes, readAndWrite, sharedAndFixed, kWindowFile, 0) == int32_t(kWindow);
}

uint32_t numberIn(const char *text) {
  uint32_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text)
    value = value * 10 + uint32_t(*text - '0');
  return value;
}

} // namespace

/// `stack`: argument count, then the arguments' addresses.
extern "C" [[noreturn]] __attribute__((used)) void resident(const uint32_t *stack) {
  if (stack[0] < 2 || !mapWindow(numberIn(at<const char>(stack[2]))))
    leave(1);
  Message message;
  while (transfer(kRead, &message, sizeof(message))) {
    Answer answer = answerTo(message);
    if (!transfer(kWrite, &answer, sizeof(answer)))
      break;
  }
  leave(0);
}

asm(R"(
  .globl _start
_start:
  r0 = r29
  r29 = and(r29, #-128)
  call resident
)");
