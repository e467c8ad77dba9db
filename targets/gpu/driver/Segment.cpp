// Capturing a segment once, and submitting it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/Stream.h"

#include "support/DriverObjects.h"

using namespace sinter::rt;
using namespace sinter::gpu;

// --- preparing -------------------------------------------------------------------------------------------------------

sinter_code Segment::prepare(const sinter_segment &segment, Report &report) {
  Device::Current current(stream.device);
  const Api &api = stream.device.api;
  steps = memory.array<Step>(segment.count);
  times = memory.array<EventHandle>(uint64_t(segment.count) + 1);
  if (!steps || !times)
    return report.fail(SINTER_E_MEMORY, "no memory to prepare % pieces of work", segment.count);
  uint64_t bounced = 0;
  for (; count < segment.count; ++count) {
    Step &step = steps[count];
    if (sinter_code code = makeStep(segment.work[count], &step, report.node(segment.work[count].node)))
      return code;
    if (step.overlaps && step.length > bounced)
      bounced = step.length;
  }
  report.node(nullptr);
  if (bounced)
    if (sinter_code code = stream.device.createBuffer(bounced, /*forHost=*/false, &bounce, report))
      return code;
  Result result = api.EventCreate(&done, kEventDisableTiming);
  for (uint32_t i = 0; !result && i <= count; ++i)
    result = api.EventCreate(&times[i], 0);
  if (result)
    return api.failure(report, result, "cannot make events");
  return capture(report);
}

Segment::~Segment() {
  Device::Current current(stream.device);
  const Api &api = stream.device.api;
  if (graph)
    api.GraphExecDestroy(graph);
  for (uint32_t i = 0; times && i <= count; ++i)
    if (times[i])
      api.EventDestroy(times[i]);
  if (done)
    api.EventDestroy(done);
  stream.device.destroyBuffer(bounce);
}

sinter_code Segment::makeStep(const sinter_work &work, Step *step, Report &report) {
  step->kind = work.kind;
  if (work.kind == SINTER_WORK_DISPATCH)
    return makeDispatch(work, step, report);
  bool isCopy = work.kind == SINTER_WORK_COPY;
  if (!isCopy && work.kind != SINTER_WORK_FILL)
    return report.fail(SINTER_E_UNSUPPORTED, "work of unknown kind %", work.kind);
  if (sinter_code code = stream.find(work.ranges[isCopy], &step->target, report))
    return code;
  step->length = work.ranges[0].length;
  if (isCopy) {
    if (sinter_code code = stream.find(work.ranges[0], &step->source, report))
      return code;
    step->overlaps = step->source < step->target + step->length && step->target < step->source + step->length;
    return SINTER_OK;
  }
  step->pattern = work.pattern;
  step->width = work.width;
  if (step->target % step->width || step->length % step->width)
    return report.limit(step->width, int64_t(step->length))
        .fail(SINTER_E_UNSUPPORTED, "a fill that is no number of aligned elements");
  return SINTER_OK;
}

sinter_code Segment::makeDispatch(const sinter_work &work, Step *step, Report &report) {
  const Executable &executable = stream.executable;
  if (work.kernel >= executable.kernelCount || work.range_count != executable.kernels[work.kernel].bindings)
    return report.fail(SINTER_E_FORMAT, "dispatch of kernel % does not fit its code", work.kernel);
  if (work.grid_scalar >= 0)
    return report.fail(SINTER_E_UNSUPPORTED, "a grid of computed size has no form on % yet",
                       executable.device.platform.title);
  constexpr uint64_t mostRows = 65535;
  const uint32_t width = executable.device.platform.gridWidth;
  uint64_t rows = (work.grid + width - 1) / width;
  if (rows > mostRows)
    return report.limit(int64_t(mostRows * width), int64_t(work.grid))
        .fail(SINTER_E_UNSUPPORTED, "a grid of % workgroups is too large", work.grid);
  const Kernel &kernel = executable.kernels[work.kernel];
  step->function = kernel.function;
  step->threads = kernel.threads;
  step->columns = uint32_t(work.grid < width ? work.grid : width);
  step->rows = uint32_t(rows);
  Address *addresses = memory.array<Address>(work.range_count);
  step->parameters = memory.array<void *>(work.range_count);
  if (!addresses || !step->parameters)
    return report.fail(SINTER_E_MEMORY, "no memory for a dispatch of % bindings", work.range_count);
  for (uint32_t i = 0; i < work.range_count; ++i) {
    if (sinter_code code = stream.find(work.ranges[i], &addresses[i], report))
      return code;
    step->parameters[i] = &addresses[i];
  }
  return SINTER_OK;
}

sinter_code Segment::capture(Report &report) {
  const Api &api = stream.device.api;
  if (Result result = api.StreamBeginCapture(stream.handle, kCaptureThreadLocal))
    return api.failure(report, result, "cannot capture a segment");
  Result result = kSuccess;
  for (uint32_t i = 0; !result && i < count; ++i)
    result = enqueue(steps[i]);
  GraphHandle captured = nullptr;
  Result ended = api.StreamEndCapture(stream.handle, &captured); // Also after a failure: the stream leaves the capture.
  result = result ? result : ended;
  if (!result)
    result = api.GraphInstantiate(&graph, captured, 0);
  if (result)
    graph = nullptr;
  else
    result = api.GraphUpload(graph, stream.handle);
  if (captured)
    api.GraphDestroy(captured);
  return result ? api.failure(report, result, "cannot capture a segment") : SINTER_OK;
}

// --- work ------------------------------------------------------------------------------------------------------------

Result Segment::enqueue(const Step &step) const {
  const Api &api = stream.device.api;
  if (step.kind == SINTER_WORK_DISPATCH)
    return step.columns ? api.LaunchKernel(step.function, step.columns, step.rows, 1, step.threads, 1, 1, 0,
                                           stream.handle, step.parameters, nullptr)
                        : kSuccess;
  if (!step.length)
    return kSuccess;
  if (step.kind == SINTER_WORK_FILL)
    return enqueueFill(step);
  auto copy = [&](Address target, Address source) {
    return api.platform->copy(api, target, source, size_t(step.length), stream.handle);
  };
  if (!step.overlaps)
    return copy(step.target, step.source);
  Result result = copy(bounce.address, step.source);
  return result ? result : copy(step.target, bounce.address);
}

Result Segment::enqueueFill(const Step &step) const {
  const Api &api = stream.device.api;
  size_t elements = size_t(step.length / step.width);
  uint32_t low = uint32_t(step.pattern), high = uint32_t(step.pattern >> 32);
  switch (step.width) {
  case 1: return api.MemsetD8Async(step.target, uint8_t(low), elements, stream.handle);
  case 2: return api.MemsetD16Async(step.target, uint16_t(low), elements, stream.handle);
  case 4: return api.MemsetD32Async(step.target, low, elements, stream.handle);
  }
  if (low == high)
    return api.MemsetD32Async(step.target, low, 2 * elements, stream.handle);
  return enqueuePairs(step);
}

/// There is no fill of 64 bits: one element is filled, and what is filled is copied behind itself until all is.
Result Segment::enqueuePairs(const Step &step) const {
  const Api &api = stream.device.api;
  Result result = api.MemsetD32Async(step.target, uint32_t(step.pattern), 1, stream.handle);
  if (!result)
    result = api.MemsetD32Async(step.target + 4, uint32_t(step.pattern >> 32), 1, stream.handle);
  for (uint64_t done = step.width; !result && done < step.length; done *= 2) {
    uint64_t bytes = done < step.length - done ? done : step.length - done;
    result = api.platform->copy(api, step.target + done, step.target, size_t(bytes), stream.handle);
  }
  return result;
}

/// The same work with a time stamp around each piece, which a graph has no room for.
Result Segment::enqueueTimed() const {
  const Api &api = stream.device.api;
  Result result = api.EventRecord(times[0], stream.handle);
  for (uint32_t i = 0; !result && i < count; ++i) {
    result = enqueue(steps[i]);
    if (!result)
      result = api.EventRecord(times[i + 1], stream.handle);
  }
  return result;
}

// --- running ---------------------------------------------------------------------------------------------------------

sinter_code Segment::submit(const sinter_submission &given, Report &report) {
  if (sinter_code code = mayGoOn(*stream.info.hooks, given.deadline, given.cancel, report))
    return code;
  Device::Current current(stream.device);
  const Api &api = stream.device.api;
  submission = given;
  submittedAt = stream.info.hooks->clock(stream.info.hooks->user);
  Result result = given.profile ? enqueueTimed() : api.GraphLaunch(graph, stream.handle);
  if (!result)
    result = api.EventRecord(done, stream.handle);
  if (result)
    return api.failure(report, result, "cannot submit work");
  next = stream.submitted;
  stream.submitted = this;
  return SINTER_OK;
}

void Segment::reportTimes() {
  if (!submission.profile)
    return;
  auto at = [&](uint32_t i) {
    float milliseconds = 0;
    stream.device.api.EventElapsedTime(&milliseconds, times[0], times[i]);
    return submittedAt + uint64_t(double(milliseconds) * 1e6);
  };
  for (uint32_t i = 0; i < count; ++i)
    submission.profile(submission.profile_user, i, at(i), at(i + 1));
}
