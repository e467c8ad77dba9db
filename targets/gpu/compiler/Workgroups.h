// Which workgroup of the grid this is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_WORKGROUPS_H
#define SINTER_TARGETS_GPU_COMPILER_WORKGROUPS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sinter::gpu {

/// This workgroup's number, and how many there are: at least `total`, for rows of `gridWidth` are whole.
std::pair<mlir::Value, int64_t> numberWorkgroup(mlir::OpBuilder &b, mlir::Location loc, int64_t total,
                                                int64_t gridWidth);

/// A branch that workgroups from number `total` on do not take.
mlir::scf::IfOp onlyWorkgroupsBelow(mlir::OpBuilder &b, mlir::Location loc, mlir::Value number, int64_t total);

} // namespace sinter::gpu

#endif
