// See DeviceDriver.h. The order of the functions is the order of the driver table.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/device/DeviceDriver.h"

#include "targets/null/driver/NullKernels.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string.h>
#include <thread>
#include <vector>

using namespace sinter::device;
using sinter::null::Record;

Control &sinter::device::control() {
  static Control instance;
  return instance;
}

void Control::reset() {
  failAllocation = failSubmission = loseAtWork = -1;
  hangs = givesNoHostPointer = false;
  largestMemory = uint64_t(1) << 30;
  submissions = overlapped = uploads = 0;
}

/// Counts down to a failure.
static bool isDue(std::atomic<int64_t> &counter) { return counter >= 0 && counter-- == 0; }

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

// --- memory of the device's own --------------------------------------------------------------------------------------

namespace {

/// What handles stand for. The loader and other drivers cannot reach it.
class Memories {
public:
  uint64_t add(uint64_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    // What was in it before is anything. Kernels of a CPU may bind what the host sees, and want it aligned.
    blocks[++last] = std::vector<Line>((bytes + sizeof(Line) - 1) / sizeof(Line), filled());
    sizes[last] = bytes;
    ++control().memories;
    return last;
  }
  void remove(uint64_t handle) {
    std::lock_guard<std::mutex> lock(mutex);
    control().memories -= int64_t(blocks.erase(handle));
    sizes.erase(handle);
  }
  /// NULL: no such memory, or the range leaves it.
  char *at(uint64_t handle, uint64_t offset, uint64_t length) {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = blocks.find(handle);
    bool inside = it != blocks.end() && offset <= sizes[handle] && length <= sizes[handle] - offset;
    return inside ? reinterpret_cast<char *>(it->second.data()) + offset : nullptr;
  }

private:
  struct alignas(64) Line {
    char bytes[64];
  };
  static Line filled() {
    Line line;
    memset(line.bytes, 0xa5, sizeof(line.bytes));
    return line;
  }

  std::mutex mutex;
  std::map<uint64_t, std::vector<Line>> blocks;
  std::map<uint64_t, uint64_t> sizes;
  uint64_t last = 1000; // No handle is an index into anything.
};

Memories &memories() {
  static Memories instance;
  return instance;
}

} // namespace

// --- objects ---------------------------------------------------------------------------------------------------------

// Types of our own in a namespace of our own: another driver in the same program has others behind
// the same handles.

namespace {

struct Executable {
  std::vector<Record> kernels;
  std::vector<uint64_t> constants; ///< Handles; 0 where the executable does not use the constant.
  ~Executable() {
    for (uint64_t handle : constants)
      if (handle)
        memories().remove(handle);
  }
};

struct Place {
  uint64_t handle;
  uint64_t offset;
  uint64_t length;
};

struct Step {
  sinter_work work;
  Record record; // Dispatches.
  std::vector<Place> places;
};

struct Stream;

struct Prepared {
  Stream *stream;
  std::vector<Step> steps;
};

/// A submission on its way. The queue's slots are made when the stream is opened: submitting
/// allocates nothing.
struct Job {
  Prepared *prepared;
  sinter_submission submission;
  uint64_t wait;
};

constexpr uint32_t kSlots = 64;

struct Stream {
  explicit Stream(const sinter_stream_info &info) : info(info), thread([this] { serve(); }) {}
  ~Stream() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      closing = true;
    }
    changed.notify_all();
    thread.join();
  }

  void serve();
  sinter_code execute(const Job &job, sinter_error &error) const;

  const sinter_stream_info info;
  std::mutex mutex;
  std::condition_variable changed;
  Job jobs[kSlots];
  uint64_t submitted = 0, finished = 0; ///< Jobs, counted.
  uint64_t reached = 0;                 ///< The timeline.
  std::atomic<bool> closing{false}, stopping{false};
  bool busy = false, lost = false;
  sinter_error failure = {}; ///< Of the first job that failed since the last reset.
  std::thread thread;        ///< Last: it uses the others.
};

const Executable &of(const sinter_executable *handle) { return *reinterpret_cast<const Executable *>(handle); }
Stream &of(sinter_stream *handle) { return *reinterpret_cast<Stream *>(handle); }
Prepared &of(sinter_prepared *handle) { return *reinterpret_cast<Prepared *>(handle); }

} // namespace

// --- which devices there are, and what they accept -------------------------------------------------------------------

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  if (index)
    return fail(error, SINTER_E_NOT_FOUND, "there is one test device");
  sinter_device_info result = {};
  result.size = info->size;
  strcpy(result.driver, kDriver);
  strcpy(result.name, "test device");
  strcpy(result.target, kTarget);
  strcpy(result.memory, kMemory);
  result.memory_bytes = control().largestMemory;
  memcpy(info, &result, info->size < sizeof(result) ? info->size : sizeof(result));
  return SINTER_OK;
}

static sinter_code accept(const sinter_hooks *, uint32_t device, const sinter_code_image *code, sinter_error *error) {
  if (device)
    return fail(error, SINTER_E_NOT_FOUND, "there is one test device");
  if (strcmp(code->target, kTarget))
    return fail(error, SINTER_E_UNSUPPORTED, "code for another target than the test device's");
  if (code->abi != sinter::null::kCodeAbi)
    return fail(error, SINTER_E_UNSUPPORTED, "code of another version", sinter::null::kCodeAbi, code->abi);
  if (code->feature_count)
    return fail(error, SINTER_E_UNSUPPORTED, "the test device has no optional features", 0, code->feature_count);
  return SINTER_OK;
}

// --- code ------------------------------------------------------------------------------------------------------------

static sinter_code readRecord(const sinter_code_image &code, uint32_t kernel, Record &record, sinter_error *error) {
  uint64_t entry = code.kernels[kernel].entry;
  if (entry % sizeof(Record) || code.length < sizeof(Record) || entry > code.length - sizeof(Record))
    return fail(error, SINTER_E_FORMAT, "a kernel's entry is not at a whole record", int64_t(code.length),
                int64_t(entry));
  memcpy(&record, static_cast<const char *>(code.data) + entry, sizeof(Record));
  if (!sinter::null::bindingsOf(record) || sinter::null::bindingsOf(record) != code.kernels[kernel].bindings)
    return fail(error, SINTER_E_FORMAT, "a record does not fit its kernel", 0, record.operation);
  return SINTER_OK;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  if (code->abi != sinter::null::kCodeAbi)
    return fail(error, SINTER_E_VERSION, "code of another version", sinter::null::kCodeAbi, code->abi);
  Record record;
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readRecord(*code, i, record, error))
      return result;
  return SINTER_OK;
}

static sinter_code load(const sinter_hooks *, uint32_t, const sinter_code_image *code, sinter_executable **executable,
                        sinter_error *error) {
  auto made = std::make_unique<Executable>();
  made->kernels.resize(code->kernel_count);
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readRecord(*code, i, made->kernels[i], error))
      return result;
  for (uint32_t i = 0; i < code->constant_count; ++i) {
    const sinter_memory &constant = code->constants[i];
    uint64_t handle = code->constants_used[i] ? memories().add(constant.size) : 0;
    if (handle) {
      memcpy(memories().at(handle, 0, constant.size), constant.host, constant.size);
      ++control().uploads;
    }
    made->constants.push_back(handle);
  }
  *executable = reinterpret_cast<sinter_executable *>(made.release());
  return SINTER_OK;
}

static void unload(sinter_executable *executable) { delete &of(executable); }

// --- streams ---------------------------------------------------------------------------------------------------------

static sinter_code requirements(const sinter_executable *, uint32_t, sinter_stream_requirements *requirements,
                                sinter_error *) {
  requirements->scratch_bytes = 0;
  requirements->stack_bytes = 4096;
  return SINTER_OK;
}

static sinter_code open(const sinter_stream_info *info, sinter_stream **stream, sinter_error *) {
  *stream = reinterpret_cast<sinter_stream *>(new Stream(*info));
  return SINTER_OK;
}

static void close(sinter_stream *stream) { delete &of(stream); }

// --- segments --------------------------------------------------------------------------------------------------------

/// Everything but the caller's buffers, which this device does not reach.
static bool placeOf(const sinter_stream_info &info, const sinter_range &range, Place &place) {
  const sinter_memory *table = range.kind == SINTER_RANGE_ARENA ? info.arenas : info.states;
  uint32_t size = range.kind == SINTER_RANGE_ARENA ? info.arena_count : info.state_count;
  place = {0, range.offset, range.length};
  if (range.kind == SINTER_RANGE_CONSTANT)
    place.handle = range.index < info.constant_count ? of(info.executable).constants[range.index] : 0;
  else if ((range.kind == SINTER_RANGE_ARENA || range.kind == SINTER_RANGE_STATE) && range.index < size)
    place.handle = table[range.index].handle;
  return memories().at(place.handle, place.offset, place.length);
}

static sinter_code prepareStep(const Stream &stream, const sinter_work &work, Step &step, sinter_error *error) {
  step.work = work;
  uint64_t needed = 0;
  if (work.kind == SINTER_WORK_DISPATCH) {
    const std::vector<Record> &kernels = of(stream.info.executable).kernels;
    if (work.kernel >= kernels.size() || work.range_count != sinter::null::bindingsOf(kernels[work.kernel]))
      return fail(error, SINTER_E_FORMAT, "a dispatch does not fit its kernel", 0, work.kernel, work.node);
    step.record = kernels[work.kernel];
    needed = sinter::null::bytesOf(step.record);
  }
  step.places.resize(work.range_count);
  for (uint32_t i = 0; i < work.range_count; ++i) {
    if (!placeOf(stream.info, work.ranges[i], step.places[i]))
      return fail(error, SINTER_E_UNSUPPORTED, "a range of memory that the device does not reach", 0,
                  work.ranges[i].kind, work.node);
    if (work.ranges[i].length < needed)
      return fail(error, SINTER_E_FORMAT, "a range is smaller than what its kernel uses", int64_t(needed),
                  int64_t(work.ranges[i].length), work.node);
  }
  return SINTER_OK;
}

static sinter_code prepare(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **prepared,
                           sinter_error *error) {
  auto made = std::make_unique<Prepared>();
  made->stream = &of(stream);
  made->steps.resize(segment->count);
  for (uint32_t i = 0; i < segment->count; ++i)
    if (sinter_code code = prepareStep(of(stream), segment->work[i], made->steps[i], error))
      return code;
  *prepared = reinterpret_cast<sinter_prepared *>(made.release());
  return SINTER_OK;
}

static void release(sinter_prepared *prepared) { delete &of(prepared); }

// --- running ---------------------------------------------------------------------------------------------------------

static uint64_t now(const sinter_stream_info &info) { return info.hooks->clock(info.hooks->user); }

static void executeStep(const Step &step) {
  void *addresses[3] = {};
  for (size_t i = 0; i < step.places.size() && i < 3; ++i)
    addresses[i] = memories().at(step.places[i].handle, step.places[i].offset, step.places[i].length);
  if (step.work.kind == SINTER_WORK_DISPATCH)
    sinter::null::execute(step.record, addresses);
  else if (step.work.kind == SINTER_WORK_COPY)
    memmove(addresses[1], addresses[0], step.places[0].length);
  else
    for (uint64_t at = 0; at < step.places[0].length; at += step.work.width)
      memcpy(static_cast<char *>(addresses[0]) + at, &step.work.pattern, step.work.width);
}

sinter_code Stream::execute(const Job &job, sinter_error &error) const {
  // A host that did not wait would be seen to read too early.
  std::this_thread::sleep_for(std::chrono::microseconds(200));
  const sinter_submission &submission = job.submission;
  for (uint32_t i = 0; i < job.prepared->steps.size(); ++i) {
    const Step &step = job.prepared->steps[i];
    while (control().hangs && !stopping && !closing)
      std::this_thread::yield();
    if (isDue(control().loseAtWork))
      return fail(&error, SINTER_E_DEVICE, "the device was lost", 0, 0, step.work.node);
    if (stopping || (submission.cancel && *submission.cancel))
      return fail(&error, SINTER_E_CANCELLED, "the run was cancelled", 0, 0, step.work.node);
    uint64_t start = now(info);
    if (submission.deadline && start > submission.deadline)
      return fail(&error, SINTER_E_DEADLINE, "the run's deadline has passed", 0, 0, step.work.node);
    executeStep(step);
    if (submission.profile)
      submission.profile(submission.profile_user, i, start, now(info));
  }
  return SINTER_OK;
}

void Stream::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return closing || finished < submitted; });
    if (closing)
      return;
    Job job = jobs[finished % kSlots];
    sinter_code code = failure.code ? SINTER_E_DEVICE : SINTER_OK; // After a failure nothing runs until a reset.
    if (!code && reached < job.wait)
      code = fail(&failure, SINTER_E_DEVICE, "work waits for what nothing before it signals", int64_t(reached),
                  int64_t(job.wait));
    if (!code) {
      sinter_error error = {};
      busy = true;
      lock.unlock();
      code = execute(job, error);
      lock.lock();
      busy = false;
      if (code)
        failure = error;
      lost |= code == SINTER_E_DEVICE;
    }
    ++finished;
    if (!code)
      reached = job.submission.signal;
    changed.notify_all();
  }
}

static sinter_code submit(sinter_prepared *prepared, const sinter_submission *submission, sinter_error *error) {
  Stream &stream = *of(prepared).stream;
  ++control().submissions;
  if (isDue(control().failSubmission))
    return fail(error, SINTER_E_DEVICE, "the device refused a submission");
  std::unique_lock<std::mutex> lock(stream.mutex);
  if (stream.lost)
    return fail(error, SINTER_E_DEVICE, "the device was lost");
  stream.changed.wait(lock, [&] { return stream.submitted - stream.finished < kSlots; });
  stream.jobs[stream.submitted++ % kSlots] = {&of(prepared), *submission,
                                              submission->wait_count ? submission->waits[0] : 0};
  lock.unlock();
  stream.changed.notify_all();
  lock.lock();
  control().overlapped += stream.reached < submission->signal;
  return SINTER_OK;
}

static sinter_code wait(sinter_stream *handle, uint64_t value, uint64_t deadline, const volatile int32_t *cancel,
                        sinter_error *error) {
  Stream &stream = of(handle);
  std::unique_lock<std::mutex> lock(stream.mutex);
  while (stream.reached < value) {
    if (stream.failure.code)
      return fail(error, sinter_code(stream.failure.code), stream.failure.text, 0, 0, stream.failure.node);
    if (stream.finished == stream.submitted)
      return fail(error, SINTER_E_DEVICE, "waiting for a value that was never submitted", int64_t(stream.reached),
                  int64_t(value));
    if (cancel && *cancel)
      return fail(error, SINTER_E_CANCELLED, "the run was cancelled");
    if (deadline && now(stream.info) > deadline)
      return fail(error, SINTER_E_DEADLINE, "the run's deadline has passed");
    stream.changed.wait_for(lock, std::chrono::milliseconds(1));
  }
  return SINTER_OK;
}

static sinter_code reset(sinter_stream *handle, uint64_t value, sinter_error *error) {
  Stream &stream = of(handle);
  std::unique_lock<std::mutex> lock(stream.mutex);
  stream.stopping = true;
  stream.changed.wait(lock, [&] { return !stream.busy && stream.finished == stream.submitted; });
  stream.stopping = false;
  if (stream.lost)
    return fail(error, SINTER_E_DEVICE, "the device was lost");
  stream.failure = {};
  stream.reached = value;
  return SINTER_OK;
}

// --- memory ----------------------------------------------------------------------------------------------------------

static sinter_code allocate(const sinter_executable *, const char *name, uint64_t bytes, uint64_t,
                            sinter_memory *memory, sinter_error *error) {
  bool isStaging = !strcmp(name, kStaging);
  if (!isStaging && strcmp(name, kMemory))
    return fail(error, SINTER_E_UNSUPPORTED, "memory of a name that the device does not have");
  if (bytes > control().largestMemory)
    return fail(error, SINTER_E_LIMIT, "more memory than can be bound at once", int64_t(control().largestMemory),
                int64_t(bytes));
  if (isDue(control().failAllocation))
    return fail(error, SINTER_E_MEMORY, "the device has no more memory", 0, int64_t(bytes));
  memory->handle = memories().add(bytes);
  memory->host = isStaging && !control().givesNoHostPointer ? memories().at(memory->handle, 0, bytes) : nullptr;
  return SINTER_OK;
}

static void deallocate(const sinter_executable *, sinter_memory *memory) { memories().remove(memory->handle); }

static sinter_code write(const sinter_executable *, const sinter_memory *memory, uint64_t offset, const void *data,
                         uint64_t bytes, sinter_error *error) {
  char *target = memories().at(memory->handle, offset, bytes);
  if (!target)
    return fail(error, SINTER_E_DEVICE, "a write leaves its memory", int64_t(memory->size), int64_t(offset + bytes));
  if (data)
    memcpy(target, data, bytes);
  else
    memset(target, 0, bytes);
  return SINTER_OK;
}

static sinter_code read(const sinter_executable *, const sinter_memory *memory, uint64_t offset, void *data,
                        uint64_t bytes, sinter_error *error) {
  const char *source = memories().at(memory->handle, offset, bytes);
  if (!source)
    return fail(error, SINTER_E_DEVICE, "a read leaves its memory", int64_t(memory->size), int64_t(offset + bytes));
  memcpy(data, source, bytes);
  return SINTER_OK;
}

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
                                    allocate,
                                    deallocate,
                                    write,
                                    read};

extern "C" const sinter_driver *sinter_test_device_driver(uint32_t host_abi, sinter_error *error) {
  if (host_abi >> 16 == SINTER_DRIVER_ABI >> 16)
    return &table;
  fail(error, SINTER_E_VERSION, "the test device's driver was built for another driver ABI", SINTER_DRIVER_ABI >> 16,
       host_abi >> 16);
  return nullptr;
}
