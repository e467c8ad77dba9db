// See Executable.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Executable.h"

#include "format/Format.h"

using namespace sinter::cpu;
using namespace sinter::rt;

static constexpr uint64_t maxScratchBytes = uint64_t(1) << 40;

sinter_code sinter::cpu::checkImage(const sinter_code_image &image, Report &report) {
  report.at(int32_t(image.section), 0);
  if (image.abi != sinter::format::kCpuKernelAbi)
    return report.limit(sinter::format::kCpuKernelAbi, image.abi)
        .fail(SINTER_E_VERSION, "code is for kernel ABI %, this driver has %", image.abi,
              sinter::format::kCpuKernelAbi);
  for (uint32_t i = 0; i < image.kernel_count; ++i) {
    const sinter_kernel &kernel = image.kernels[i];
    if (kernel.entry >= image.length)
      return report.at(int32_t(image.section), kernel.entry)
          .fail(SINTER_E_FORMAT, "kernel '%' begins behind the end of its code", kernel.name);
    if (kernel.scratch > maxScratchBytes || kernel.outputs > kernel.bindings)
      return report.fail(SINTER_E_FORMAT, "kernel '%' has impossible needs", kernel.name);
  }
  return SINTER_OK;
}

sinter_code Executable::load(uint32_t, const sinter_code_image &image, Report &report) {
  if (sinter_code code = checkImage(image, report))
    return code;
  if (!hooks.map || !hooks.seal || !hooks.unmap)
    return report.fail(SINTER_E_UNSUPPORTED, "there is no map hook, and code needs executable pages");
  sinter_map_request request = {};
  request.size = sizeof(request);
  request.kind = SINTER_MAP_CODE;
  request.fd = -1;
  request.length = image.length;
  if (hooks.map(hooks.user, &request))
    return report.fail(SINTER_E_MEMORY, "no pages for % bytes of code", image.length);
  pages = request;
  memcpy(pages.data, image.data, size_t(image.length));
  if (hooks.seal(hooks.user, &pages))
    return report.fail(SINTER_E_MEMORY, "the system does not let pages become executable");

  kernels = memory.array<CpuKernel>(image.kernel_count);
  if (!kernels)
    return report.fail(SINTER_E_MEMORY, "no memory for % kernels", image.kernel_count);
  kernelCount = image.kernel_count;
  for (uint32_t i = 0; i < kernelCount; ++i) {
    const sinter_kernel &kernel = image.kernels[i];
    uint8_t *entry = static_cast<uint8_t *>(pages.data) + kernel.entry;
    kernels[i] = {reinterpret_cast<KernelFunction>(entry), kernel.bindings, kernel.outputs};
    uint64_t scratch = Checked(kernel.scratch).alignedTo(64).value();
    scratchBytes = scratch > scratchBytes ? scratch : scratchBytes;
  }
  return SINTER_OK;
}

Executable::~Executable() {
  if (pages.base)
    hooks.unmap(hooks.user, &pages);
}
