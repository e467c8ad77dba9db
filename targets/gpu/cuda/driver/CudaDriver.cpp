// The table of the CUDA driver.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/driver/Stream.h"

#include "support/DriverObjects.h"
#include "support/Structs.h"

using namespace sinter::rt;
using namespace sinter::cuda;
using namespace sinter::gpu;

namespace {

/// See support/DriverObjects.h.
struct CudaDriver {
  using Executable = sinter::cuda::Executable;
  using Stream = sinter::cuda::Stream;
  using Segment = sinter::cuda::Segment;
  using Buffer = sinter::cuda::Buffer;
  static constexpr const char *title = "CUDA";
};
using D = DriverMemory<CudaDriver>;

} // namespace

/// What the index-th device is; nothing stays open.
static sinter_code describe(uint32_t index, Abilities *abilities, Report &report) {
  Api api;
  if (sinter_code code = api.open(report))
    return code;
  DeviceNumber device;
  sinter_code code = describe(api, index, &device, abilities, report);
  api.close();
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
  appendText(result.name, sizeof(result.name), "%", abilities.name);
  listFeatures(abilities, result.features, sizeof(result.features));
  result.memory_bytes = abilities.memoryBytes;
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
      result = report.limit(abilities.capability(), 0)
                   .fail(SINTER_E_UNSUPPORTED, "variant % needs %, the device is of compute capability %.%",
                         code->variant, code->features[i], abilities.major, abilities.minor);
  return result;
}

static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
  Report report(error);
  if (code->abi != kCodeAbi)
    return report.limit(kCodeAbi, code->abi)
        .fail(SINTER_E_VERSION, "code for kernel ABI %, this driver has %", code->abi, kCodeAbi);
  ModuleHeader module;
  if (sinter_code result = readModule(*code, &module, report))
    return result;
  KernelHeader header;
  for (uint32_t i = 0; i < code->kernel_count; ++i)
    if (sinter_code result = readKernel(*code, module, i, &header, report))
      return result;
  return SINTER_OK;
}

static sinter_code requirements(const sinter_executable *, uint32_t, sinter_stream_requirements *requirements,
                                sinter_error *) {
  requirements->scratch_bytes = 0;
  requirements->stack_bytes = 64 * 1024;
  return SINTER_OK;
}

static const sinter_driver table = {
    sizeof(sinter_driver), SINTER_DRIVER_ABI, kDriver,  enumerate,  accept,     verify,    D::load, D::unload,
    requirements,          D::open,           D::close, D::prepare, D::release, D::submit, D::wait, D::reset,
    D::allocate,           D::deallocate,     D::write, D::read};

extern "C" const sinter_driver *sinter_cuda_driver(uint32_t host_abi, sinter_error *error) {
  return D::entry(table, host_abi, error);
}
