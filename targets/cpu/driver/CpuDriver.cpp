// The table of the CPU driver. One device: the host's processor.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Features.h"
#include "targets/cpu/driver/Stream.h"

#include "format/Format.h"
#include "support/DriverObjects.h"
#include "support/Structs.h"

using namespace sinter::cpu;
using namespace sinter::rt;

// What a kernel may use (see ../README.md), and the loader's own frames below it.
static constexpr uint64_t stackBytes = 64 * 1024 + 8 * 1024;

namespace {

/// See support/DriverObjects.h.
struct CpuDriver {
  using Executable = sinter::cpu::Executable;
  using Stream = sinter::cpu::Stream;
  using Segment = sinter::cpu::Prepared;
  static constexpr const char *title = "CPU";
};
using D = DriverObjects<CpuDriver>;

} // namespace

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

static sinter_code requirements(const sinter_executable *executable, uint32_t workers,
                                sinter_stream_requirements *requirements, sinter_error *error) {
  Checked scratch = Checked(of(executable).scratchBytes) * workers;
  if (!scratch.atMost(SIZE_MAX / 2))
    return Report(error).fail(SINTER_E_LIMIT, "scratch memory for % workers cannot be addressed", workers);
  requirements->scratch_bytes = scratch.value();
  requirements->stack_bytes = stackBytes;
  return SINTER_OK;
}

static const sinter_driver table = {sizeof(sinter_driver),
                                    SINTER_DRIVER_ABI,
                                    "cpu",
                                    enumerate,
                                    accept,
                                    verify,
                                    D::load,
                                    D::unload,
                                    requirements,
                                    D::open,
                                    D::close,
                                    D::prepare,
                                    D::release,
                                    D::submit,
                                    D::wait,
                                    D::reset,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr};

const sinter_driver *sinter_cpu_driver(uint32_t host_abi, sinter_error *error) {
  return D::entry(table, host_abi, error);
}
