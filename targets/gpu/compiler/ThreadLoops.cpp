// One linalg operation on buffers, as loops over a thread's share of it.
//
// A thread of a contraction computes a tile of neighbouring elements, which devices load and store as vectors. What the
// elements share (a weight, a pixel) is loaded once: loads are written for each element, and equal ones merged, here
// where their loops tell it and by CSE where only the addresses do.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/ThreadLoops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "targets/gpu/compiler/LoopElements.h"
#include <map>
#include <vector>

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

class Emitter {
public:
  Emitter(RewriterBase &b, linalg::GenericOp op, const ThreadShare &share, const Surroundings &around)
      : b(b), op(op), loc(op.getLoc()), share(share), around(around), elements(b, op) {
    for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray()))
      (type == utils::IteratorType::parallel ? parallel : reductions).push_back(d);
    for (const Range &range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc)) {
      sizes.push_back(range.size);
      known.push_back(getConstantIntValue(range.size).value_or(ShapedType::kDynamic));
    }
    TileGoal goal = share.goal;
    goal.threads = share.threads;
    tile = share.tile.empty() ? chooseThreadTile(op, known, goal) : SmallVector<int64_t>(share.tile);
  }

  void emit() {
    OpFoldResult total = b.getIndexAttr(1);
    for (unsigned d : parallel)
      total = multiply(total, tilesAlong(d));
    std::optional<int64_t> tiles = getConstantIntValue(total);
    OpBuilder::InsertionGuard guard(b);
    Value number = share.thread;
    if (tiles && *tiles < share.threads) {
      Value works = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, value(total));
      auto branch = scf::IfOp::create(b, loc, works, /*withElseRegion=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
    } else if (!tiles || *tiles > share.threads) {
      auto loop = scf::ForOp::create(b, loc, number, value(total), value(b.getIndexAttr(share.threads)));
      b.setInsertionPointToStart(loop.getBody());
      number = loop.getInductionVar();
    }
    emitTile(number);
  }

private:
  //===--- sizes ------------------------------------------------------------------------------------------------===//

  Value value(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, loc, size); }

  OpFoldResult multiply(OpFoldResult x, OpFoldResult y) {
    AffineExpr s0 = b.getAffineSymbolExpr(0), s1 = b.getAffineSymbolExpr(1);
    return affine::makeComposedFoldedAffineApply(b, loc, s0 * s1, {x, y});
  }

  OpFoldResult tilesAlong(unsigned d) {
    return tile[d] == 1 ? sizes[d] : OpFoldResult(b.getIndexAttr((known[d] + tile[d] - 1) / tile[d]));
  }

  /// What the last tile along loop `d` has in common with the one before.
  int64_t overlap(unsigned d) const { return tile[d] == 1 ? 0 : (tile[d] - known[d] % tile[d]) % tile[d]; }

  /// `index` + `distance`.
  Value after(Value index, int64_t distance) {
    return value(
        affine::makeComposedFoldedAffineApply(b, loc, b.getAffineDimExpr(0) + distance, {OpFoldResult(index)}));
  }

  //===--- one tile ---------------------------------------------------------------------------------------------===//

  struct Point {
    SmallVector<Value> loops;    ///< An index for each loop.
    SmallVector<int64_t> offset; ///< From the tile's first element.
  };

  void emitTile(Value number) {
    points.assign(1, {SmallVector<Value>(sizes.size()), SmallVector<int64_t>(sizes.size(), 0)});
    whole.assign(sizes.size(), Value());
    for (unsigned d : llvm::reverse(parallel)) {
      Value place = number;
      if (d != parallel.front()) {
        Value count = value(tilesAlong(d));
        place = arith::RemUIOp::create(b, loc, number, count);
        number = arith::DivUIOp::create(b, loc, number, count);
      }
      points.front().loops[d] = firstOf(d, place);
    }
    for (unsigned d : parallel)
      multiplyPoints(d);
    finish(emitReductions(0, initialValues()));
  }

  /// Where tile `place` along loop `d` begins. The last one ends with the loop, and begins where that puts it.
  Value firstOf(unsigned d, Value place) {
    OpFoldResult first =
        affine::makeComposedFoldedAffineApply(b, loc, b.getAffineDimExpr(0) * tile[d], {OpFoldResult(place)});
    if (!overlap(d))
      return value(first);
    Value last = arith::ConstantIndexOp::create(b, loc, known[d] - tile[d]);
    whole[d] = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, value(first), last);
    return arith::MinUIOp::create(b, loc, value(first), last);
  }

  void multiplyPoints(unsigned d) {
    if (tile[d] == 1)
      return;
    std::vector<Point> more;
    SmallVector<Value> indices;
    for (int64_t i = 0; i < tile[d]; ++i)
      indices.push_back(after(points.front().loops[d], i));
    for (const Point &point : points)
      for (int64_t i = 0; i < tile[d]; ++i) {
        more.push_back(point);
        more.back().loops[d] = indices[i];
        more.back().offset[d] = i;
      }
    points = std::move(more);
  }

  /// Stores what no other thread does: of two tiles that overlap, the first stores the elements that both have.
  void finish(ArrayRef<Value> results) {
    std::map<SmallVector<unsigned>, SmallVector<size_t>> groups; // By the loops along which another tile may have them.
    for (size_t number = 0; number < points.size(); ++number) {
      SmallVector<unsigned> shared;
      for (unsigned d : parallel)
        if (points[number].offset[d] < overlap(d))
          shared.push_back(d);
      groups[shared].push_back(number);
    }
    for (auto &[shared, numbers] : groups) {
      OpBuilder::InsertionGuard guard(b);
      Value mine;
      for (unsigned d : shared)
        mine = mine ? Value(arith::AndIOp::create(b, loc, mine, whole[d])) : whole[d];
      if (mine)
        b.setInsertionPointToStart(scf::IfOp::create(b, loc, mine, /*withElseRegion=*/false).thenBlock());
      for (size_t number : numbers)
        finish(points[number].loops, results.slice(number * op.getNumDpsInits(), op.getNumDpsInits()));
    }
  }

  void finish(ArrayRef<Value> point, ArrayRef<Value> results) {
    if (around.epilogue)
      return emitEpilogue(b, op, around.epilogue, elements.indicesOf(op.getDpsInitsMutable()[0], point),
                          results.front());
    for (auto [i, output] : llvm::enumerate(op.getDpsInitsMutable()))
      elements.store(results[i], output, point);
  }

  //===--- sums -------------------------------------------------------------------------------------------------===//

  /// What the accumulators begin with; null where the body never asks.
  SmallVector<Value> initialValues() {
    SmallVector<Value> values;
    for (const Point &point : points)
      for (OpOperand &output : op.getDpsInitsMutable()) {
        bool read = !op.getMatchingBlockArgument(&output).use_empty() || !reductions.empty();
        values.push_back(!read ? Value() : around.initial ? around.initial : elements.load(output, point.loops));
      }
    return values;
  }

  SmallVector<Value> emitReductions(unsigned depth, SmallVector<Value> accumulators) {
    if (depth == reductions.size())
      return emitBodies(accumulators);
    unsigned d = reductions[depth];
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    if (tile[d] == known[d])
      return emitSteps(depth, zero, accumulators);
    auto loop = scf::ForOp::create(b, loc, zero, value(sizes[d]), value(b.getIndexAttr(tile[d])), accumulators);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    LoopElements::Loaded before = elements.loaded;
    SmallVector<Value> results = emitSteps(depth, loop.getInductionVar(), SmallVector<Value>(loop.getRegionIterArgs()));
    elements.loaded = std::move(before);
    scf::YieldOp::create(b, loc, results);
    return SmallVector<Value>(loop.getResults());
  }

  /// The steps of the reduction that are written out, in order.
  SmallVector<Value> emitSteps(unsigned depth, Value first, SmallVector<Value> accumulators) {
    unsigned d = reductions[depth];
    for (int64_t i = 0; i < tile[d]; ++i) {
      Value index = after(first, i);
      for (Point &point : points)
        point.loops[d] = index;
      accumulators = emitReductions(depth + 1, accumulators);
    }
    return accumulators;
  }

  SmallVector<Value> emitBodies(ArrayRef<Value> accumulators) {
    SmallVector<Value> results;
    unsigned outputs = op.getNumDpsInits();
    for (auto [number, point] : llvm::enumerate(points)) {
      IRMapping known;
      for (auto [i, output] : llvm::enumerate(op.getRegionOutputArgs()))
        if (Value carried = accumulators[number * outputs + i])
          known.map(output, carried);
      results.append(elements.emitBody(point.loops, known));
    }
    return results;
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  const ThreadShare &share;
  const Surroundings &around;
  LoopElements elements;
  SmallVector<unsigned> parallel, reductions;
  SmallVector<OpFoldResult> sizes;
  SmallVector<int64_t> known; ///< The sizes that are constant.
  SmallVector<int64_t> tile;  ///< Of the thread, along each loop.
  std::vector<Point> points;  ///< The tile's elements.
  SmallVector<Value> whole;   ///< For loops along which tiles overlap: whether this one begins where it would anyway.
};

} // namespace

bool sinter::gpu::canFollow(linalg::GenericOp op, linalg::GenericOp epilogue) {
  if (op.getNumDpsInits() != 1 || epilogue.getNumReductionLoops() != 0)
    return false;
  OpOperand *operand = linkOf(op, epilogue);
  AffineMap written = op.getMatchingIndexingMap(&op.getDpsInitsMutable()[0]);
  return operand && written.isProjectedPermutation() && epilogue.getMatchingIndexingMap(operand).isPermutation();
}

bool sinter::gpu::overwrites(linalg::GenericOp epilogue, Value buffer) {
  if (epilogue.getNumDpsInits() != 1 || epilogue.getOutputs().front() != buffer)
    return false;
  AffineMap written = epilogue.getMatchingIndexingMap(&epilogue.getDpsInitsMutable()[0]);
  bool same = true;
  for (OpOperand *input : epilogue.getDpsInputOperands())
    if (input->get() == buffer)
      same &= epilogue.getMatchingIndexingMap(input) == written;
  epilogue.getBody()->walk([&](memref::LoadOp load) { same &= load.getMemRef() != buffer; });
  return same;
}

void sinter::gpu::emitThreadLoops(RewriterBase &b, linalg::GenericOp op, const ThreadShare &share,
                                  const Surroundings &around) {
  b.setInsertionPoint(around.epilogue ? around.epilogue : op);
  Emitter(b, op, share, around).emit();
  if (around.epilogue)
    b.eraseOp(around.epilogue);
  b.eraseOp(op);
}
