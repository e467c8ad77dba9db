// See Stream.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/driver/Stream.h"
#include "targets/npu/hexagon/HexagonCode.h"

#include "support/DriverObjects.h"

using namespace sinter::rt;

namespace sinter::hexagon {

namespace {

constexpr uint32_t kStartMilliseconds = 10000; ///< For the resident program to answer for the first time.
constexpr uint32_t kPollMilliseconds = 20;     ///< How long a deadline or a cancellation may go unseen.
constexpr uint32_t kStopMilliseconds = 500;    ///< For a kernel to end before its process is ended.

} // namespace

sinter_code Stream::open(Report &report) {
  if (sinter_code code = executable.window.allocate(executable.scratchBytes, kVectorBytes, &scratch, report))
    return code;
  return start(report);
}

Stream::~Stream() {
  transport.stop();
  executable.window.release(scratch);
}

/// A fresh process that has greeted and has the code.
sinter_code Stream::start(Report &report) {
  transport.stop();
  if (sinter_code code = transport.start(executable.window, report))
    return code;
  if (sinter_code code = answerTo({kHello, ++number, 0, kProtocol}, report))
    return code;
  return answerTo({kLoad, ++number, executable.code.address, uint32_t(executable.code.size)}, report);
}

sinter_code Stream::answerTo(const Message &message, Report &report) {
  Answer answer = {};
  bool arrived = false;
  if (sinter_code code = transport.send(message, report))
    return code;
  if (sinter_code code = transport.receive(kStartMilliseconds, &answer, &arrived, report))
    return code;
  if (!arrived)
    return report.limit(kStartMilliseconds, 0)
        .fail(SINTER_E_DEVICE, "the device did not answer within % ms", kStartMilliseconds);
  if (answer.number != message.number || answer.status != kDone)
    return report.limit(kProtocol, answer.value)
        .fail(SINTER_E_DEVICE, "the device refused message %, status %", message.kind, answer.status);
  return SINTER_OK;
}

sinter_code Stream::find(const sinter_range &range, uint8_t **host, uint32_t *address, Report &report) const {
  const Buffer *buffer;
  sinter_code code = findBuffer(*this, range, &buffer, report);
  *address = code ? 0 : buffer->address + uint32_t(range.offset);
  *host = code ? nullptr : buffer->host + range.offset;
  return code;
}

sinter_code Stream::submit(Submitted &each, const sinter_submission &submission, Report &report) {
  if (sinter_code code = mayGoOn(*info.hooks, submission.deadline, submission.cancel, report))
    return code;
  for (uint32_t i = 0; i < each.scalarCount; ++i)
    each.scalars[i] = submission.scalars[i];
  each.segment().stop = 0;
  each.signal = submission.signal;
  each.number = ++number;
  each.next = nullptr;
  if (submission.profile)
    return runTimed(each, submission, report);
  if (sinter_code code = transport.send({kRun, each.number, each.block.address, 0}, report))
    return code;
  (last ? last->next : first) = &each;
  last = &each;
  return SINTER_OK;
}

/// A message for each command, and the host's time between their answers.
sinter_code Stream::runTimed(Submitted &each, const sinter_submission &submission, Report &report) {
  auto now = [&] { return info.hooks->clock(info.hooks->user); };
  // What was submitted before ends first.
  if (first)
    if (sinter_code code = wait(last->signal, submission.deadline, submission.cancel, report))
      return code;
  for (uint32_t i = 0; i < each.count; ++i) {
    uint64_t start = now();
    if (sinter_code code = transport.send({kRun, each.number, each.block.address, i + 1}, report))
      return code;
    first = last = &each;
    if (sinter_code code = wait(each.signal, submission.deadline, submission.cancel, report))
      return code;
    reached = each.signal - 1;
    submission.profile(submission.profile_user, i, start, now());
  }
  reached = each.signal;
  return SINTER_OK;
}

/// An answer belongs to the oldest segment that has none: the device runs them in order.
sinter_code Stream::finish(const Answer &answer, Report &report) {
  Submitted *ended = first;
  if (!ended || answer.number != ended->number || answer.command > ended->count)
    return report.fail(SINTER_E_DEVICE, "the device answered what nobody asked");
  first = ended->next;
  last = first ? last : nullptr;
  const char *node = ended->count ? ended->nodes[answer.command < ended->count ? answer.command : 0] : "";
  switch (answer.status) {
  case kDone: reached = ended->signal; return SINTER_OK;
  case kTooLarge:
    return report.node(node)
        .limit(0, answer.value)
        .fail(SINTER_E_BOUND, "a dispatch of % workgroups is more than is planned", answer.value);
  case kStopped: return report.node(node).fail(SINTER_E_CANCELLED, "the run was stopped");
  }
  return report.node(node).fail(SINTER_E_DEVICE, "the device refused a segment, status %", answer.status);
}

sinter_code Stream::wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, Report &report) {
  while (reached < value) {
    if (!first)
      return report.limit(int64_t(reached), int64_t(value))
          .fail(SINTER_E_DEVICE, "waiting for %, which was never submitted", value);
    Answer answer = {};
    bool arrived = false;
    if (sinter_code code = transport.receive(kPollMilliseconds, &answer, &arrived, report))
      return code;
    if (arrived) {
      if (sinter_code code = finish(answer, report))
        return code;
    } else if (sinter_code code = mayGoOn(*info.hooks, deadline, cancel, report)) {
      return code;
    }
  }
  return SINTER_OK;
}

/// Segments that run are told to stop; a process that does not, or that has died, makes room for a fresh one.
sinter_code Stream::reset(uint64_t value, Report &report) {
  for (Submitted *each = first; each; each = each->next)
    each->segment().stop = 1;
  Report unread(nullptr);
  while (first && transport.isRunning()) {
    Answer answer = {};
    bool arrived = false;
    if (transport.receive(kStopMilliseconds, &answer, &arrived, unread) || !arrived)
      transport.stop();
    else if (sinter_code code = finish(answer, unread); code == SINTER_E_DEVICE)
      transport.stop();
  }
  first = last = nullptr;
  reached = value;
  return transport.isRunning() ? SINTER_OK : start(report);
}

} // namespace sinter::hexagon
