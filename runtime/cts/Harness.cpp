// See Harness.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Harness.h"

#include <chrono>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace sinter::cts;

static constexpr uint64_t bufferBytes = kElements * sizeof(float);

// --- hooks -----------------------------------------------------------------------------------------------------------

static CountingHooks &self(void *user) { return *static_cast<CountingHooks *>(user); }

static bool mayAllocate(CountingHooks &hooks) {
  hooks.violations += hooks.isForbidden;
  return hooks.allocations++ != hooks.failAt;
}

static void *allocate(void *user, size_t bytes, size_t alignment) {
  void *memory = nullptr;
  if (!mayAllocate(self(user)))
    return nullptr;
  if (posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes ? bytes : 1))
    return nullptr;
  ++self(user).outstanding;
  return memory;
}

static void release(void *user, void *memory, size_t, size_t) {
  if (memory)
    --self(user).outstanding;
  free(memory);
}

static int32_t map(void *user, sinter_map_request *request) {
  if (request->kind != SINTER_MAP_CODE || !mayAllocate(self(user)))
    return 1;
  uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
  request->extent = (request->length + page) / page * page;
  void *base = mmap(nullptr, request->extent, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return 1;
  request->base = request->data = base;
  ++self(user).outstanding;
  return 0;
}

static int32_t seal(void *, const sinter_map_request *request) {
  char *base = static_cast<char *>(request->base);
  if (mprotect(base, request->extent, PROT_READ | PROT_EXEC))
    return 1;
  __builtin___clear_cache(base, base + request->extent);
  return 0;
}

static void unmap(void *user, const sinter_map_request *request) {
  --self(user).outstanding;
  munmap(request->base, request->extent);
}

static uint64_t now(void *) {
  return uint64_t(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

/// One thread for each body; the last body runs first, to show that the order does not matter.
static void parallelFor(void *, uint32_t count, void (*body)(void *, uint32_t), void *data) {
  std::vector<std::thread> threads;
  for (uint32_t i = count; i-- > 0;)
    threads.emplace_back(body, data, i);
  for (std::thread &thread : threads)
    thread.join();
}

CountingHooks::CountingHooks() {
  hooks.size = sizeof(hooks);
  hooks.user = this;
  hooks.allocate = ::allocate;
  hooks.release = ::release;
  hooks.log = [](void *, int32_t, const char *) {};
  hooks.clock = now;
  hooks.map = ::map;
  hooks.seal = ::seal;
  hooks.unmap = ::unmap;
  hooks.yield = [](void *) { std::this_thread::yield(); };
}

// --- bench -----------------------------------------------------------------------------------------------------------

sinter_range sinter::cts::rangeOf(sinter_range_kind kind, uint32_t index) {
  return {uint8_t(kind), {0, 0, 0}, index, 0, bufferBytes};
}

static Floats someConstant() {
  Floats values(kElements);
  for (uint32_t i = 0; i < kElements; ++i)
    values[i] = 0.5f * float(i) - 3;
  return values;
}

Bench::Bench(CountingHooks &hooks, uint32_t workers)
    : hooks(hooks), subject(cts::subject()), constant(someConstant()), workers(workers) {
  error.size = sizeof(error);
  for (float *&buffer : input)
    buffer = static_cast<float *>(aligned_alloc(64, bufferBytes));
  output = static_cast<float *>(aligned_alloc(64, bufferBytes));
  for (uint32_t i = 0; i < kElements; ++i) {
    input[0][i] = float(i);
    input[1][i] = 1000 - 2 * float(i);
    output[i] = -1;
  }
  static const char *const names[] = {"copy", "add"};
  for (uint32_t i = 0; i < kKernelCount; ++i)
    kernels.push_back({names[i], 2 + i, 1, subject.entries[i], 0});
  image.size = sizeof(image);
  image.target = subject.target;
  image.variant = "conformance";
  image.abi = subject.abi;
  image.kernel_count = kKernelCount;
  image.kernels = kernels.data();
  image.data = subject.code.data();
  image.length = subject.code.size();
  constants[0] = {const_cast<float *>(constant.data()), 0, bufferBytes};
  image.constants = constants;
  image.constant_count = 1;
  image.constants_used = constantsUsed;
  image.memory = subject.memory;
}

Bench::~Bench() {
  if (stream)
    driver->close(stream);
  if (executable && hasOwnMemory()) {
    for (sinter_memory &memory : arenas)
      if (memory.size)
        driver->deallocate(executable, &memory);
    if (states[0].size)
      driver->deallocate(executable, &states[0]);
  }
  if (executable)
    driver->unload(executable);
  for (void *block : blocks)
    free(block);
  free(input[0]);
  free(input[1]);
  free(output);
}

sinter_code Bench::makeMemory() {
  auto make = [&](sinter_memory &memory) {
    if (!hasOwnMemory()) {
      blocks.push_back(aligned_alloc(64, bufferBytes));
      memory = {memset(blocks.back(), 0, bufferBytes), 0, bufferBytes};
      return SINTER_OK;
    }
    sinter_memory made = {};
    if (sinter_code code = driver->allocate(executable, subject.memory, bufferBytes, 64, &made, &error))
      return code;
    memory = {made.host, made.handle, bufferBytes};
    return driver->write(executable, &memory, 0, nullptr, bufferBytes, &error);
  };
  for (sinter_memory &memory : arenas)
    if (sinter_code code = make(memory))
      return code;
  return make(states[0]);
}

sinter_range Bench::reachable(sinter_range range) const {
  if (hasOwnMemory() && range.kind == SINTER_RANGE_INPUT)
    range.kind = SINTER_RANGE_ARENA, range.index += kFirstInput;
  else if (hasOwnMemory() && range.kind == SINTER_RANGE_OUTPUT)
    range.kind = SINTER_RANGE_ARENA, range.index = kOutput;
  return range;
}

sinter_code Bench::writeInputs() {
  for (uint32_t i = 0; hasOwnMemory() && i < 2; ++i)
    if (sinter_code code = driver->write(executable, &arenas[kFirstInput + i], 0, input[i], bufferBytes, &error))
      return code;
  return SINTER_OK;
}

sinter_code Bench::open() {
  driver = subject.entry(SINTER_DRIVER_ABI, &error);
  if (!driver)
    return sinter_code(error.code);
  // Code that a driver gets is aligned to 64.
  blocks.push_back(aligned_alloc(64, (subject.code.size() + 63) / 64 * 64));
  image.data = memcpy(blocks.back(), subject.code.data(), subject.code.size());
  if (sinter_code code = driver->load(&hooks.hooks, 0, &image, &executable, &error))
    return code;
  if (sinter_code code = makeMemory())
    return code;
  sinter_stream_requirements requirements = {sizeof(requirements), 0, 0};
  if (sinter_code code = driver->requirements(executable, workers, &requirements, &error))
    return code;
  blocks.push_back(aligned_alloc(64, (requirements.scratch_bytes + 64) / 64 * 64));
  sinter_stream_info info = {};
  info.size = sizeof(info);
  info.executable = executable;
  info.workers = workers;
  info.arena_count = kArenas;
  info.arenas = arenas;
  info.constants = constants;
  info.states = states;
  info.constant_count = 1;
  info.state_count = 1;
  info.scratch = blocks.back();
  info.hooks = &hooks.hooks;
  info.parallel_for = parallelFor;
  return driver->open(&info, &stream, &error);
}

void Bench::dispatch(uint32_t kernel, std::vector<sinter_range> bindings) {
  for (sinter_range &range : bindings)
    range = reachable(range);
  ranges.push_back(std::make_unique<std::vector<sinter_range>>(std::move(bindings)));
  sinter_work item = {};
  item.kind = SINTER_WORK_DISPATCH;
  item.kernel = kernel;
  item.grid = subject.grid;
  item.grid_scalar = -1;
  item.range_count = uint32_t(ranges.back()->size());
  item.ranges = ranges.back()->data();
  item.node = "node";
  work.push_back(item);
}

void Bench::copy(sinter_range source, sinter_range target) {
  dispatch(0, {source, target});
  work.back().kind = SINTER_WORK_COPY;
}

void Bench::fill(sinter_range target, uint64_t pattern, uint32_t width) {
  dispatch(0, {target});
  work.back().kind = SINTER_WORK_FILL;
  work.back().pattern = pattern;
  work.back().width = width;
}

sinter_code Bench::prepare(sinter_prepared **prepared) {
  sinter_segment segment = {sizeof(segment), work.data(), uint32_t(work.size()), 1};
  sinter_code code = driver->prepare(stream, &segment, prepared, &error);
  work.clear();
  return code;
}

sinter_code Bench::run(sinter_prepared *prepared, const volatile int32_t *cancel, uint64_t deadline) {
  void *inputs[] = {input[0], input[1]};
  void *outputs[] = {output};
  uint64_t before = timeline;
  sinter_submission submission = {};
  submission.size = sizeof(submission);
  submission.inputs = inputs;
  submission.outputs = outputs;
  submission.scalars = scalars;
  submission.waits = &before;
  submission.wait_count = before ? 1 : 0;
  submission.signal = ++timeline;
  submission.cancel = cancel;
  submission.deadline = deadline;
  if (profiles) {
    submission.profile = [](void *user, uint32_t index, uint64_t, uint64_t) {
      static_cast<Bench *>(user)->profiled.push_back(index);
    };
    submission.profile_user = this;
  }
  if (sinter_code code = writeInputs())
    return code;
  if (sinter_code code = driver->submit(prepared, &submission, &error))
    return code;
  if (sinter_code code = driver->wait(stream, timeline, deadline, cancel, &error))
    return code;
  return hasOwnMemory() ? driver->read(executable, &arenas[kOutput], 0, output, bufferBytes, &error) : SINTER_OK;
}

void Bench::writeArena(uint32_t arena, const Floats &values) {
  if (hasOwnMemory())
    driver->write(executable, &arenas[arena], 0, values.data(), bufferBytes, &error);
  else
    memcpy(arenas[arena].host, values.data(), bufferBytes);
}

Floats Bench::readArena(uint32_t arena) {
  Floats values(kElements);
  if (hasOwnMemory())
    driver->read(executable, &arenas[arena], 0, values.data(), bufferBytes, &error);
  else
    memcpy(values.data(), arenas[arena].host, bufferBytes);
  return values;
}
