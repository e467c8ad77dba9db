// The smallest complete driver: one device, two operations, everything in host memory and done when submit returns.
//
// It is the template for a new target (`tools/dev new-target`): the order of the functions is the order of the driver
// table, each with what a real device would do there. It uses the two public headers only.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NullKernels.h"

#include <sinter_driver.h>

#include <string.h>

using namespace sinter::null;

// --- objects ---------------------------------------------------------------------------------------------------------

struct sinter_executable {
  const sinter_hooks *hooks;
  Record *kernels; // The code, read into our own memory.
  uint32_t count;
};

struct sinter_stream {
  sinter_stream_info info;
  uint64_t reached;
};

namespace {
struct Step {
  sinter_work work;
  Record record; // Dispatches.
};
} // namespace

struct sinter_prepared {
  sinter_stream *stream;
  Step *steps;
  uint32_t count;
};

// --- errors and memory -----------------------------------------------------------------------------------------------

static sinter_code fail(sinter_error *error, sinter_code code, const char *text, int64_t limit = 0, int64_t value = 0,
                        const char *node = nullptr) {
  error->code = code;
  error->limit = limit;
  error->value = value;
  error->node = node && *node ? node : nullptr;
  strncpy(error->text, text, sizeof(error->text) - 1);
  error->text[sizeof(error->text) - 1] = 0;
  return code;
}

/// Zeroed memory for set-up, or NULL.
template <typename T> static T *allocate(const sinter_hooks &hooks, uint64_t count) {
  if (count > SIZE_MAX / 2 / sizeof(T))
    return nullptr;
  size_t bytes = size_t(count ? count : 1) * sizeof(T);
  void *memory = hooks.allocate(hooks.user, bytes, alignof(T));
  return memory ? static_cast<T *>(memset(memory, 0, bytes)) : nullptr;
}

template <typename T> static void deallocate(const sinter_hooks &hooks, T *memory, uint64_t count) {
  if (memory)
    hooks.release(hooks.user, memory, size_t(count ? count : 1) * sizeof(T), alignof(T));
}

// --- which devices there are, and what they accept -------------------------------------------------------------------

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  if (index)
    return fail(error, SINTER_E_NOT_FOUND, "there is one null device");
  sinter_device_info result = {};
  result.size = info->size;
  strcpy(result.driver, kDriver);
  strcpy(result.name, "null");
  strcpy(result.target, kTarget);
  strcpy(result.memory, "host");
  memcpy(info, &result, info->size < sizeof(result) ? info->size : sizeof(result));
  return SINTER_OK;
}

static sinter_code accept(const sinter_hooks *, uint32_t device, const sinter_code_image *code, sinter_error *error) {
  if (device)
    return fail(error, SINTER_E_NOT_FOUND, "there is one null device");
  if (strcmp(code->target, kTarget))
    return fail(error, SINTER_E_UNSUPPORTED, "code for another target than null");
  if (code->abi != kCodeAbi)
    return fail(error, SINTER_E_UNSUPPORTED, "null code of another version", kCodeAbi, code->abi);
  if (code->feature_count)
    return fail(error, SINTER_E_UNSUPPORTED, "the null device has no optional features", 0, code->feature_count);
  return SINTER_OK;
}

// --- code ------------------------------------------------------------------------------------------------------------

static sinter_code readRecord(const sinter_code_image &code, uint32_t kernel, Record &record, sinter_error *error) {
  uint64_t entry = code.kernels[kernel].entry;
  error->section = int32_t(code.section);
  error->offset = entry;
  if (entry % sizeof(Record) || code.length < sizeof(Record) || entry > code.length - sizeof(Record))
    return fail(error, SINTER_E_FORMAT, "a kernel's entry is not at a whole record", int64_t(code.length),
                int64_t(entry));
  memcpy(&record, static_cast<const char *>(code.data) + entry, sizeof(Record));
  uint32_t bindings = bindingsOf(record);
  if (!bindings)
    return fail(error, SINTER_E_FORMAT, "a record of an unknown operation or type", 0, record.operation);
  if (bindings != code.kernels[kernel].bindings || code.kernels[kernel].outputs != 1)
    return fail(error, SINTER_E_FORMAT, "a record takes other bindings than its kernel", bindings,
                code.kernels[kernel].bindings);
  return SINTER_OK;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  if (code->abi != kCodeAbi)
    return fail(error, SINTER_E_VERSION, "null code of another version", kCodeAbi, code->abi);
  Record record;
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readRecord(*code, i, record, error))
      return result;
  return SINTER_OK;
}

static void unload(sinter_executable *executable) {
  const sinter_hooks &hooks = *executable->hooks;
  deallocate(hooks, executable->kernels, executable->count);
  deallocate(hooks, executable, 1);
}

// A real device would receive code and constants here.
static sinter_code load(const sinter_hooks *hooks, uint32_t, const sinter_code_image *code,
                        sinter_executable **executable, sinter_error *error) {
  sinter_executable *made = allocate<sinter_executable>(*hooks, 1);
  Record *kernels = allocate<Record>(*hooks, code->kernel_count);
  if (!made || !kernels) {
    deallocate(*hooks, made, 1);
    deallocate(*hooks, kernels, code->kernel_count);
    return fail(error, SINTER_E_MEMORY, "no memory for null code");
  }
  *made = {hooks, kernels, code->kernel_count};
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readRecord(*code, i, kernels[i], error)) {
      unload(made);
      return result;
    }
  *executable = made;
  return SINTER_OK;
}

// --- streams ---------------------------------------------------------------------------------------------------------

static sinter_code requirements(const sinter_executable *, uint32_t, sinter_stream_requirements *requirements,
                                sinter_error *) {
  requirements->scratch_bytes = 0;
  requirements->stack_bytes = 4096;
  return SINTER_OK;
}

static sinter_code open(const sinter_stream_info *info, sinter_stream **stream, sinter_error *error) {
  sinter_stream *made = allocate<sinter_stream>(*info->hooks, 1);
  if (!made)
    return fail(error, SINTER_E_MEMORY, "no memory for a null stream");
  made->info = *info;
  *stream = made;
  return SINTER_OK;
}

static void close(sinter_stream *stream) { deallocate(*stream->info.hooks, stream, 1); }

// --- segments --------------------------------------------------------------------------------------------------------

/// The address of a range; ranges of the caller's buffers have none before submission.
static void *addressOf(const sinter_stream_info &info, const sinter_range &range, const sinter_submission *submission) {
  const sinter_memory *table = nullptr;
  uint32_t size = 0;
  switch (range.kind) {
  case SINTER_RANGE_INPUT:
    return submission ? static_cast<char *>(submission->inputs[range.index]) + range.offset : nullptr;
  case SINTER_RANGE_OUTPUT:
    return submission ? static_cast<char *>(submission->outputs[range.index]) + range.offset : nullptr;
  case SINTER_RANGE_ARENA: table = info.arenas, size = info.arena_count; break;
  case SINTER_RANGE_CONSTANT: table = info.constants, size = info.constant_count; break;
  case SINTER_RANGE_STATE: table = info.states, size = info.state_count; break;
  }
  bool inside = range.index < size && table[range.index].host && range.offset <= table[range.index].size &&
                range.length <= table[range.index].size - range.offset;
  return inside ? static_cast<char *>(table[range.index].host) + range.offset : nullptr;
}

static sinter_code prepareStep(const sinter_stream &stream, const sinter_work &work, Step &step, sinter_error *error) {
  step.work = work;
  uint64_t needed = 0;
  if (work.kind == SINTER_WORK_DISPATCH) {
    const sinter_executable &executable = *stream.info.executable;
    if (work.kernel >= executable.count || work.range_count != bindingsOf(executable.kernels[work.kernel]))
      return fail(error, SINTER_E_FORMAT, "a dispatch does not fit its kernel", 0, work.kernel, work.node);
    step.record = executable.kernels[work.kernel];
    needed = bytesOf(step.record);
  } else if (work.kind != SINTER_WORK_COPY && work.kind != SINTER_WORK_FILL) {
    return fail(error, SINTER_E_UNSUPPORTED, "work of a kind that the null device does not know", 0, work.kind,
                work.node);
  }
  for (uint32_t i = 0; i < work.range_count; ++i) {
    const sinter_range &range = work.ranges[i];
    bool isCallers = range.kind == SINTER_RANGE_INPUT || range.kind == SINTER_RANGE_OUTPUT;
    if (!isCallers && !addressOf(stream.info, range, nullptr))
      return fail(error, SINTER_E_UNSUPPORTED, "a range of memory that the null device does not reach", 0, range.kind,
                  work.node);
    if (range.length < needed)
      return fail(error, SINTER_E_FORMAT, "a range is smaller than what its kernel uses", int64_t(range.length),
                  int64_t(needed), work.node);
  }
  return SINTER_OK;
}

static void release(sinter_prepared *prepared) {
  const sinter_hooks &hooks = *prepared->stream->info.hooks;
  deallocate(hooks, prepared->steps, prepared->count);
  deallocate(hooks, prepared, 1);
}

static sinter_code prepare(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **prepared,
                           sinter_error *error) {
  const sinter_hooks &hooks = *stream->info.hooks;
  sinter_prepared *made = allocate<sinter_prepared>(hooks, 1);
  Step *steps = allocate<Step>(hooks, segment->count);
  if (!made || !steps) {
    deallocate(hooks, made, 1);
    deallocate(hooks, steps, segment->count);
    return fail(error, SINTER_E_MEMORY, "no memory for a null segment");
  }
  *made = {stream, steps, segment->count};
  for (uint32_t i = 0; i < segment->count; ++i)
    if (sinter_code result = prepareStep(*stream, segment->work[i], steps[i], error)) {
      release(made);
      return result;
    }
  *prepared = made;
  return SINTER_OK;
}

// --- running ---------------------------------------------------------------------------------------------------------

static void fill(const sinter_work &work, char *target) {
  for (uint64_t at = 0; at < work.ranges[0].length; at += work.width)
    memcpy(target + at, &work.pattern, work.width);
}

static void executeStep(const sinter_stream &stream, const Step &step, const sinter_submission &submission) {
  void *addresses[3];
  for (uint32_t i = 0; i < step.work.range_count; ++i)
    addresses[i] = addressOf(stream.info, step.work.ranges[i], &submission);
  if (step.work.kind == SINTER_WORK_DISPATCH)
    execute(step.record, addresses);
  else if (step.work.kind == SINTER_WORK_COPY)
    memmove(addresses[1], addresses[0], size_t(step.work.ranges[0].length));
  else
    fill(step.work, static_cast<char *>(addresses[0]));
}

// A real device would be handed the recorded segment here, in one call, and work while the host goes on.
static sinter_code submit(sinter_prepared *prepared, const sinter_submission *submission, sinter_error *error) {
  sinter_stream &stream = *prepared->stream;
  const sinter_hooks &hooks = *stream.info.hooks;
  for (uint32_t i = 0; i < prepared->count; ++i) {
    const char *node = prepared->steps[i].work.node;
    if (submission->cancel && *submission->cancel)
      return fail(error, SINTER_E_CANCELLED, "the run was cancelled", 0, 0, node);
    uint64_t start = hooks.clock(hooks.user);
    if (submission->deadline && start > submission->deadline)
      return fail(error, SINTER_E_DEADLINE, "the run's deadline has passed", 0, 0, node);
    executeStep(stream, prepared->steps[i], *submission);
    if (submission->profile)
      submission->profile(submission->profile_user, i, start, hooks.clock(hooks.user));
  }
  stream.reached = submission->signal;
  return SINTER_OK;
}

// A real device would block here until its timeline gets there.
static sinter_code wait(sinter_stream *stream, uint64_t value, uint64_t, const volatile int32_t *,
                        sinter_error *error) {
  if (value <= stream->reached)
    return SINTER_OK;
  return fail(error, SINTER_E_DEVICE, "waiting for a value that was never submitted", int64_t(stream->reached),
              int64_t(value));
}

static sinter_code reset(sinter_stream *stream, uint64_t value, sinter_error *) {
  stream->reached = value;
  return SINTER_OK;
}

// --- the table -------------------------------------------------------------------------------------------------------

static const sinter_driver table = {sizeof(sinter_driver),
                                    SINTER_DRIVER_ABI,
                                    kDriver,
                                    enumerate,
                                    accept,
                                    verify,
                                    load,
                                    unload,
                                    requirements,
                                    open,
                                    close,
                                    prepare,
                                    release,
                                    submit,
                                    wait,
                                    reset,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr};

extern "C" const sinter_driver *sinter_null_driver(uint32_t host_abi, sinter_error *error) {
  if (host_abi >> 16 == SINTER_DRIVER_ABI >> 16)
    return &table;
  fail(error, SINTER_E_VERSION, "the null driver was built for another driver ABI", SINTER_DRIVER_ABI >> 16,
       host_abi >> 16);
  return nullptr;
}
