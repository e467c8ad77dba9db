// How much of an operation a thread computes at once.
//
// Loads are what costs: a tile of several rows and columns multiplies each element that it loads several times. The
// tile that needs the fewest, weighed by what a load costs, is found by trying all of them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/ThreadTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace sinter::gpu;

namespace {

constexpr int64_t longestRow = 8; ///< Along the innermost dimension: two vectors of four.
constexpr int64_t checksCost = 4; ///< A multiply-add with checks for padding is so many in code size.

/// Whether the body reads at places of its own: inside padding.
bool isChecked(linalg::GenericOp op) {
  return op.getBody()
      ->walk([](Operation *inner) {
        return isa<memref::LoadOp, tensor::ExtractOp>(inner) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Which loops tell the element that each load of the body takes.
SmallVector<llvm::SmallBitVector> loadsOf(linalg::GenericOp op) {
  SmallVector<llvm::SmallBitVector> loads;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    loads.emplace_back(op.getNumLoops());
    for (unsigned d = 0; d < op.getNumLoops(); ++d)
      if (map.isFunctionOfDim(d))
        loads.back().set(d);
  }
  if (!isChecked(op))
    return loads;
  loads.emplace_back(op.getNumLoops());
  op.getBody()->walk([&](linalg::IndexOp index) { loads.back().set(index.getDim()); });
  return loads;
}

class Chooser {
public:
  Chooser(linalg::GenericOp op, ArrayRef<int64_t> sizes, const TileGoal &goal)
      : op(op), sizes(sizes), goal(goal), loads(loadsOf(op)), tile(op.getNumLoops(), 1) {
    for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray()))
      (type == utils::IteratorType::parallel ? parallel : reductions).push_back(d);
  }

  SmallVector<int64_t> choose() {
    if (parallel.empty() || !isContraction(op))
      return tile;
    SmallVector<int64_t> best = tile;
    double least = cost();
    unsigned inner = parallel.back();
    SmallVector<unsigned> outers(parallel);
    for (unsigned outer : outers) // Of tiles that cost the same, the one with longer rows.
      for (int64_t columns = std::min(longestRow, extent(inner)); columns > 0; --columns)
        for (int64_t rows = 1; rows <= (outer == inner ? 1 : std::min(goal.rows, extent(outer))); ++rows) {
          tile.assign(tile.size(), 1);
          tile[inner] = columns;
          tile[outer] *= rows;
          bool fits = rows * columns <= goal.accumulators && keepsBusy();
          if (double here = fits ? cost() : least; here < least)
            least = here, best = tile;
        }
    tile = best;
    unrollReductions();
    return tile;
  }

private:
  int64_t extent(unsigned d) const { return ShapedType::isDynamic(sizes[d]) ? 1 : sizes[d]; }

  bool keepsBusy() const {
    int64_t smallest = 1;
    for (unsigned d : parallel)
      smallest *= extent(d);
    return countTiles(op, sizes, tile) >= std::min(goal.threads, smallest);
  }

  /// Of all tiles, for one step of the reduction.
  double cost() const {
    int64_t loaded = 0, products = 1;
    for (const llvm::SmallBitVector &load : loads) {
      int64_t elements = 1;
      for (unsigned d : load.set_bits())
        elements *= tile[d];
      loaded += elements;
    }
    for (unsigned d : parallel)
      products *= tile[d];
    return double(loaded * goal.loadCost + products) * double(countTiles(op, sizes, tile));
  }

  /// Innermost first: loops that are written out whole, then a part of the next.
  void unrollReductions() {
    int64_t body = isChecked(op) ? checksCost : 1;
    for (int64_t side : tile)
      body *= side;
    for (unsigned d : llvm::reverse(reductions)) {
      int64_t most = std::min(goal.unrolled / body, extent(d));
      if (most < extent(d))
        most = std::min<int64_t>(most, 4);
      while (most > 1 && extent(d) % most != 0)
        --most;
      tile[d] = std::max<int64_t>(most, 1);
      body *= tile[d];
      if (tile[d] != extent(d))
        return;
    }
  }

  linalg::GenericOp op;
  ArrayRef<int64_t> sizes;
  const TileGoal &goal;
  SmallVector<llvm::SmallBitVector> loads;
  SmallVector<unsigned> parallel, reductions;
  SmallVector<int64_t> tile;
};

} // namespace

bool sinter::gpu::isContraction(linalg::GenericOp op) {
  return op.getNumReductionLoops() > 0 && llvm::any_of(op.getBody()->without_terminator(), [](Operation &inner) {
           return isa<arith::MulFOp, arith::MulIOp>(inner);
         });
}

SmallVector<int64_t> sinter::gpu::chooseThreadTile(linalg::GenericOp op, ArrayRef<int64_t> sizes,
                                                   const TileGoal &goal) {
  return Chooser(op, sizes, goal).choose();
}

int64_t sinter::gpu::countTiles(linalg::GenericOp op, ArrayRef<int64_t> sizes, ArrayRef<int64_t> tile) {
  int64_t tiles = 1;
  for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (type == utils::IteratorType::parallel && !ShapedType::isDynamic(sizes[d]))
      tiles *= (sizes[d] + tile[d] - 1) / tile[d];
  return tiles;
}
