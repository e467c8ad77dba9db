// The pass that turns GPU kernels into SPIR-V.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_COMPILER_VULKANCONVERTTOSPIRV_H
#define SINTER_TARGETS_GPU_VULKAN_COMPILER_VULKANCONVERTTOSPIRV_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/vulkan/compiler/VulkanConvertToSpirv.h.inc"
} // namespace sinter

#endif
