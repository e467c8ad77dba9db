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

/// The consumer's loop that goes along the producer's loop `d`, if one does.
static std::optional<unsigned> loopBehind(Chain chain, unsigned d) {
  AffineMap written = chain.producer.getIndexingMapsArray().back();
  OpOperand *read = nullptr;
  for (OpOperand *input : chain.consumer.getDpsInputOperands())
    if (input->get() == chain.producer.getResult(0))
      read = input;
  for (auto [expr, place] : llvm::zip(written.getResults(), chain.consumer.getMatchingIndexingMap(read).getResults()))
    if (expr == getAffineDimExpr(d, chain.producer.getContext()))
      return cast<AffineDimExpr>(place).getPosition();
  return std::nullopt;
}

/// Whether loops d and d + 1 of the producer are one loop in both operations.
static bool collapsible(Chain chain, unsigned d) {
  if (!collapsible(chain.producer, d))
    return false;
  if (!chain.consumer || chain.producer.getIteratorTypesArray()[d] == utils::IteratorType::reduction)
    return true;
  std::optional<unsigned> first = loopBehind(chain, d), second = loopBehind(chain, d + 1);
  return first && second && *second == *first + 1 && collapsible(chain.consumer, *first);
}

static bool readsPlainly(linalg::GenericOp op) {
  return !op.hasIndexSemantics() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); });
}

/// Merges the loops of `op` that `groups` lists; the others stay.
static LogicalResult collapse(RewriterBase &rewriter, linalg::GenericOp &op, ArrayRef<ReassociationIndices> groups) {
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> result = linalg::collapseOpIterationDims(op, groups, rewriter);
  if (failed(result))
    return failure();
  rewriter.replaceOp(op, result->results);
  op = cast<linalg::GenericOp>(result->collapsedOp.getOperation());
  return success();
}

LogicalResult sinter::distribute::collapseDims(RewriterBase &rewriter, Chain &chain) {
  if (!readsPlainly(chain.producer) || (chain.consumer && !readsPlainly(chain.consumer)))
    return success();
  SmallVector<ReassociationIndices> groups = {{0}}, after;
  llvm::SmallBitVector joined(chain.consumer ? chain.consumer.getNumLoops() : 0); // To the loop before.
  for (unsigned d = 1; d < chain.producer.getNumLoops(); ++d)
    if (!collapsible(chain, d - 1)) {
      groups.push_back({d});
    } else {
      groups.back().push_back(d);
      if (std::optional<unsigned> loop = chain.consumer ? loopBehind(chain, d) : std::nullopt)
        joined.set(*loop);
    }
  for (unsigned d = 0; d < joined.size(); ++d)
    if (joined.test(d))
      after.back().push_back(d);
    else
      after.push_back({d});
  if (groups.size() == chain.producer.getNumLoops())
    return success();
  if (failed(collapse(rewriter, chain.producer, groups)) || !chain.consumer)
    return success();
  (void)collapse(rewriter, chain.consumer, after); // Where it cannot be, a reshape stays between them.
  auto func = chain.producer->getParentOfType<func::FuncOp>();
  RewritePatternSet patterns(func.getContext()); // The reshapes between the two undo each other.
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, func.getContext());
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

LogicalResult sinter::distribute::simplifyLoops(func::FuncOp func) {
  return success(succeeded(fuseElementwise(func)) && succeeded(dropUnitDims(func)) && succeeded(fuseElementwise(func)));
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

bool sinter::distribute::hidesProducer(linalg::GenericOp op) {
  return llvm::any_of(op.getInputs(), [](Value input) {
    auto expand = input.getDefiningOp<tensor::ExpandShapeOp>();
    return expand && expand.getSrc().getDefiningOp<linalg::LinalgOp>();
  });
}
