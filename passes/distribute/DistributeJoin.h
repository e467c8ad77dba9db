// Splitting kernels that only put arguments beside each other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_DISTRIBUTE_DISTRIBUTEJOIN_H
#define SINTER_PASSES_DISTRIBUTE_DISTRIBUTEJOIN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/distribute/WorkEstimate.h"

namespace sinter::distribute {

/// Splits a concatenation or padding into workgroups along a dimension that all pieces share. The grid; 1 when the
/// kernel is none, or too small.
int64_t distributeJoin(mlir::RewriterBase &rewriter, mlir::func::FuncOp func, const GridGoal &goal);

} // namespace sinter::distribute

#endif
