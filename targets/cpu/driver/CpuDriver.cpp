// The table of the CPU driver. One device: the host's processor.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Features.h"
#include "targets/cpu/driver/Stream.h"

#include "format/Format.h"
#include "support/Structs.h"

#include <new>

using namespace sinter::cpu;
using namespace sinter::rt;

// What a kernel may use (see ../README.md), and the loader's own frames below it.
static constexpr uint64_t stackBytes = 64 * 1024 + 8 * 1024;

/// Memory for a T that is made by `new (…)`.
template <typename T> static void *blockFor(const sinter_hooks &hooks) {
  return hooks.allocate(hooks.user, sizeof(T), alignof(T));
}

template <typename T> static void dispose(const sinter_hooks &hooks, T *object) {
  object->~T();
  hooks.release(hooks.user, object, sizeof(T), alignof(T));
}

static sinter_code outOfMemory(sinter_error *error) {
  return Report(error).fail(SINTER_E_MEMORY, "no memory for the CPU driver's objects");
}

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  if (index)
    return Report(error).fail(SINTER_E_NOT_FOUND, "there is one CPU device");
  sinter_device_info result = {};
  appendText(result.driver, sizeof(result.driver), "cpu");
  appendText(result.target, sizeof(result.target), "%", hostTarget());
  appendText(result.memory, sizeof(result.memory), "host");
  describeProcessor(result.name, sizeof(result.name), result.features, sizeof(result.features));
  return writeStruct(info, result) ? SINTER_OK
                                   : Report(error).fail(SINTER_E_ARGUMENT, "device information of unknown size");
}

static sinter_code accept(const sinter_hooks *, uint32_t device, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (device)
    return report.fail(SINTER_E_NOT_FOUND, "there is one CPU device");
  if (strcmp(code->target, hostTarget()))
    return report.fail(SINTER_E_UNSUPPORTED, "code for %, this machine is %", code->target, hostTarget());
  if (code->abi != sinter::format::kCpuKernelAbi)
    return report.limit(sinter::format::kCpuKernelAbi, code->abi)
        .fail(SINTER_E_UNSUPPORTED, "code for kernel ABI %, this driver has %", code->abi,
              sinter::format::kCpuKernelAbi);
  for (uint32_t i = 0; i < code->feature_count; ++i)
    if (!hasFeature(code->features[i]))
      return report.fail(SINTER_E_UNSUPPORTED, "variant % needs %, which this processor lacks", code->variant,
                         code->features[i]);
  return SINTER_OK;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  return checkImage(*code, report);
}

static sinter_code load(const sinter_hooks *hooks, uint32_t, const sinter_code_image *code,
                        sinter_executable **executable, sinter_error *error) {
  void *block = blockFor<Executable>(*hooks);
  if (!block)
    return outOfMemory(error);
  Report report(error);
  auto *loaded = new (block) Executable(*hooks);
  sinter_code result = loaded->load(*code, report);
  if (result)
    dispose(*hooks, loaded);
  else
    *executable = reinterpret_cast<sinter_executable *>(loaded);
  return result;
}

static void unload(sinter_executable *executable) { dispose(of(executable).hooks, &of(executable)); }

static sinter_code requirements(const sinter_executable *executable, uint32_t workers,
                                sinter_stream_requirements *requirements, sinter_error *error) {
  Checked scratch = Checked(of(executable).scratchBytes) * workers;
  if (!scratch.atMost(SIZE_MAX / 2))
    return Report(error).fail(SINTER_E_LIMIT, "scratch memory for % workers cannot be addressed", workers);
  requirements->scratch_bytes = scratch.value();
  requirements->stack_bytes = stackBytes;
  return SINTER_OK;
}

static sinter_code open(const sinter_stream_info *info, sinter_stream **stream, sinter_error *error) {
  void *block = blockFor<Stream>(*info->hooks);
  if (!block)
    return outOfMemory(error);
  *stream = reinterpret_cast<sinter_stream *>(new (block) Stream(*info));
  return SINTER_OK;
}

static void close(sinter_stream *stream) { dispose(*of(stream).info.hooks, &of(stream)); }

static sinter_code prepare(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **prepared,
                           sinter_error *error) {
  const sinter_hooks &hooks = *of(stream).info.hooks;
  void *block = blockFor<Prepared>(hooks);
  if (!block)
    return outOfMemory(error);
  Report report(error);
  auto *made = new (block) Prepared(of(stream));
  sinter_code result = made->prepare(*segment, report);
  if (result)
    dispose(hooks, made);
  else
    *prepared = reinterpret_cast<sinter_prepared *>(made);
  return result;
}

static void release(sinter_prepared *prepared) { dispose(*of(prepared).stream.info.hooks, &of(prepared)); }

static sinter_code submit(sinter_prepared *prepared, const sinter_submission *submission, sinter_error *error) {
  Report report(error);
  return of(prepared).submit(*submission, report);
}

// Submission finishes the work before it returns, so a value that was submitted has been reached.
static sinter_code wait(sinter_stream *stream, uint64_t value, uint64_t, const volatile int32_t *,
                        sinter_error *error) {
  if (value <= of(stream).reached)
    return SINTER_OK;
  return Report(error)
      .limit(int64_t(of(stream).reached), int64_t(value))
      .fail(SINTER_E_DEVICE, "waiting for %, which was never submitted", value);
}

static sinter_code reset(sinter_stream *stream, uint64_t value, sinter_error *) {
  of(stream).reached = value;
  return SINTER_OK;
}

static const sinter_driver table = {sizeof(sinter_driver),
                                    SINTER_DRIVER_ABI,
                                    "cpu",
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

const sinter_driver *sinter_cpu_driver(uint32_t host_abi, sinter_error *error) {
  if (host_abi >> 16 == SINTER_DRIVER_ABI >> 16)
    return &table;
  Report(error)
      .limit(SINTER_DRIVER_ABI >> 16, host_abi >> 16)
      .fail(SINTER_E_VERSION, "driver ABI %, the CPU driver has %", host_abi >> 16, SINTER_DRIVER_ABI >> 16);
  return nullptr;
}
