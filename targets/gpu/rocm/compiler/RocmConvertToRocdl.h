// The pass that turns GPU kernels into the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_COMPILER_ROCMCONVERTTOROCDL_H
#define SINTER_TARGETS_GPU_ROCM_COMPILER_ROCMCONVERTTOROCDL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/rocm/compiler/RocmConvertToRocdl.h.inc"
} // namespace sinter

#endif
