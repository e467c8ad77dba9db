// See Executable.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/driver/Executable.h"
#include "targets/npu/hexagon/HexagonCode.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::hexagon {

static constexpr uint32_t kMostBindings = 256;

sinter_code checkCode(const sinter_code_image &code, Report &report) {
  report.at(int32_t(code.section), 0);
  if (code.length > Window::kBytes)
    return report.limit(Window::kBytes, int64_t(code.length))
        .fail(SINTER_E_LIMIT, "% bytes of code are more than the device sees", code.length);
  for (uint32_t i = 0; i < code.kernel_count; ++i) {
    const sinter_kernel &kernel = code.kernels[i];
    // An instruction is a word.
    if (kernel.entry >= code.length || kernel.entry % 4)
      return report.at(int32_t(code.section), kernel.entry)
          .fail(SINTER_E_FORMAT, "kernel '%' does not begin in the code", kernel.name);
    if (kernel.bindings > kMostBindings || kernel.outputs > kernel.bindings)
      return report.limit(kMostBindings, kernel.bindings)
          .fail(SINTER_E_FORMAT, "kernel '%' has % bindings", kernel.name, kernel.bindings);
  }
  return SINTER_OK;
}

sinter_code Executable::load(uint32_t, const sinter_code_image &image, Report &report) {
  if (sinter_code result = checkCode(image, report))
    return result;
  if (sinter_code result = window.open(report))
    return result;
  kernels = memory.array<Kernel>(image.kernel_count);
  constants = memory.array<Buffer>(image.constant_count);
  if ((!kernels && image.kernel_count) || (!constants && image.constant_count))
    return report.fail(SINTER_E_MEMORY, "no memory for the tables of % kernels", image.kernel_count);
  // Whole pages: what is executed is not written.
  uint64_t pages = (image.length + kPage - 1) / kPage * kPage;
  if (sinter_code result = window.allocate(pages, kPage, &code, report))
    return result;
  memcpy(code.host, image.data, size_t(image.length));
  kernelCount = image.kernel_count;
  for (uint32_t i = 0; i < kernelCount; ++i) {
    kernels[i] = {code.address + uint32_t(image.kernels[i].entry), image.kernels[i].bindings};
    scratchBytes = image.kernels[i].scratch > scratchBytes ? image.kernels[i].scratch : scratchBytes;
  }
  constantCount = image.constant_count;
  for (uint32_t i = 0; i < constantCount; ++i) {
    if (!image.constants_used[i])
      continue;
    const sinter_memory &constant = image.constants[i];
    if (sinter_code result = window.allocate(constant.size, kVectorBytes, &constants[i], report))
      return result;
    memcpy(constants[i].host, constant.host, size_t(constant.size));
  }
  return SINTER_OK;
}

sinter_code Executable::createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host,
                                     Report &report) const {
  if (strcmp(name, kDeviceMemory))
    return report.fail(SINTER_E_UNSUPPORTED, "Hexagon has no memory '%'", name);
  sinter_code code = window.allocate(bytes, kVectorBytes, buffer, report);
  *host = buffer->host;
  return code;
}

sinter_code Executable::write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, Report &) const {
  if (data)
    memcpy(buffer.host + offset, data, size_t(bytes));
  else
    memset(buffer.host + offset, 0, size_t(bytes));
  return SINTER_OK;
}

sinter_code Executable::read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, Report &) const {
  memcpy(data, buffer.host + offset, size_t(bytes));
  return SINTER_OK;
}

} // namespace sinter::hexagon
