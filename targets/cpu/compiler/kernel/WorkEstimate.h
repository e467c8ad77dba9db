// A rough model of what linalg operations cost, to decide how finely a kernel is split.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_WORKESTIMATE_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_WORKESTIMATE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace sinter::cpu {

/// Iterations of the operation's loop nest; shapes are static.
double iterationCount(mlir::linalg::LinalgOp op);

/// Nanoseconds of one core, for an ordinary processor. Depends on nothing but the operation.
double estimateNanoseconds(mlir::linalg::LinalgOp op);

} // namespace sinter::cpu

#endif
