// LSTM: time steps in order; in each, four gates of every hidden unit are dot products with the weights' rows.
//
// The rows lie contiguous as ONNX gives them, so a dot product is a vector accumulation along the row, four rows (the
// four gates of one unit) at a time to keep several accumulators busy. Sixteen lanes whatever the machine: the order of
// additions, and so the result, is the same for every variant.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/lower/Addressing.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

constexpr int64_t lanes = 16;

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }
Value indexConstant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

/// A dot product's accumulator: a vector, or one element on processors that have no vectors in a thread.
class Lanes {
public:
  Lanes(OpBuilder &b, Location loc, bool vectors)
      : loc(loc), vectors(vectors), vectorType(VectorType::get({lanes}, b.getF32Type())),
        zero(arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0))) {}

  Value start(OpBuilder &b) const {
    return vectors ? Value(arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType, b.getF32FloatAttr(0))))
                   : zero;
  }
  Value load(OpBuilder &b, Value source, ValueRange index) const {
    if (!vectors)
      return tensor::ExtractOp::create(b, loc, source, index);
    return vector::TransferReadOp::create(b, loc, vectorType, source, index, zero, ArrayRef<bool>{true});
  }
  Value accumulate(OpBuilder &b, Value x, Value y, Value sum) const {
    return vectors ? Value(vector::FMAOp::create(b, loc, x, y, sum)) : Value(math::FmaOp::create(b, loc, x, y, sum));
  }
  Value reduce(OpBuilder &b, Value sum) const {
    return vectors ? Value(vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, sum)) : sum;
  }

  int64_t size() const { return vectors ? lanes : 1; }

private:
  Location loc;
  bool vectors;
  VectorType vectorType;
  Value zero;
};

/// Adds to `sums` (one per row) the dot products of rows of `matrix` [D, R, N] with the vector at `at` of `tensor`,
/// whose last dimension has N elements.
SmallVector<Value> addDotProducts(OpBuilder &b, Location loc, bool vectors, Value matrix, Value direction,
                                  ArrayRef<Value> rows, Value tensor, ValueRange at, ArrayRef<Value> sums) {
  Lanes lane(b, loc, vectors);
  int64_t size = shapeOf(matrix)[2], whole = size / lane.size() * lane.size();
  SmallVector<Value> totals(sums);
  auto place = [&](ValueRange prefix, Value last) {
    SmallVector<Value> index(prefix);
    index.push_back(last);
    return index;
  };
  if (whole > 0) {
    auto loop = scf::ForOp::create(
        b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, whole), indexConstant(b, loc, lane.size()),
        SmallVector<Value>(rows.size(), lane.start(b)), [&](OpBuilder &nested, Location, Value i, ValueRange carried) {
          Value x = lane.load(nested, tensor, place(at, i));
          SmallVector<Value> next;
          for (auto [row, sum] : llvm::zip(rows, carried))
            next.push_back(lane.accumulate(nested, lane.load(nested, matrix, {direction, row, i}), x, sum));
          scf::YieldOp::create(nested, loc, next);
        });
    for (auto [total, sum] : llvm::zip(totals, loop.getResults()))
      total = arith::AddFOp::create(b, loc, total, lane.reduce(b, sum));
  }
  for (int64_t i = whole; i < size; ++i) {
    Value index = indexConstant(b, loc, i), x = tensor::ExtractOp::create(b, loc, tensor, place(at, index));
    for (auto [total, row] : llvm::zip(totals, rows)) {
      Value weight = tensor::ExtractOp::create(b, loc, matrix, ValueRange{direction, row, index});
      total = arith::AddFOp::create(b, loc, total, arith::MulFOp::create(b, loc, weight, x));
    }
  }
  return totals;
}

struct LstmPattern : OpConversionPattern<nn::LstmOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::LstmOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    ArrayRef<int64_t> in = shapeOf(op.getInput());
    SmallVector<Value> init = {emptyLike(rewriter, loc, op.getY()), copyOf(rewriter, loc, adaptor.getInitialH()),
                               copyOf(rewriter, loc, adaptor.getInitialC()), emptyLike(rewriter, loc, op.getYH())};
    // Directions and batches are independent, steps are in order.
    SmallVector<int64_t> loops = {shapeOf(op.getR())[0], in[1], in[0]};
    auto step = [&](OpBuilder &b, Location, ValueRange index, ValueRange carried) {
      return buildStep(op, adaptor, b, index, carried);
    };
    SmallVector<Value> results = buildLoops(rewriter, loc, loops, init, step);
    rewriter.replaceOp(op, ValueRange{results[0], results[1], results[2]});
    return success();
  }

  static Value emptyLike(OpBuilder &b, Location loc, Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  }

  static Value copyOf(OpBuilder &b, Location loc, Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return buildCopy(b, loc, value, b.getMultiDimIdentityMap(type.getRank()), type);
  }

  /// The step's number in time: reversed for the reverse direction.
  static Value timeOf(nn::LstmOp op, OpBuilder &b, Value direction, Value step) {
    Location loc = op.getLoc();
    Value mirrored = arith::SubIOp::create(b, loc, indexConstant(b, loc, shapeOf(op.getInput())[0] - 1), step);
    if (op.getDirection() == nn::RnnDirection::Forward)
      return step;
    if (op.getDirection() == nn::RnnDirection::Reverse)
      return mirrored;
    Value forward = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, direction, indexConstant(b, loc, 0));
    return arith::SelectOp::create(b, loc, forward, step, mirrored);
  }

  /// carried: y, h, c, and the new h, which replaces h once every unit has read the old one.
  SmallVector<Value> buildStep(nn::LstmOp op, OpAdaptor adaptor, OpBuilder &b, ValueRange index,
                               ValueRange carried) const {
    Location loc = op.getLoc();
    Value direction = index[0], batch = index[1], time = timeOf(op, b, direction, index[2]);
    int64_t hidden = shapeOf(op.getR())[2];
    Value oldH = carried[1];
    auto unit = [&](OpBuilder &nested, Location, ValueRange at, ValueRange state) -> SmallVector<Value> {
      SmallVector<Value> gates = buildGates(op, adaptor, nested, direction, batch, time, at[0], oldH);
      SmallVector<Value> place = {direction, batch, at[0]};
      Value cell = tensor::ExtractOp::create(nested, loc, state[1], place);
      auto [h, c] = buildCell(nested, loc, gates, cell);
      Value y = tensor::InsertOp::create(nested, loc, h, state[0], ValueRange{time, direction, batch, at[0]});
      return {y, tensor::InsertOp::create(nested, loc, c, state[1], place),
              tensor::InsertOp::create(nested, loc, h, state[2], place)};
    };
    SmallVector<Value> after = buildLoops(b, loc, {hidden}, {carried[0], carried[2], carried[3]}, unit);
    auto publish = [&](OpBuilder &nested, Location, ValueRange at, ValueRange h) -> SmallVector<Value> {
      SmallVector<Value> place = {direction, batch, at[0]};
      return {
          tensor::InsertOp::create(nested, loc, tensor::ExtractOp::create(nested, loc, after[2], place), h[0], place)};
    };
    Value newH = buildLoops(b, loc, {hidden}, oldH, publish)[0];
    return {after[0], newH, after[1], after[2]};
  }

  /// i, o, f and the candidate of one unit before their functions.
  SmallVector<Value> buildGates(nn::LstmOp op, OpAdaptor adaptor, OpBuilder &b, Value direction, Value batch,
                                Value time, Value unit, Value oldH) const {
    Location loc = op.getLoc();
    int64_t hidden = shapeOf(op.getR())[2];
    SmallVector<Value> rows, sums;
    for (int64_t gate = 0; gate < 4; ++gate) {
      Value row = arith::AddIOp::create(b, loc, unit, indexConstant(b, loc, gate * hidden));
      Value second = arith::AddIOp::create(b, loc, unit, indexConstant(b, loc, (4 + gate) * hidden));
      rows.push_back(row);
      sums.push_back(arith::AddFOp::create(
          b, loc, tensor::ExtractOp::create(b, loc, adaptor.getBias(), ValueRange{direction, row}),
          tensor::ExtractOp::create(b, loc, adaptor.getBias(), ValueRange{direction, second})));
    }
    bool vectors = choicesOf(*this).vectors;
    sums = addDotProducts(b, loc, vectors, adaptor.getW(), direction, rows, adaptor.getInput(), {time, batch}, sums);
    return addDotProducts(b, loc, vectors, adaptor.getR(), direction, rows, oldH, {direction, batch}, sums);
  }

  static std::pair<Value, Value> buildCell(OpBuilder &b, Location loc, ArrayRef<Value> gates, Value cell) {
    Type f32 = b.getF32Type();
    auto apply = [&](nn::UnaryKind kind, Value x) { return buildUnary(b, loc, kind, x, f32); };
    Value in = apply(nn::UnaryKind::Sigmoid, gates[0]), out = apply(nn::UnaryKind::Sigmoid, gates[1]);
    Value forget = apply(nn::UnaryKind::Sigmoid, gates[2]), candidate = apply(nn::UnaryKind::Tanh, gates[3]);
    Value kept = arith::MulFOp::create(b, loc, forget, cell), added = arith::MulFOp::create(b, loc, in, candidate);
    Value c = arith::AddFOp::create(b, loc, kept, added);
    return {arith::MulFOp::create(b, loc, out, apply(nn::UnaryKind::Tanh, c)), c};
  }
};

} // namespace

void sinter::lower::populateLstmLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LstmPattern>(types, patterns.getContext());
}
