// Tiles a workgroup's work to vector registers and vectorizes it, on tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/kernel/CpuVectorize.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace sinter {
#define GEN_PASS_DEF_CPUVECTORIZE
#include "targets/cpu/compiler/kernel/CpuVectorize.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

/// Bytes of the partial results of a reduction along contiguous memory.
constexpr unsigned rowVectorBytes = 128;

/// Widest scalar of the operation: operands and everything its body computes in.
unsigned widestBits(linalg::LinalgOp op) {
  unsigned bits = 8;
  auto widen = [&](Type type) {
    if (type.isIntOrFloat())
      bits = std::max(bits, type.getIntOrFloatBitWidth());
  };
  for (Value operand : op->getOperands())
    widen(getElementTypeOrSelf(operand.getType()));
  for (Operation &inner : op.getBlock()->without_terminator())
    for (Type type : inner.getResultTypes())
      widen(type);
  return bits;
}

bool hasLongBody(linalg::LinalgOp op) {
  unsigned work = 0;
  for (Operation &inner : op.getBlock()->without_terminator())
    work +=
        isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp, math::SqrtOp, math::FloorOp>(inner) ? 10 : 1;
  return work > 12;
}

bool isParallelLoopNest(linalg::LinalgOp op) {
  return op.getNumReductionLoops() == 0 && op->getNumResults() > 0 &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(true); });
}

/// Whether stepping loop `d` by one steps every operand by at most one element in one dimension, so that a tile of it
/// is a slice; strided windows are not.
bool stepsByOne(linalg::LinalgOp op, unsigned d) {
  for (AffineMap map : op.getIndexingMapsArray())
    for (AffineExpr expr : map.getResults())
      if (expr.isFunctionOfDim(d) &&
          simplifyAffineExpr(expr - getAffineDimExpr(d, op.getContext()), map.getNumDims(), 0).isFunctionOfDim(d))
        return false;
  return true;
}

/// The loop that walks the result's innermost dimension, or nothing for scalars.
std::optional<unsigned> innermostLoop(linalg::LinalgOp op) {
  AffineMap output = op.getIndexingMapMatchingResult(op->getResult(0));
  if (output.getNumResults() == 0)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(output.getResults().back());
  return dim ? std::optional<unsigned>(dim.getPosition()) : std::nullopt;
}

/// The loop that walks contiguous memory of an operand that `inner` strides through: the operand is
/// transposed, in square tiles, so that both it and the result are read and written in vectors.
std::optional<unsigned> crossLoop(linalg::LinalgOp op, unsigned inner) {
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    if (map.getNumResults() == 0 || !map.isFunctionOfDim(inner))
      continue;
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    if (last && last.getPosition() != inner)
      return last.getPosition();
  }
  return std::nullopt;
}

LogicalResult canonicalizeFunction(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  linalg::populateLinalgTilingCanonicalizationPatterns(patterns);
  tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
  for (Dialect *dialect : func.getContext()->getLoadedDialects())
    if (isa<tensor::TensorDialect, affine::AffineDialect, arith::ArithDialect, scf::SCFDialect, linalg::LinalgDialect>(
            dialect))
      dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName name : func.getContext()->getRegisteredOperations())
    if (isa<tensor::TensorDialect, affine::AffineDialect, arith::ArithDialect, scf::SCFDialect, linalg::LinalgDialect>(
            name.getDialect()))
      name.getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

/// Rank-reduces through slices, so that a [1, 1, 64] tile becomes a vector of 64.
LogicalResult dropUnitDims(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  linalg::ControlDropUnitDims options;
  options.rankReductionStrategy = linalg::ControlDropUnitDims::RankReductionStrategy::ExtractInsertSlice;
  linalg::populateFoldUnitExtentDimsPatterns(patterns, options);
  tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
  linalg::FillOp::getCanonicalizationPatterns(patterns, func.getContext());
  return applyPatternsGreedily(func, std::move(patterns));
}

struct CpuVectorize : sinter::impl::CpuVectorizeBase<CpuVectorize> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops)
      if (failed(tile(rewriter, op)))
        return signalPassFailure();
    if (failed(canonicalizeFunction(getOperation())) || failed(dropUnitDims(getOperation())) ||
        failed(canonicalizeFunction(getOperation())))
      return signalPassFailure();
    vectorizeAll(rewriter);
    if (failed(foldSlicesIntoTransfers()))
      return signalPassFailure();
    hoistAccumulators(rewriter);
  }

  LogicalResult tile(RewriterBase &rewriter, linalg::LinalgOp op) {
    if (op->getNumResults() != 1 || op.getNumLoops() == 0)
      return success();
    if (isParallelLoopNest(op))
      return tileElementwise(rewriter, op);
    if (op.getNumReductionLoops() == 0)
      return success();
    unsigned last = op.getNumLoops() - 1;
    if (op.getIteratorTypesArray()[last] == utils::IteratorType::parallel)
      return tileColumns(rewriter, op);
    return tileRows(rewriter, op);
  }

  /// Reductions whose innermost loop runs along the result: vectors of sums, the reduction loops inside.
  LogicalResult tileColumns(RewriterBase &rewriter, linalg::LinalgOp op) {
    std::optional<unsigned> inner = innermostLoop(op);
    if (!inner || *inner != op.getNumLoops() - 1 || !stepsByOne(op, *inner))
      return success();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges(), tiles(ranges.size(), 1), order;
    int64_t step = 4 * (vectorBytes * 8 / widestBits(op));
    tiles[*inner] = !ShapedType::isDynamic(ranges[*inner]) && ranges[*inner] <= step ? 0 : step;
    for (auto type : {utils::IteratorType::parallel, utils::IteratorType::reduction})
      for (auto [d, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
        if (iterator == type)
          order.push_back(d);
    return tileAndPeel(rewriter, op, tiles, order);
  }

  /// Reductions along contiguous memory: a vector of partial sums for each row, folded at its end. The vector's length
  /// does not depend on the processor, so every variant adds in the same order.
  LogicalResult tileRows(RewriterBase &rewriter, linalg::LinalgOp op) {
    unsigned inner = op.getNumLoops() - 1;
    auto contiguous = [&](AffineMap map) {
      return map.isProjectedPermutation(true) &&
             (!map.isFunctionOfDim(inner) || map.getResults().back() == getAffineDimExpr(inner, &getContext()));
    };
    if (!llvm::all_of(op.getIndexingMapsArray(), contiguous))
      return success();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges(), outer(ranges.size(), 1), partial(ranges.size(), 0);
    unsigned last = ranges.size() - 1;
    outer[last] = 0;
    partial[last] = rowVectorBytes * 8 / widestBits(op);
    if (llvm::any_of(outer, [](int64_t tile) { return tile != 0; })) {
      FailureOr<scf::SCFTilingResult> tiled = tileLoops(rewriter, op, outer, {});
      if (failed(tiled))
        return failure();
      op = cast<linalg::LinalgOp>(tiled->tiledOps.back());
    }
    if (!ShapedType::isDynamic(ranges[last]) && ranges[last] <= partial[last])
      return success();
    return tilePartially(rewriter, op, partial, last);
  }

  LogicalResult tilePartially(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<int64_t> tiles, unsigned dim) {
    scf::SCFTilingOptions options;
    options.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), tiles));
    options.setReductionTilingStrategy(ReductionTilingStrategy::PartialReductionOuterReduction);
    options.setReductionDims({dim});
    rewriter.setInsertionPoint(op);
    FailureOr<scf::SCFTilingResult> tiled =
        scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()), options);
    if (failed(tiled))
      return success(); // Not a reduction with one known combiner: scalar loops.
    rewriter.replaceOp(op, tiled->replacements);
    peel(rewriter, tiled->loops);
    return success();
  }

  /// One loop per outer dimension, a whole number of vectors in the innermost; the rest of it is peeled off.
  LogicalResult tileElementwise(RewriterBase &rewriter, linalg::LinalgOp op) {
    std::optional<unsigned> inner = innermostLoop(op);
    if (!inner)
      return success();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges(), tiles(ranges.size(), 1);
    int64_t lanes = vectorBytes * 8 / widestBits(op);
    int64_t step = lanes * (hasLongBody(op) ? 1 : 4);
    if (std::optional<unsigned> across = crossLoop(op, *inner)) {
      int64_t square = std::min({lanes, int64_t(16), ranges[*across], ranges[*inner]});
      if (square >= 4)
        step = tiles[*across] = llvm::bit_floor<uint64_t>(square);
    }
    bool whole = !ShapedType::isDynamic(ranges[*inner]) && ranges[*inner] <= step;
    tiles[*inner] = whole ? 0 : step;
    for (auto [tile, range] : llvm::zip(tiles, ranges))
      if (range == 1)
        tile = 0;
    if (llvm::all_of(tiles, [](int64_t tile) { return tile == 0; }))
      return success();
    return tileAndPeel(rewriter, op, tiles);
  }

  FailureOr<scf::SCFTilingResult> tileLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<int64_t> tiles,
                                            ArrayRef<int64_t> order) {
    scf::SCFTilingOptions options;
    options.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), tiles));
    options.setInterchange(order);
    rewriter.setInsertionPoint(op);
    FailureOr<scf::SCFTilingResult> tiled =
        scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()), options);
    if (failed(tiled))
      return op.emitOpError("internal: cannot be tiled");
    rewriter.replaceOp(op, tiled->replacements);
    return tiled;
  }

  LogicalResult tileAndPeel(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<int64_t> tiles,
                            ArrayRef<int64_t> order = {}) {
    FailureOr<scf::SCFTilingResult> tiled = tileLoops(rewriter, op, tiles, order);
    if (failed(tiled))
      return failure();
    peel(rewriter, tiled->loops);
    return success();
  }

  static void peel(RewriterBase &rewriter, ArrayRef<LoopLikeOpInterface> loops) {
    for (LoopLikeOpInterface loop : llvm::reverse(loops)) {
      scf::ForOp partial;
      (void)scf::peelForLoopAndSimplifyBounds(rewriter, cast<scf::ForOp>(loop.getOperation()), partial);
    }
  }

  /// What is static and small enough for registers. Operations that the vectorizer declines stay for scalar loops.
  void vectorizeAll(RewriterBase &rewriter) {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      if (!fitsRegisters(op))
        continue;
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::VectorizationResult> result = linalg::vectorize(rewriter, op);
      if (succeeded(result))
        rewriter.replaceOp(op, result->replacements);
    }
  }

  bool fitsRegisters(linalg::LinalgOp op) {
    double elements = 1;
    for (int64_t range : op.getStaticLoopRanges()) {
      if (ShapedType::isDynamic(range))
        return false;
      elements *= range;
    }
    return op.getNumLoops() > 0 && elements > 1 && elements * widestBits(op) / 8 <= 16.0 * vectorBytes;
  }

  LogicalResult foldSlicesIntoTransfers() {
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorSubsetIntoVectorTransferPatterns(patterns);
    vector::TransferReadOp::getCanonicalizationPatterns(patterns, &getContext());
    vector::TransferWriteOp::getCanonicalizationPatterns(patterns, &getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  /// Reads and writes of the same place in a loop stay in a register across it.
  void hoistAccumulators(RewriterBase &rewriter) {
    getOperation().walk([&](LoopLikeOpInterface loop) { moveLoopInvariantCode(loop); });
    SmallVector<LoopLikeOpInterface> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (LoopLikeOpInterface loop : loops)
      (void)hoistLoopInvariantSubsets(rewriter, loop);
  }
};

} // namespace
