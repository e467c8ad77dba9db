// See Executable.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/Executable.h"

#include <string.h>

using namespace sinter::rt;
using namespace sinter::gpu;
using namespace sinter::gpu;

static constexpr uint32_t mostBindings = 256;

bool sinter::gpu::isInside(const Platform &platform, const sinter_code_image &code, uint64_t offset, uint64_t bytes) {
  return offset % kPlaceAlignment == 0 && offset >= platform.moduleHeaderBytes && offset <= code.length &&
         bytes <= code.length - offset;
}

/// The header of kernel `index`, checked against the code's size and its kernel table. The module has `known` kernels.
static sinter_code readKernel(const Platform &platform, const sinter_code_image &code, uint32_t known, uint32_t index,
                              KernelHeader *header, Report &report) {
  const sinter_kernel &kernel = code.kernels[index];
  report.at(int32_t(code.section), kernel.entry);
  if (!isInside(platform, code, kernel.entry, sizeof(*header)))
    return report.fail(SINTER_E_FORMAT, "kernel '%' has no whole header", kernel.name);
  memcpy(header, static_cast<const uint8_t *>(code.data) + kernel.entry, sizeof(*header));
  if (header->magic != kKernelMagic || header->number >= known || !header->threads || header->reserved[0] ||
      header->reserved[1] || header->reserved[2])
    return report.fail(SINTER_E_FORMAT, "kernel '%' is no % kernel", kernel.name, platform.title);
  if (header->bindings != kernel.bindings || kernel.outputs > kernel.bindings || kernel.bindings > mostBindings)
    return report.limit(header->bindings, kernel.bindings)
        .fail(SINTER_E_FORMAT, "kernel '%' takes other bindings than its code", kernel.name);
  if (kernel.scratch)
    return report.fail(SINTER_E_FORMAT, "kernel '%' asks for worker scratch, which a GPU has none of", kernel.name);
  return SINTER_OK;
}

static sinter_code readModule(const Platform &platform, const sinter_code_image &code, uint32_t *known,
                              Report &report) {
  report.at(int32_t(code.section), 0);
  if (code.length < platform.moduleHeaderBytes)
    return report.fail(SINTER_E_FORMAT, "the code has no whole header");
  return platform.readModule(code, known, report);
}

sinter_code sinter::gpu::verify(const Platform &platform, const sinter_code_image &code, Report &report) {
  uint32_t known;
  if (sinter_code result = readModule(platform, code, &known, report))
    return result;
  KernelHeader header;
  for (uint32_t i = 0; i < code.kernel_count; ++i)
    if (sinter_code result = readKernel(platform, code, known, i, &header, report))
      return result;
  return SINTER_OK;
}

sinter_code Executable::load(uint32_t index, const sinter_code_image &code, Report &report) {
  uint32_t known;
  if (sinter_code result = readModule(device.platform, code, &known, report))
    return result;
  if (sinter_code result = device.open(index, report))
    return result;
  Device::Current current(device);
  kernels = memory.array<Kernel>(code.kernel_count);
  constants = memory.array<Buffer>(code.constant_count);
  if (!kernels || !constants)
    return report.fail(SINTER_E_MEMORY, "no memory for % kernels", code.kernel_count);
  if (sinter_code result = device.platform.loadModule(device.api, device.abilities, code, &module, report)) {
    module = nullptr;
    return result;
  }
  for (; kernelCount < code.kernel_count; ++kernelCount)
    if (sinter_code result = findKernel(code, known, kernelCount, report))
      return result;
  return upload(code, report);
}

sinter_code Executable::findKernel(const sinter_code_image &code, uint32_t known, uint32_t index, Report &report) {
  KernelHeader header;
  if (sinter_code result = readKernel(device.platform, code, known, index, &header, report))
    return result;
  const char *name = code.kernels[index].name;
  if (header.threads > uint32_t(device.abilities.threads) ||
      header.workgroupBytes > uint32_t(device.abilities.workgroupBytes))
    return report.limit(device.abilities.workgroupBytes, header.workgroupBytes)
        .fail(SINTER_E_UNSUPPORTED, "kernel '%' is too large a workgroup for the device", name);
  char function[16] = {kEntryPrefix};
  appendText(function, sizeof(function), "%", header.number);
  Kernel &kernel = kernels[index];
  kernel.bindings = header.bindings;
  kernel.threads = header.threads;
  if (Result result = device.api.ModuleGetFunction(&kernel.function, module, function))
    return device.api.failure(report, result, name);
  return SINTER_OK;
}

/// The constants that kernels use lie in the device's memory from now on.
sinter_code Executable::upload(const sinter_code_image &code, Report &report) {
  for (; constantCount < code.constant_count; ++constantCount) {
    if (!code.constants_used[constantCount])
      continue;
    const sinter_memory &source = code.constants[constantCount];
    Buffer &buffer = constants[constantCount];
    if (sinter_code result = device.createBuffer(source.size, /*forHost=*/false, &buffer, report))
      return result;
    Result result = source.size ? device.api.MemcpyHtoD(buffer.address, source.host, size_t(source.size)) : kSuccess;
    if (result) {
      ++constantCount; // It goes too.
      return device.api.failure(report, result, "cannot upload constants");
    }
  }
  Result result = device.settle();
  return result ? device.api.failure(report, result, "cannot upload constants") : SINTER_OK;
}

sinter_code Executable::createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host,
                                     Report &report) const {
  bool staging = !strcmp(name, kStagingMemory);
  if (!staging && strcmp(name, kDeviceMemory))
    return report.fail(SINTER_E_UNSUPPORTED, "a % device has no memory '%'", device.platform.title, name);
  if (sinter_code code = device.createBuffer(bytes, /*forHost=*/staging, buffer, report))
    return code;
  *host = buffer->host;
  return SINTER_OK;
}

sinter_code Executable::write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes,
                              Report &report) const {
  Device::Current current(device);
  Address target = buffer.address + offset;
  Result result = !bytes ? kSuccess
                  : data ? device.api.MemcpyHtoD(target, data, size_t(bytes))
                         : device.api.MemsetD8(target, 0, size_t(bytes));
  result = result ? result : device.settle();
  return result ? device.api.failure(report, result, "cannot write memory") : SINTER_OK;
}

sinter_code Executable::read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, Report &report) const {
  Device::Current current(device);
  Result result = bytes ? device.api.MemcpyDtoH(data, buffer.address + offset, size_t(bytes)) : kSuccess;
  return result ? device.api.failure(report, result, "cannot read memory") : SINTER_OK;
}

Executable::~Executable() {
  if (!kernels) // The device was not opened.
    return;
  Device::Current current(device);
  for (uint32_t i = 0; i < constantCount; ++i)
    device.destroyBuffer(constants[i]);
  if (module)
    device.api.ModuleUnload(module);
}
