// The table of the Vulkan driver.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Stream.h"

#include "support/Structs.h"

#include <new>

using namespace sinter::rt;
using namespace sinter::vulkan;

template <typename T> static void *blockFor(const sinter_hooks &hooks) {
  return hooks.allocate(hooks.user, sizeof(T), alignof(T));
}

template <typename T> static void dispose(const sinter_hooks &hooks, T *object) {
  object->~T();
  hooks.release(hooks.user, object, sizeof(T), alignof(T));
}

static sinter_code outOfMemory(sinter_error *error) {
  return Report(error).fail(SINTER_E_MEMORY, "no memory for the Vulkan driver's objects");
}

/// What the index-th device can do; nothing stays open.
static sinter_code describe(uint32_t index, Abilities *abilities, Report &report) {
  Instance instance;
  if (sinter_code code = instance.open(report))
    return code;
  VkPhysicalDevice device;
  sinter_code code = findDevice(instance, index, &device, abilities, report);
  instance.close();
  return code;
}

static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
  Report report(error);
  Abilities abilities;
  if (sinter_code code = describe(index, &abilities, report))
    return code;
  sinter_device_info result = {};
  appendText(result.driver, sizeof(result.driver), "%", kDriver);
  appendText(result.target, sizeof(result.target), "%", kTarget);
  appendText(result.memory, sizeof(result.memory), "%", kDeviceMemory);
  appendText(result.name, sizeof(result.name), "%", abilities.properties.deviceName);
  listFeatures(abilities, result.features, sizeof(result.features));
  return writeStruct(info, result) ? SINTER_OK : report.fail(SINTER_E_ARGUMENT, "device information of unknown size");
}

static sinter_code accept(const sinter_hooks *, uint32_t index, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (strcmp(code->target, kTarget))
    return report.fail(SINTER_E_UNSUPPORTED, "code for %, not for %", code->target, kTarget);
  if (code->abi != kCodeAbi)
    return report.limit(kCodeAbi, code->abi)
        .fail(SINTER_E_UNSUPPORTED, "code for kernel ABI %, this driver has %", code->abi, kCodeAbi);
  Abilities abilities;
  sinter_code result = describe(index, &abilities, report);
  for (uint32_t i = 0; !result && i < code->feature_count; ++i)
    if (!hasFeature(abilities, code->features[i]))
      result = report.fail(SINTER_E_UNSUPPORTED, "variant % needs %, which the device lacks", code->variant,
                           code->features[i]);
  return result;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (code->abi != kCodeAbi)
    return report.limit(kCodeAbi, code->abi)
        .fail(SINTER_E_VERSION, "code for kernel ABI %, this driver has %", code->abi, kCodeAbi);
  KernelHeader header;
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readHeader(*code, i, &header, report))
      return result;
  return SINTER_OK;
}

static sinter_code load(const sinter_hooks *hooks, uint32_t device, const sinter_code_image *code,
                        sinter_executable **executable, sinter_error *error) {
  void *block = blockFor<Executable>(*hooks);
  if (!block)
    return outOfMemory(error);
  Report report(error);
  auto *loaded = new (block) Executable(*hooks);
  sinter_code result = loaded->load(device, *code, report);
  if (result)
    dispose(*hooks, loaded);
  else
    *executable = reinterpret_cast<sinter_executable *>(loaded);
  return result;
}

static void unload(sinter_executable *executable) {
  Executable &loaded = mutableOf(executable);
  dispose(loaded.hooks, &loaded);
}

static sinter_code requirements(const sinter_executable *, uint32_t, sinter_stream_requirements *requirements,
                                sinter_error *) {
  requirements->scratch_bytes = 0;
  requirements->stack_bytes = 64 * 1024;
  return SINTER_OK;
}

static Stream &streamOf(sinter_stream *stream) { return *reinterpret_cast<Stream *>(stream); }
static Segment &segmentOf(sinter_prepared *prepared) { return *reinterpret_cast<Segment *>(prepared); }

static sinter_code open(const sinter_stream_info *info, sinter_stream **stream, sinter_error *error) {
  void *block = blockFor<Stream>(*info->hooks);
  if (!block)
    return outOfMemory(error);
  Report report(error);
  auto *made = new (block) Stream(*info);
  sinter_code result = made->open(report);
  if (result)
    dispose(*info->hooks, made);
  else
    *stream = reinterpret_cast<sinter_stream *>(made);
  return result;
}

static void close(sinter_stream *stream) { dispose(*streamOf(stream).info.hooks, &streamOf(stream)); }

static sinter_code prepare(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **prepared,
                           sinter_error *error) {
  const sinter_hooks &hooks = *streamOf(stream).info.hooks;
  void *block = blockFor<Segment>(hooks);
  if (!block)
    return outOfMemory(error);
  Report report(error);
  auto *made = new (block) Segment(streamOf(stream));
  sinter_code result = made->prepare(*segment, report);
  if (result)
    dispose(hooks, made);
  else
    *prepared = reinterpret_cast<sinter_prepared *>(made);
  return result;
}

static void release(sinter_prepared *prepared) {
  dispose(*segmentOf(prepared).stream.info.hooks, &segmentOf(prepared));
}

static sinter_code submit(sinter_prepared *prepared, const sinter_submission *submission, sinter_error *error) {
  Report report(error);
  return segmentOf(prepared).submit(*submission, report);
}

static sinter_code wait(sinter_stream *stream, uint64_t value, uint64_t deadline, const volatile int32_t *cancel,
                        sinter_error *error) {
  Report report(error);
  return streamOf(stream).wait(value, deadline, cancel, report);
}

static sinter_code reset(sinter_stream *stream, uint64_t value, sinter_error *error) {
  Report report(error);
  return streamOf(stream).reset(value, report);
}

//===--- memory
//-------------------------------------------------------------------------------------------------------===//

static sinter_code allocate(const sinter_executable *executable, const char *name, uint64_t bytes, uint64_t,
                            sinter_memory *memory, sinter_error *error) {
  Report report(error);
  const Device &device = of(executable).device;
  bool staging = !strcmp(name, kStagingMemory);
  uint64_t largest = device.abilities.properties.limits.maxStorageBufferRange;
  if (!staging && strcmp(name, kDeviceMemory))
    return report.fail(SINTER_E_UNSUPPORTED, "a Vulkan device has no memory '%'", name);
  if (!staging && bytes > largest)
    return report.limit(int64_t(largest), int64_t(bytes))
        .fail(SINTER_E_LIMIT, "% bytes of memory at once, the device binds at most %", bytes, largest);
  void *block = blockFor<Buffer>(of(executable).hooks);
  if (!block)
    return outOfMemory(error);
  auto *buffer = new (block) Buffer;
  if (sinter_code result = device.createBuffer(bytes, /*forHost=*/staging, buffer, report)) {
    dispose(of(executable).hooks, buffer);
    return result;
  }
  *memory = {staging ? buffer->host : nullptr, uint64_t(uintptr_t(buffer)), bytes};
  return SINTER_OK;
}

static Buffer &bufferOf(const sinter_memory &memory) { return *reinterpret_cast<Buffer *>(uintptr_t(memory.handle)); }

static void deallocate(const sinter_executable *executable, sinter_memory *memory) {
  of(executable).device.destroyBuffer(bufferOf(*memory));
  dispose(of(executable).hooks, &bufferOf(*memory));
  *memory = {};
}

static sinter_code write(const sinter_executable *executable, const sinter_memory *memory, uint64_t offset,
                         const void *data, uint64_t bytes, sinter_error *error) {
  Report report(error);
  return mutableOf(executable).write(bufferOf(*memory), offset, data, bytes, report);
}

static sinter_code read(const sinter_executable *executable, const sinter_memory *memory, uint64_t offset, void *data,
                        uint64_t bytes, sinter_error *error) {
  Report report(error);
  return mutableOf(executable).read(bufferOf(*memory), offset, data, bytes, report);
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

extern "C" const sinter_driver *sinter_vulkan_driver(uint32_t host_abi, sinter_error *error) {
  if (host_abi >> 16 == SINTER_DRIVER_ABI >> 16)
    return &table;
  Report(error)
      .limit(SINTER_DRIVER_ABI >> 16, host_abi >> 16)
      .fail(SINTER_E_VERSION, "driver ABI %, the Vulkan driver has %", host_abi >> 16, SINTER_DRIVER_ABI >> 16);
  return nullptr;
}
