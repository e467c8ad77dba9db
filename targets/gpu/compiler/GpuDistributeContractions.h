// The pass that makes the grids of contractions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUDISTRIBUTECONTRACTIONS_H
#define SINTER_TARGETS_GPU_COMPILER_GPUDISTRIBUTECONTRACTIONS_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/compiler/GpuDistributeContractions.h.inc"
} // namespace sinter

#endif
