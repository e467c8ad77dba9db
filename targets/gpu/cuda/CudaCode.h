// The code of CUDA packages: what the compiler writes into a code section and the driver hands to the device.
//
// GpuCode.h has the form. The ModuleHeader says where a PTX module with all kernels of the variant lies and, where the
// package was assembled too, a cubin with the same kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_CUDACODE_H
#define SINTER_TARGETS_GPU_CUDA_CUDACODE_H

#include "targets/gpu/GpuCode.h"

namespace sinter::cuda {

/// Kernel ABI number of the code sections.
constexpr uint32_t kCodeAbi = 1;

constexpr const char *kTarget = "gpu:cuda";
constexpr const char *kDriver = "cuda";

constexpr uint32_t kModuleMagic = 0x4d434e53; ///< "SNCM"

/// Workgroups along x at most. Every device since compute capability 3.0 has it.
constexpr uint32_t kGridWidth = 0x7fffffff;

/// Shared memory that every device has for a workgroup without asking for more.
constexpr uint32_t kMostWorkgroupBytes = 49152;

/// The start of a code section.
struct ModuleHeader {
  uint32_t magic;
  uint32_t kernels;
  uint64_t ptx;        ///< Offset of the text, which ends with a NUL.
  uint64_t ptxBytes;   ///< With the NUL.
  uint64_t cubin;      ///< Offset, a multiple of 16; 0 where there is none.
  uint64_t cubinBytes; ///< 0 where there is none.
  uint32_t capability; ///< Compute capability of the code, 80 for 8.0.
  uint32_t isExact;    ///< 1: it runs on that capability alone ("sm_90a"), 0: on later ones too.
  uint64_t reserved;   ///< Zero.
};
static_assert(sizeof(ModuleHeader) == 56);

} // namespace sinter::cuda

#endif
