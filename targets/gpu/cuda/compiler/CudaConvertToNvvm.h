// The pass that turns GPU kernels into the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_CUDACONVERTTONVVM_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_CUDACONVERTTONVVM_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/cuda/compiler/CudaConvertToNvvm.h.inc"
} // namespace sinter

#endif
