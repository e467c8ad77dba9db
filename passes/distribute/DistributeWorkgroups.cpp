// Splits a kernel into workgroups.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/distribute/DistributeWorkgroups.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "passes/distribute/DistributeJoin.h"
#include "passes/distribute/LoopShapes.h"
#include "passes/distribute/WorkEstimate.h"

namespace sinter {
#define GEN_PASS_DEF_DISTRIBUTEWORKGROUPS
#include "passes/distribute/DistributeWorkgroups.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::distribute;

namespace {

//===--------------------------------------------------------------------------------------------------------------===//
// The root and its dimensions
//===--------------------------------------------------------------------------------------------------------------===//

/// The operation that the whole kernel ends in, if there is one: every result comes from it and nothing else is left.
linalg::LinalgOp findRoot(func::FuncOp func) {
  linalg::LinalgOp root;
  for (Value result : func.getBody().front().getTerminator()->getOperands()) {
    auto op = throughReshapes(result).getDefiningOp<linalg::LinalgOp>();
    if (!op || (root && op != root))
      return nullptr;
    root = op;
  }
  return root;
}

/// Follows the root's loops into its producers. `loops[d]` is the producer's loop that root dimension d drives, if any.
/// A dimension that does not reach a producer would compute it again in every workgroup: not allowed.
struct DimAnalysis {
  SmallVector<bool> allowed;
  double cheapNanoseconds; ///< What may be computed again in every workgroup.

  void visit(linalg::LinalgOp op, ArrayRef<std::optional<unsigned>> loops) {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      if (auto producer = operand->get().getDefiningOp<linalg::LinalgOp>())
        visitProducer(producer, cast<OpResult>(operand->get()).getResultNumber(), map, loops);
      else if (auto pad = operand->get().getDefiningOp<tensor::PadOp>())
        visitPad(pad, map, loops);
      else if (Operation *other = operand->get().getDefiningOp();
               other && !isa<arith::ConstantOp, tensor::EmptyOp>(other) && !isView(other))
        llvm::fill(allowed, false);
    }
  }

  /// A padded argument is padded again in every workgroup, for its own part: only dimensions without padding, so that
  /// no workgroup's part is all padding.
  void visitPad(tensor::PadOp pad, AffineMap map, ArrayRef<std::optional<unsigned>> loops) {
    Operation *source = pad.getSource().getDefiningOp();
    llvm::SmallBitVector padded = pad.getPaddedDims();
    for (auto [d, loop] : llvm::enumerate(loops)) {
      bool reaches = false;
      for (auto [position, expr] : llvm::enumerate(map.getResults()))
        reaches |= loop && expr.isFunctionOfDim(*loop) && !padded.test(position);
      allowed[d] = allowed[d] && reaches && (!source || isView(source));
    }
  }

  /// A view of an argument or a constant costs nothing.
  static bool isView(Operation *op) {
    Value source = throughReshapes(op->getResult(0));
    return isa<BlockArgument>(source) || isa_and_nonnull<arith::ConstantOp>(source.getDefiningOp());
  }

  void visitProducer(linalg::LinalgOp producer, unsigned result, AffineMap map,
                     ArrayRef<std::optional<unsigned>> loops) {
    AffineMap produced = producer.getIndexingMapMatchingResult(producer->getResult(result));
    SmallVector<std::optional<unsigned>> next(loops.size());
    for (auto [d, loop] : llvm::enumerate(loops)) {
      if (loop)
        next[d] = loopBehind(map, *loop, produced);
      if (!next[d] && !isCheap(producer))
        allowed[d] = false;
    }
    visit(producer, next);
  }

  static std::optional<unsigned> loopBehind(AffineMap map, unsigned loop, AffineMap produced) {
    for (auto [position, expr] : llvm::enumerate(map.getResults()))
      if (expr.isFunctionOfDim(loop))
        if (auto dim = dyn_cast<AffineDimExpr>(produced.getResult(position)))
          return dim.getPosition();
    return std::nullopt;
  }

  bool isCheap(linalg::LinalgOp op) const { return estimateNanoseconds(op) < cheapNanoseconds; }
};

SmallVector<bool> distributableDims(linalg::LinalgOp root, const GridGoal &goal) {
  DimAnalysis analysis{{}, goal.workgroupNanoseconds / 20};
  SmallVector<std::optional<unsigned>> loops;
  for (auto [d, type] : llvm::enumerate(root.getIteratorTypesArray())) {
    analysis.allowed.push_back(type == utils::IteratorType::parallel);
    loops.push_back(d);
  }
  analysis.visit(root, loops);
  return analysis.allowed;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Choosing and making the split
//===--------------------------------------------------------------------------------------------------------------===//

double kernelNanoseconds(func::FuncOp func) {
  double total = 0;
  func.walk([&](linalg::LinalgOp op) { total += estimateNanoseconds(op); });
  return total;
}

/// About `size / pieces`, preferring a divisor of `size` so that all tiles are equal.
int64_t chooseTile(int64_t size, int64_t pieces, int64_t granule) {
  int64_t ideal = (size + pieces - 1) / pieces;
  for (int64_t tile = ideal; tile <= std::min(size, ideal * 2); ++tile)
    if (size % tile == 0 && (tile % granule == 0 || tile == size))
      return tile;
  return std::min(size, (ideal + granule - 1) / granule * granule);
}

/// Tile sizes for the root's loops, zero where not split; empty when the kernel is too small to split.
SmallVector<int64_t> chooseTiles(func::FuncOp func, linalg::LinalgOp root, ArrayRef<bool> allowed,
                                 const GridGoal &goal) {
  int64_t wanted = std::min<int64_t>(goal.largest, kernelNanoseconds(func) / goal.workgroupNanoseconds);
  SmallVector<int64_t> ranges = root.getStaticLoopRanges(), tiles(ranges.size(), 0);
  bool split = false;
  AffineMap output = root.getIndexingMapMatchingResult(root->getResult(0));
  for (auto [d, size] : llvm::enumerate(ranges)) {
    if (wanted <= 1 || !allowed[d] || size <= 1)
      continue;
    bool innermost = output.getNumResults() && output.getResults().back() == getAffineDimExpr(d, func.getContext());
    int64_t tile = chooseTile(size, std::min(size, wanted), innermost ? goal.granule : 1);
    if (tile >= size)
      continue;
    tiles[d] = tile;
    wanted /= (size + tile - 1) / tile;
    split = true;
  }
  return split ? tiles : SmallVector<int64_t>();
}

/// Tiles `root` with its producers into loops of `type`; `root` becomes the operation inside.
LogicalResult tileRoot(RewriterBase &rewriter, linalg::LinalgOp &root, ArrayRef<int64_t> tiles,
                       scf::SCFTilingOptions::LoopType type) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setLoopType(type);
  options.tilingOptions.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), tiles));
  rewriter.setInsertionPoint(root);
  FailureOr<scf::SCFTileAndFuseResult> tiled =
      scf::tileConsumerAndFuseProducersUsingSCF(rewriter, cast<TilingInterface>(root.getOperation()), options);
  if (failed(tiled))
    return root.emitOpError("internal: cannot be split into workgroups");
  for (OpResult result : root->getResults())
    rewriter.replaceAllUsesWith(result, tiled->replacements.lookup(result));
  root = cast<linalg::LinalgOp>(tiled->tiledAndFusedOps.front());
  return success();
}

/// Matrix products and convolutions have tiles of their own, chosen with the registers in mind.
bool isContraction(linalg::LinalgOp op) {
  return op.getNumReductionLoops() > 0 && op.getNumDpsInputs() >= 2 &&
         llvm::any_of(op.getBlock()->without_terminator(),
                      [](Operation &inner) { return isa<arith::MulFOp, arith::MulIOp>(inner); });
}

/// Inside a workgroup, a chain of several operations (a softmax, a pool behind its padding) runs for a few rows at a
/// time, so that what passes between them stays in the first cache. Zero where not tiled; empty when nothing is gained.
SmallVector<int64_t> chooseBodyTiles(func::FuncOp func, linalg::LinalgOp root, ArrayRef<bool> allowed) {
  constexpr int64_t cacheBytes = 16 * 1024;
  unsigned stages = 0;
  bool contracts = false;
  func.walk([&](Operation *op) {
    stages += isa<linalg::GenericOp, tensor::PadOp>(op);
    contracts |= isa<linalg::LinalgOp>(op) && isContraction(cast<linalg::LinalgOp>(op));
  });
  SmallVector<int64_t> tiles(root.getNumLoops(), 0), ranges = root.getStaticLoopRanges();
  if (stages < 2 || contracts)
    return {};
  AffineMap output = root.getIndexingMapMatchingResult(root->getResult(0));
  int64_t bytes = stages * 4;
  for (int64_t range : ranges)
    bytes *= ShapedType::isDynamic(range) ? 64 : range;
  bool tiled = false;
  for (auto [d, range] : llvm::enumerate(ranges)) {
    bool innermost = output.getResults().back() == getAffineDimExpr(d, func.getContext());
    if (bytes <= cacheBytes || !allowed[d] || range == 1 || innermost)
      continue;
    bytes /= ShapedType::isDynamic(range) ? 64 : range;
    tiles[d] = 1;
    tiled = true;
  }
  return tiled ? tiles : SmallVector<int64_t>();
}

int64_t gridOf(linalg::LinalgOp root, ArrayRef<int64_t> tiles) {
  int64_t grid = 1;
  for (auto [size, tile] : llvm::zip(root.getStaticLoopRanges(), tiles))
    grid *= tile ? (size + tile - 1) / tile : 1;
  return grid;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Buffers that may be shared
//===--------------------------------------------------------------------------------------------------------------===//

/// Whether `value` and its views are read by `op`'s operands alone: not inside a body, at other indices.
bool isOnlyOperandOf(Value value, Operation *op) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    bool view = isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(user);
    return user == op || (view && isOnlyOperandOf(user->getResult(0), op));
  });
}

/// Element-wise kernels of one operation read an element of an operand and write the same element of the result.
SmallVector<int64_t> inplacePairs(func::FuncOp func, linalg::LinalgOp root) {
  SmallVector<int64_t> pairs;
  if (root.getNumReductionLoops() != 0 || root->getNumResults() != 1)
    return pairs;
  unsigned ops = 0;
  func.walk([&](linalg::LinalgOp) { ++ops; });
  AffineMap output = root.getIndexingMapMatchingResult(root->getResult(0));
  auto resultType = cast<RankedTensorType>(root->getResult(0).getType());
  if (ops != 1 || !output.isPermutation())
    return pairs;
  for (BlockArgument argument : func.getArguments()) {
    bool used = false, sameElement = true;
    for (OpOperand *operand : root.getDpsInputOperands()) {
      if (throughReshapes(operand->get()) != argument)
        continue;
      used = true;
      auto type = cast<RankedTensorType>(operand->get().getType());
      sameElement &= root.getMatchingIndexingMap(operand) == output &&
                     type.getNumElements() == resultType.getNumElements() &&
                     type.getElementTypeBitWidth() == resultType.getElementTypeBitWidth();
    }
    if (used && sameElement && isOnlyOperandOf(argument, root))
      pairs.append({0, static_cast<int64_t>(argument.getArgNumber())});
  }
  return pairs;
}

struct DistributeWorkgroups : sinter::impl::DistributeWorkgroupsBase<DistributeWorkgroups> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    IRRewriter rewriter(&getContext());
    if (func->hasAttr("program.grid"))
      return;
    if (failed(simplifyLoops(func)))
      return signalPassFailure();
    SmallVector<linalg::GenericOp> generics(func.getOps<linalg::GenericOp>());
    bool lengthen = !generics.empty() && (generics.size() == 1 || hidesProducer(generics.back()));
    Chain chain = {lengthen ? generics.back() : nullptr, nullptr};
    if (lengthen && failed(collapseDims(rewriter, chain)))
      return signalPassFailure();
    if (generics.size() > 1 && lengthen && failed(dropUnitDims(func))) // Reshapes meet, and go.
      return signalPassFailure();
    if (failed(foldEmptyReshapes(func)) || failed(split(rewriter, func)))
      signalPassFailure();
  }

  LogicalResult split(RewriterBase &rewriter, func::FuncOp func) {
    Builder b(&getContext());
    linalg::LinalgOp root = findRoot(func);
    GridGoal goal{workgroupNanoseconds, largest, granule};
    int64_t grid = 1;
    using Loop = scf::SCFTilingOptions::LoopType;
    if (root && root.getNumLoops() > 0) {
      if (SmallVector<int64_t> pairs = inplacePairs(func, root); !pairs.empty())
        func->setAttr("program.inplace", b.getDenseI64ArrayAttr(pairs));
      SmallVector<bool> allowed = distributableDims(root, goal);
      if (SmallVector<int64_t> tiles = chooseTiles(func, root, allowed, goal); !tiles.empty()) {
        grid = gridOf(root, tiles);
        if (failed(tileRoot(rewriter, root, tiles, Loop::ForallOp)))
          return failure();
      }
      if (SmallVector<int64_t> tiles = chooseBodyTiles(func, root, allowed); !tiles.empty())
        if (failed(tileRoot(rewriter, root, tiles, Loop::ForOp)))
          return failure();
    }
    if (!root)
      grid = distributeJoin(rewriter, func, goal);
    func->setAttr("program.grid", b.getI64IntegerAttr(grid));
    return foldEmptyReshapes(func);
  }
};

} // namespace
