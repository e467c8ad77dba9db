// What code sections of GPUs have in common that a driver hands to a vendor's library whole: a module with all kernels,
// found by their names, and a header for each.
//
// A section begins with a header of the target's own, which says where the module lies. A kernel's entry offset points
// at a KernelHeader, a multiple of 16. Little-endian. A kernel's parameters are pointers to its bindings, in order; w
// of its workgroups is block (w % width, w / width), where the target says how wide a grid is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_GPUCODE_H
#define SINTER_TARGETS_GPU_GPUCODE_H

#include <stdint.h>

namespace sinter::gpu {

/// The memories of target.json: where kernels work, and what the host sees too.
constexpr const char *kDeviceMemory = "device";
constexpr const char *kStagingMemory = "staging";

/// Kernel n is the function "k<n>" of the module.
constexpr char kEntryPrefix = 'k';

constexpr uint32_t kKernelMagic = 0x4b434e53; ///< "SNCK"

/// Of a module and of a kernel's header in the section.
constexpr uint32_t kPlaceAlignment = 16;

struct KernelHeader {
  uint32_t magic;
  uint32_t number;         ///< In the module: "k<number>".
  uint32_t bindings;       ///< Pointers that it takes.
  uint32_t threads;        ///< Of a workgroup.
  uint32_t workgroupBytes; ///< Of workgroup memory, static.
  uint32_t reserved[3];    ///< Zero.
};
static_assert(sizeof(KernelHeader) == 32);

} // namespace sinter::gpu

#endif
