// A rough model of what linalg operations cost, to decide how finely a kernel is split.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_DISTRIBUTE_WORKESTIMATE_H
#define SINTER_PASSES_DISTRIBUTE_WORKESTIMATE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace sinter::distribute {

/// More workgroups than this balance no better on a CPU.
constexpr int64_t largestGrid = 64;

/// How finely a device wants kernels split.
struct GridGoal {
  double workgroupNanoseconds; ///< A workgroup is worth starting from this much work on.
  int64_t largest;             ///< More workgroups than this balance no better.
  int64_t granule;             ///< The innermost dimension is cut at multiples of this, so that vectors stay whole.
};

/// Iterations of the operation's loop nest; shapes are static.
double iterationCount(mlir::linalg::LinalgOp op);

/// Nanoseconds of one core, for an ordinary processor. Depends on nothing but the operation.
double estimateNanoseconds(mlir::linalg::LinalgOp op);

/// The same for writing a tensor whose elements lie elsewhere in memory.
double copyNanoseconds(mlir::RankedTensorType type);

} // namespace sinter::distribute

#endif
