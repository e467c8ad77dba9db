// The pass that computes products on matrix units.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUMATRIXPRODUCTS_H
#define SINTER_TARGETS_GPU_COMPILER_GPUMATRIXPRODUCTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "targets/gpu/compiler/MatrixUnit.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/gpu/compiler/GpuMatrixProducts.h.inc"
/// With what a device has; it outlives the pass. `threads` are whole teams of each unit's lanes.
std::unique_ptr<mlir::Pass> createGpuMatrixProducts(const gpu::MatrixDevice &device, int64_t threads,
                                                    int64_t gridWidth);

} // namespace sinter

#endif
