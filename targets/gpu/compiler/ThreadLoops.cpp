// One linalg operation on buffers, as loops over a thread's share of it.
//
// A thread computes a tile of elements. Its elements along a dimension are not neighbours but a whole row of threads
// apart, so that at each step neighbouring threads access neighbouring addresses. What the elements of a tile share (a
// weight, a pixel) is loaded once: the loads are written for each element, and equal ones merged by CSE.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/ThreadLoops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

bool isContraction(linalg::GenericOp op) {
  return op.getNumReductionLoops() > 0 && llvm::any_of(op.getBody()->without_terminator(), [](Operation &inner) {
           return isa<arith::MulFOp, arith::MulIOp>(inner);
         });
}

/// The element that `operand` of a generic contributes at a point of its loops.
class Elements {
public:
  Elements(OpBuilder &b, linalg::GenericOp op) : b(b), op(op), loc(op.getLoc()) {}

  SmallVector<Value> indicesOf(OpOperand &operand, ArrayRef<Value> point) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<OpFoldResult> operands;
    for (Value v : point) // A reduction's index is null where the expression cannot use it.
      operands.push_back(v ? OpFoldResult(v) : OpFoldResult(b.getIndexAttr(0)));
    SmallVector<Value> indices;
    for (AffineExpr expr : map.getResults())
      indices.push_back(getValueOrCreateConstantIndexOp(
          b, loc, affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(map.getNumDims(), 0, expr), operands)));
    return indices;
  }

  Value load(OpOperand &operand, ArrayRef<Value> point) {
    if (!isa<MemRefType>(operand.get().getType()))
      return operand.get();
    return memref::LoadOp::create(b, loc, operand.get(), indicesOf(operand, point));
  }

  void store(Value value, OpOperand &operand, ArrayRef<Value> point) {
    memref::StoreOp::create(b, loc, value, operand.get(), indicesOf(operand, point));
  }

  /// The body at a point; `known` are values of block arguments, the others are loaded.
  SmallVector<Value> emitBody(ArrayRef<Value> point, IRMapping known) {
    for (OpOperand &operand : op->getOpOperands()) {
      BlockArgument argument = op.getMatchingBlockArgument(&operand);
      if (!argument.use_empty() && !known.contains(argument))
        known.map(argument, load(operand, point));
    }
    op.getBody()->walk([&](linalg::IndexOp index) { known.map(index.getResult(), point[index.getDim()]); });
    for (Operation &inner : op.getBody()->without_terminator())
      if (!isa<linalg::IndexOp>(inner))
        b.clone(inner, known);
    SmallVector<Value> yielded;
    for (Value value : op.getBody()->getTerminator()->getOperands())
      yielded.push_back(known.lookupOrDefault(value));
    return yielded;
  }

private:
  OpBuilder &b;
  linalg::GenericOp op;
  Location loc;
};

/// The operand of `epilogue` that reads what `op` writes, if it is one.
OpOperand *link(linalg::GenericOp op, linalg::GenericOp epilogue) {
  OpOperand *found = nullptr;
  for (OpOperand *input : epilogue.getDpsInputOperands())
    if (input->get() == op.getOutputs().front()) {
      if (found)
        return nullptr;
      found = input;
    }
  return found;
}

class Emitter {
public:
  Emitter(RewriterBase &b, linalg::GenericOp op, const ThreadShare &share, const Surroundings &around)
      : b(b), op(op), loc(op.getLoc()), share(share), around(around), elements(b, op) {
    for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray()))
      (type == utils::IteratorType::parallel ? parallel : reductions).push_back(d);
    for (const Range &range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
      sizes.push_back(range.size);
    tile.assign(sizes.size(), 1);
  }

  void emit() {
    if (isContraction(op))
      chooseTile();
    OpFoldResult total = b.getIndexAttr(1);
    for (unsigned d : parallel)
      total = multiply(total, divide(sizes[d], tile[d]));
    Value end = value(total);
    auto loop = scf::ForOp::create(b, loc, share.thread, end, value(b.getIndexAttr(share.threads)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitTile(loop.getInductionVar());
  }

private:
  //===--- sizes ------------------------------------------------------------------------------------------------===//

  Value value(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, loc, size); }

  OpFoldResult multiply(OpFoldResult x, OpFoldResult y) {
    AffineExpr s0 = b.getAffineSymbolExpr(0), s1 = b.getAffineSymbolExpr(1);
    return affine::makeComposedFoldedAffineApply(b, loc, s0 * s1, {x, y});
  }

  OpFoldResult divide(OpFoldResult size, int64_t by) {
    return by == 1 ? size : OpFoldResult(b.getIndexAttr(*getConstantIntValue(size) / by));
  }

  /// The largest power of two up to `most` that divides the size of loop `d`.
  int64_t divisor(unsigned d, int64_t most) {
    std::optional<int64_t> size = getConstantIntValue(sizes[d]);
    int64_t result = 1;
    while (size && result * 2 <= most && *size % (result * 2) == 0)
      result *= 2;
    return result;
  }

  /// Two dimensions are tiled: the innermost of the result, and the one before that shares most loads with it.
  void chooseTile() {
    if (parallel.empty())
      return;
    unsigned inner = parallel.back();
    tile[inner] = divisor(inner, 4);
    int64_t best = 0;
    std::optional<unsigned> outer;
    for (unsigned d : llvm::drop_end(parallel)) {
      std::optional<int64_t> size = getConstantIntValue(sizes[d]);
      if (size && *size > best && isReused(d))
        best = *size, outer = d;
    }
    if (outer)
      tile[*outer] = divisor(*outer, share.tile / tile[inner]);
    for (unsigned d : {outer.value_or(inner), inner})
      while (tile[d] > 1 && idleThreads(d))
        tile[d] /= 2;
  }

  /// Whether smaller tiles along loop `d` would give work to more threads.
  bool idleThreads(unsigned d) {
    int64_t tiles = 1;
    for (unsigned p : parallel) {
      std::optional<int64_t> size = getConstantIntValue(sizes[p]);
      if (!size)
        return false;
      tiles *= *size / tile[p];
    }
    return tiles < share.threads;
  }

  /// Whether elements that differ in loop `d` alone read an element in common.
  bool isReused(unsigned d) {
    for (OpOperand *input : op.getDpsInputOperands())
      if (!op.getMatchingIndexingMap(input).isFunctionOfDim(d))
        return true;
    bool captured = false, depends = false;
    op.getBody()->walk([&](Operation *inner) {
      captured |= isa<memref::LoadOp>(inner);
      if (auto index = dyn_cast<linalg::IndexOp>(inner))
        depends |= index.getDim() == d;
    });
    return captured && !depends;
  }

  //===--- one tile ---------------------------------------------------------------------------------------------===//

  void emitTile(Value number) {
    SmallVector<Value> first(sizes.size());
    for (unsigned d : llvm::reverse(parallel)) {
      Value size = value(divide(sizes[d], tile[d]));
      bool last = d == parallel.front();
      first[d] = last ? number : Value(arith::RemUIOp::create(b, loc, number, size));
      if (!last)
        number = arith::DivUIOp::create(b, loc, number, size);
    }
    points.assign(1, first);
    for (unsigned d : parallel)
      multiplyPoints(d);
    finish(emitReductions(0, initialValues()));
  }

  void finish(ArrayRef<Value> results) {
    unsigned outputs = op.getNumDpsInits();
    for (auto [number, point] : llvm::enumerate(points)) {
      if (around.epilogue)
        finishWithEpilogue(results[number], point);
      else
        for (auto [i, output] : llvm::enumerate(op.getDpsInitsMutable()))
          elements.store(results[number * outputs + i], output, point);
    }
  }

  /// The element's place in the result is its place in the epilogue's operand, which tells the epilogue's loops.
  void finishWithEpilogue(Value result, ArrayRef<Value> point) {
    linalg::GenericOp epilogue = around.epilogue;
    OpOperand *operand = link(op, epilogue);
    SmallVector<Value> place = elements.indicesOf(op.getDpsInitsMutable()[0], point), loops(epilogue.getNumLoops());
    for (auto [i, expr] : llvm::enumerate(epilogue.getMatchingIndexingMap(operand).getResults()))
      loops[cast<AffineDimExpr>(expr).getPosition()] = place[i];
    Elements after(b, epilogue);
    IRMapping known;
    known.map(epilogue.getMatchingBlockArgument(operand), result);
    SmallVector<Value> values = after.emitBody(loops, known);
    for (auto [value, output] : llvm::zip(values, epilogue.getDpsInitsMutable()))
      after.store(value, output, loops);
  }

  void multiplyPoints(unsigned d) {
    if (tile[d] == 1)
      return;
    int64_t spacing = *getConstantIntValue(sizes[d]) / tile[d];
    SmallVector<SmallVector<Value>> more;
    for (SmallVector<Value> &point : points)
      for (int64_t i = 0; i < tile[d]; ++i) {
        more.push_back(point);
        if (i)
          more.back()[d] = arith::AddIOp::create(b, loc, point[d], arith::ConstantIndexOp::create(b, loc, i * spacing));
      }
    points = std::move(more);
  }

  /// What the accumulators begin with; null where the body never asks.
  SmallVector<Value> initialValues() {
    SmallVector<Value> values;
    for (SmallVector<Value> &point : points)
      for (OpOperand &output : op.getDpsInitsMutable()) {
        bool read = !op.getMatchingBlockArgument(&output).use_empty() || !reductions.empty();
        values.push_back(!read ? Value() : around.initial ? around.initial : elements.load(output, point));
      }
    return values;
  }

  SmallVector<Value> emitReductions(unsigned depth, SmallVector<Value> accumulators) {
    if (depth == reductions.size())
      return emitBodies(accumulators);
    unsigned d = reductions[depth];
    Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
    auto loop = scf::ForOp::create(b, loc, zero, value(sizes[d]), one, accumulators);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    for (SmallVector<Value> &point : points)
      point[d] = loop.getInductionVar();
    SmallVector<Value> carried(loop.getRegionIterArgs());
    SmallVector<Value> results = emitReductions(depth + 1, carried);
    scf::YieldOp::create(b, loc, results);
    return SmallVector<Value>(loop.getResults());
  }

  SmallVector<Value> emitBodies(ArrayRef<Value> accumulators) {
    SmallVector<Value> results;
    unsigned outputs = op.getNumDpsInits();
    for (auto [number, point] : llvm::enumerate(points)) {
      IRMapping known;
      for (auto [i, output] : llvm::enumerate(op.getRegionOutputArgs()))
        if (Value carried = accumulators[number * outputs + i])
          known.map(output, carried);
      results.append(elements.emitBody(point, known));
    }
    return results;
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  const ThreadShare &share;
  const Surroundings &around;
  Elements elements;
  SmallVector<unsigned> parallel, reductions;
  SmallVector<OpFoldResult> sizes;
  SmallVector<int64_t> tile;              ///< Elements of a thread's tile along each loop.
  SmallVector<SmallVector<Value>> points; ///< The tile's elements: an index for each loop.
};

} // namespace

bool sinter::gpu::canFollow(linalg::GenericOp op, linalg::GenericOp epilogue) {
  if (op.getNumDpsInits() != 1 || epilogue.getNumReductionLoops() != 0)
    return false;
  OpOperand *operand = link(op, epilogue);
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
