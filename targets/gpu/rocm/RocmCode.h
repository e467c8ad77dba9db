// The code of ROCm packages: what the compiler writes into a code section and the driver hands to the device.
//
// GpuCode.h has the form. The ModuleHeader says where a code object with all kernels of the variant lies: an ELF file
// as HIP loads it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_ROCMCODE_H
#define SINTER_TARGETS_GPU_ROCM_ROCMCODE_H

#include "targets/gpu/GpuCode.h"

namespace sinter::rocm {

/// Kernel ABI number of the code sections.
constexpr uint32_t kCodeAbi = 1;

constexpr const char *kTarget = "gpu:rocm";
constexpr const char *kDriver = "rocm";

constexpr uint32_t kModuleMagic = 0x4d524e53; ///< "SNRM"

/// Workgroups along x at most: HIP counts threads in 32 bits, and a workgroup may have 1024.
constexpr uint32_t kGridWidth = 0x3fffff;

/// Local memory that every device has for a workgroup.
constexpr uint32_t kMostWorkgroupBytes = 65536;

/// The start of a code section.
struct ModuleHeader {
  uint32_t magic;
  uint32_t kernels;
  uint64_t object; ///< Offset of the code object.
  uint64_t objectBytes;
  uint64_t reserved; ///< Zero.
};
static_assert(sizeof(ModuleHeader) == 32);

} // namespace sinter::rocm

#endif
