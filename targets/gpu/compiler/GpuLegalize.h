// The pass that leaves only what shading languages have.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPULEGALIZE_H
#define SINTER_TARGETS_GPU_COMPILER_GPULEGALIZE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/compiler/GpuLegalize.h.inc"
} // namespace sinter

#endif
