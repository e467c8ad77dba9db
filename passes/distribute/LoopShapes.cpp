// Fewer operations and fewer, longer loops.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/distribute/LoopShapes.h"
#include "passes/distribute/WorkEstimate.h"

using namespace mlir;
using namespace sinter::distribute;

/// Merges a producer where it is computed once: its only consumer reads each element once, or it is cheap.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!producer || !consumer || !producer->hasOneUse())
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  bool readOnce = map.isPermutation();
  if (consumer.getNumReductionLoops() > 0)
    return readOnce;
  return readOnce || estimateNanoseconds(producer) / iterationCount(producer) < 0.5;
}

LogicalResult sinter::distribute::fuseElementwise(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
  linalg::populateInlineConstantOperandsPatterns(patterns);
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

/// Whether loops d and d + 1 are one loop in every operand: adjacent in order, or both absent.
static bool collapsible(linalg::GenericOp op, unsigned d) {
  if (op.getIteratorTypesArray()[d] != op.getIteratorTypesArray()[d + 1])
    return false;
  for (AffineMap map : op.getIndexingMapsArray()) {
    AffineExpr first = getAffineDimExpr(d, op.getContext()), second = getAffineDimExpr(d + 1, op.getContext());
    bool usesFirst = map.isFunctionOfDim(d), usesSecond = map.isFunctionOfDim(d + 1);
    if (!usesFirst && !usesSecond)
      continue;
    ArrayRef<AffineExpr> results = map.getResults();
    const AffineExpr *at = llvm::find(results, first);
    if (at == results.end() || at + 1 == results.end() || at[1] != second)
      return false;
  }
  return true;
}

LogicalResult sinter::distribute::collapseDims(RewriterBase &rewriter, linalg::GenericOp op) {
  if (op.hasIndexSemantics() || op.getNumLoops() < 2 ||
      llvm::any_of(op.getIndexingMapsArray(), [](AffineMap map) { return !map.isProjectedPermutation(); }))
    return success();
  SmallVector<ReassociationIndices> groups = {{0}};
  for (unsigned d = 1; d < op.getNumLoops(); ++d)
    if (collapsible(op, d - 1))
      groups.back().push_back(d);
    else
      groups.push_back({d});
  if (groups.size() == op.getNumLoops())
    return success();
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> result = linalg::collapseOpIterationDims(op, groups, rewriter);
  if (failed(result))
    return success();
  rewriter.replaceOp(op, result->results);
  return success();
}

LogicalResult sinter::distribute::dropUnitDims(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  linalg::ControlDropUnitDims options;
  linalg::populateFoldUnitExtentDimsPatterns(patterns, options);
  tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  linalg::FillOp::getCanonicalizationPatterns(patterns, func.getContext());
  // Reshapes that undo each other would hide a producer.
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, func.getContext());
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

LogicalResult sinter::distribute::foldEmptyReshapes(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  tensor::populateFoldTensorEmptyPatterns(patterns);
  linalg::FillOp::getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

Value sinter::distribute::throughReshapes(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}
