// The code of Vulkan packages: what the compiler writes into a code section and the driver hands to the device.
//
// A variant's entry offset points at a KernelHeader, a multiple of 16; the kernel's SPIR-V follows it. Little-endian.
// The module has one entry point, with the storage buffers `binding` 0 … bindings − 1 of descriptor set 0.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_VULKANCODE_H
#define SINTER_TARGETS_GPU_VULKAN_VULKANCODE_H

#include <stdint.h>

namespace sinter::vulkan {

/// Kernel ABI number of the code sections.
constexpr uint32_t kCodeAbi = 1;

constexpr const char *kTarget = "gpu:vulkan";
constexpr const char *kDriver = "vulkan";

/// The memories of target.json: where kernels work, and what the host sees too.
constexpr const char *kDeviceMemory = "device";
constexpr const char *kStagingMemory = "staging";

/// The name of every entry point.
constexpr const char *kEntry = "main";

constexpr uint32_t kMagic = 0x4b4c5653; ///< "SVLK"

/// Workgroups along x at most; workgroup w is (w % kGridWidth, w / kGridWidth).
constexpr uint32_t kGridWidth = 65535;

/// Invocations of a subgroup at least, where a device has the feature "subgroup".
constexpr uint32_t kSubgroup = 8;

struct KernelHeader {
  uint32_t magic;
  uint32_t words;          ///< Of SPIR-V.
  uint32_t bindings;       ///< Storage buffers.
  uint32_t threads;        ///< Of a workgroup.
  uint32_t workgroupBytes; ///< Of workgroup memory.
  uint32_t reserved[3];    ///< Zero.
};
static_assert(sizeof(KernelHeader) == 32);

} // namespace sinter::vulkan

#endif
