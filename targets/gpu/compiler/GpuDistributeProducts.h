// The pass that makes the grids of matrix products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUDISTRIBUTEPRODUCTS_H
#define SINTER_TARGETS_GPU_COMPILER_GPUDISTRIBUTEPRODUCTS_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/compiler/GpuDistributeProducts.h.inc"
} // namespace sinter

#endif
