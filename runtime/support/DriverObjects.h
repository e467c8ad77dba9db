// What drivers have in common whose objects are C++ objects in memory of the host's allocator: the functions of their
// table that make objects, hand calls on to them and give them back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_DRIVEROBJECTS_H
#define SINTER_RUNTIME_SUPPORT_DRIVEROBJECTS_H

#include "support/Report.h"
#include "support/Text.h"

#include "sinter_driver.h"

#include <new>

namespace sinter::rt {

/// Memory for a T that is made by `new (…)`.
template <typename T> void *blockFor(const sinter_hooks &hooks) {
  return hooks.allocate(hooks.user, sizeof(T), alignof(T));
}

template <typename T> void dispose(const sinter_hooks &hooks, T *object) {
  object->~T();
  hooks.release(hooks.user, object, sizeof(T), alignof(T));
}

/// `Driver` names its types and itself: `Executable`, made from the hooks, with `hooks` and `load`; `Stream`, made from
/// its description, with `info`, `open`, `wait` and `reset`; `Segment`, made for a stream, with `stream`, `prepare` and
/// `submit`; and `title`, as in "the CPU driver". Handles are these objects' addresses.
template <typename Driver> struct DriverObjects {
  using Executable = typename Driver::Executable;
  using Stream = typename Driver::Stream;
  using Segment = typename Driver::Segment;

  static Executable &executableOf(const sinter_executable *handle) {
    return *reinterpret_cast<Executable *>(const_cast<sinter_executable *>(handle));
  }
  static Stream &streamOf(sinter_stream *handle) { return *reinterpret_cast<Stream *>(handle); }
  static Segment &segmentOf(sinter_prepared *handle) { return *reinterpret_cast<Segment *>(handle); }

  static sinter_code outOfMemory(Report &report) {
    return report.fail(SINTER_E_MEMORY, "no memory for the % driver's objects", Driver::title);
  }

  static sinter_code load(const sinter_hooks *hooks, uint32_t device, const sinter_code_image *code,
                          sinter_executable **handle, sinter_error *error) {
    return make<Executable>(*hooks, handle, error, *hooks,
                            [&](Executable &made, Report &report) { return made.load(device, *code, report); });
  }
  static void unload(sinter_executable *handle) { dispose(executableOf(handle).hooks, &executableOf(handle)); }

  static sinter_code open(const sinter_stream_info *info, sinter_stream **handle, sinter_error *error) {
    return make<Stream>(*info->hooks, handle, error, *info,
                        [](Stream &made, Report &report) { return made.open(report); });
  }
  static void close(sinter_stream *handle) { dispose(*streamOf(handle).info.hooks, &streamOf(handle)); }

  static sinter_code prepare(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **handle,
                             sinter_error *error) {
    return make<Segment>(*streamOf(stream).info.hooks, handle, error, streamOf(stream),
                         [&](Segment &made, Report &report) { return made.prepare(*segment, report); });
  }
  static void release(sinter_prepared *handle) { dispose(*segmentOf(handle).stream.info.hooks, &segmentOf(handle)); }

  static sinter_code submit(sinter_prepared *handle, const sinter_submission *submission, sinter_error *error) {
    Report report(error);
    return segmentOf(handle).submit(*submission, report);
  }
  static sinter_code wait(sinter_stream *handle, uint64_t value, uint64_t deadline, const volatile int32_t *cancel,
                          sinter_error *error) {
    Report report(error);
    return streamOf(handle).wait(value, deadline, cancel, report);
  }
  static sinter_code reset(sinter_stream *handle, uint64_t value, sinter_error *error) {
    Report report(error);
    return streamOf(handle).reset(value, report);
  }

  /// The driver's entry point: its table, for a loader of the same major version.
  static const sinter_driver *entry(const sinter_driver &table, uint32_t hostAbi, sinter_error *error) {
    if (hostAbi >> 16 == SINTER_DRIVER_ABI >> 16)
      return &table;
    Report(error)
        .limit(SINTER_DRIVER_ABI >> 16, hostAbi >> 16)
        .fail(SINTER_E_VERSION, "driver ABI %, the % driver has %", hostAbi >> 16, Driver::title,
              SINTER_DRIVER_ABI >> 16);
    return nullptr;
  }

private:
  /// A T made from `argument` and completed by `complete`; gone again where that fails.
  template <typename T, typename Handle, typename Argument, typename Complete>
  static sinter_code make(const sinter_hooks &hooks, Handle **handle, sinter_error *error, Argument &argument,
                          Complete complete) {
    Report report(error);
    void *block = blockFor<T>(hooks);
    if (!block)
      return outOfMemory(report);
    auto *made = new (block) T(argument);
    sinter_code result = complete(*made, report);
    if (result)
      dispose(hooks, made);
    else
      *handle = reinterpret_cast<Handle *>(made);
    return result;
  }
};

/// Whether code is of the driver's kernel ABI; `otherwise` is the failure where not.
inline sinter_code checkAbi(const sinter_code_image &code, uint32_t abi, sinter_code otherwise, Report &report) {
  if (code.abi == abi)
    return SINTER_OK;
  return report.limit(abi, code.abi).fail(otherwise, "code for kernel ABI %, this driver has %", code.abi, abi);
}

/// Whether code is for the driver's target and of its kernel ABI.
inline sinter_code checkTarget(const sinter_code_image &code, const char *target, uint32_t abi, Report &report) {
  if (!sameText(code.target, target))
    return report.fail(SINTER_E_UNSUPPORTED, "code for %, not for %", code.target, target);
  return checkAbi(code, abi, SINTER_E_UNSUPPORTED, report);
}

/// For devices with memory of their own, which is `Driver::Buffer`s: an executable's `createMemory`, `destroyBuffer`,
/// `write` and `read`.
template <typename Driver> struct DriverMemory : DriverObjects<Driver> {
  using Objects = DriverObjects<Driver>;
  using Buffer = typename Driver::Buffer;

  /// All scratch is the device's.
  static sinter_code requirements(const sinter_executable *, uint32_t, sinter_stream_requirements *requirements,
                                  sinter_error *) {
    requirements->scratch_bytes = 0;
    requirements->stack_bytes = 64 * 1024;
    return SINTER_OK;
  }

  /// The table, with what each driver does itself.
  static constexpr sinter_driver table(const char *name, decltype(sinter_driver::enumerate) enumerate,
                                       decltype(sinter_driver::accept) accept, decltype(sinter_driver::verify) verify) {
    return {sizeof(sinter_driver),
            SINTER_DRIVER_ABI,
            name,
            enumerate,
            accept,
            verify,
            Objects::load,
            Objects::unload,
            requirements,
            Objects::open,
            Objects::close,
            Objects::prepare,
            Objects::release,
            Objects::submit,
            Objects::wait,
            Objects::reset,
            allocate,
            deallocate,
            write,
            read};
  }

  static Buffer &bufferOf(const sinter_memory &memory) { return *reinterpret_cast<Buffer *>(uintptr_t(memory.handle)); }

  static sinter_code allocate(const sinter_executable *handle, const char *name, uint64_t bytes, uint64_t,
                              sinter_memory *memory, sinter_error *error) {
    Report report(error);
    typename Driver::Executable &executable = Objects::executableOf(handle);
    void *block = blockFor<Buffer>(executable.hooks);
    if (!block)
      return Objects::outOfMemory(report);
    auto *buffer = new (block) Buffer;
    void *host = nullptr;
    sinter_code result = executable.createMemory(name, bytes, buffer, &host, report);
    if (result)
      dispose(executable.hooks, buffer);
    else
      *memory = {host, uint64_t(uintptr_t(buffer)), bytes};
    return result;
  }
  static void deallocate(const sinter_executable *handle, sinter_memory *memory) {
    typename Driver::Executable &executable = Objects::executableOf(handle);
    executable.device.destroyBuffer(bufferOf(*memory));
    dispose(executable.hooks, &bufferOf(*memory));
    *memory = {};
  }

  static sinter_code write(const sinter_executable *handle, const sinter_memory *memory, uint64_t offset,
                           const void *data, uint64_t bytes, sinter_error *error) {
    Report report(error);
    return Objects::executableOf(handle).write(bufferOf(*memory), offset, data, bytes, report);
  }
  static sinter_code read(const sinter_executable *handle, const sinter_memory *memory, uint64_t offset, void *data,
                          uint64_t bytes, sinter_error *error) {
    Report report(error);
    return Objects::executableOf(handle).read(bufferOf(*memory), offset, data, bytes, report);
  }
};

/// The buffer behind a range of an arena, a constant or a state of a stream, which the range does not leave.
template <typename Stream, typename Buffer>
sinter_code findBuffer(const Stream &stream, const sinter_range &range, const Buffer **buffer, Report &report) {
  const sinter_memory *table = nullptr;
  uint32_t count = 0;
  *buffer = nullptr;
  switch (range.kind) {
  case SINTER_RANGE_CONSTANT:
    if (range.index < stream.executable.constantCount && stream.executable.constants[range.index].exists())
      *buffer = &stream.executable.constants[range.index];
    break;
  case SINTER_RANGE_ARENA:
    table = stream.info.arenas;
    count = stream.info.arena_count;
    break;
  case SINTER_RANGE_STATE:
    table = stream.info.states;
    count = stream.info.state_count;
    break;
  }
  if (range.index < count && table[range.index].handle)
    *buffer = reinterpret_cast<const Buffer *>(uintptr_t(table[range.index].handle));
  if (!*buffer)
    return report.fail(SINTER_E_UNSUPPORTED, "memory % of class % is not the device's", range.index, range.kind);
  if (range.offset > (*buffer)->size || range.length > (*buffer)->size - range.offset)
    return report.fail(SINTER_E_FORMAT, "a range leaves memory % of class %", range.index, range.kind);
  return SINTER_OK;
}

/// Why a run must stop now, or OK.
inline sinter_code mayGoOn(const sinter_hooks &hooks, uint64_t deadline, const volatile int32_t *cancel,
                           Report &report) {
  if (cancel && *cancel)
    return report.fail(SINTER_E_CANCELLED, "the run was cancelled");
  if (deadline && hooks.clock(hooks.user) > deadline)
    return report.fail(SINTER_E_DEADLINE, "the deadline passed");
  return SINTER_OK;
}

} // namespace sinter::rt

#endif
