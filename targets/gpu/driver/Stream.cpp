// See Stream.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/Stream.h"

#include "support/DriverObjects.h"

using namespace sinter::rt;
using namespace sinter::gpu;

sinter_code Stream::open(Report &report) {
  Device::Current current(device);
  if (Result result = device.api.StreamCreate(&handle, kStreamNonBlocking)) {
    handle = nullptr;
    return device.api.failure(report, result, "cannot make a stream");
  }
  return SINTER_OK;
}

Stream::~Stream() {
  if (!handle)
    return;
  Device::Current current(device);
  device.api.StreamSynchronize(handle);
  device.api.StreamDestroy(handle);
}

sinter_code Stream::find(const sinter_range &range, Address *address, Report &report) const {
  const Buffer *buffer;
  sinter_code code = findBuffer(*this, range, &buffer, report);
  *address = code ? 0 : buffer->address + range.offset;
  return code;
}

/// The first submission to reach `value`. Work of a stream ends in order, so whatever reaches it tells.
Segment *Stream::findSignal(uint64_t value) const {
  Segment *best = nullptr;
  for (Segment *each = submitted; each; each = each->next)
    if (each->submission.signal >= value && (!best || each->submission.signal < best->submission.signal))
      best = each;
  return best;
}

void Stream::arrive(uint64_t value) {
  reached = value;
  Segment **link = &submitted;
  while (Segment *each = *link) {
    if (each->submission.signal > value) {
      link = &each->next;
      continue;
    }
    *link = each->next;
    each->reportTimes();
  }
}

sinter_code Stream::wait(uint64_t value, uint64_t deadline, const volatile int32_t *cancel, Report &report) {
  Device::Current current(device);
  while (reached < value) {
    Segment *segment = findSignal(value);
    if (!segment)
      return report.limit(int64_t(reached), int64_t(value))
          .fail(SINTER_E_DEVICE, "waiting for a value that was never submitted");
    Result result = device.api.EventQuery(segment->done);
    if (result == kSuccess) {
      arrive(segment->submission.signal);
    } else if (result != kNotReady) {
      return device.api.failure(report, result, "the device failed while it worked");
    } else {
      if (sinter_code code = mayGoOn(*info.hooks, deadline, cancel, report))
        return code;
      info.hooks->yield(info.hooks->user);
    }
  }
  return SINTER_OK;
}

sinter_code Stream::reset(uint64_t value, Report &report) {
  Device::Current current(device);
  Result result = device.api.StreamSynchronize(handle);
  submitted = nullptr;
  reached = value;
  return result ? device.api.failure(report, result, "the device does not recover") : SINTER_OK;
}
