// A rough model of what linalg operations cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/distribute/WorkEstimate.h"

using namespace mlir;
using namespace sinter::distribute;

double sinter::distribute::iterationCount(linalg::LinalgOp op) {
  double count = 1;
  for (int64_t range : op.getStaticLoopRanges())
    count *= ShapedType::isDynamic(range) ? 1 : range;
  return count;
}

/// Vectorized throughput of one body operation.
static double bodyNanoseconds(Operation &op) {
  if (isa<math::AbsFOp, math::SqrtOp, math::FloorOp, math::CeilOp, math::RoundEvenOp>(op))
    return 0.1;
  if (isa<math::PowFOp>(op))
    return 2;
  if (isa<math::MathDialect>(op.getDialect()))
    return 0.7;
  if (isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::RemFOp>(op))
    return 0.4;
  return 0.03;
}

double sinter::distribute::estimateNanoseconds(linalg::LinalgOp op) {
  double each = op.getNumReductionLoops() ? 0.02 : 0.08 * op->getNumOperands();
  for (Operation &inner : op.getBlock()->without_terminator())
    each += bodyNanoseconds(inner);
  return each * iterationCount(op);
}

double sinter::distribute::copyNanoseconds(RankedTensorType type) { return 0.16 * type.getNumElements(); }
