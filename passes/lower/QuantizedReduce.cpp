// Averages, maxima and softmax of quantised tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/lower/Quantized.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// i32 sums over `axes`, of stored values less the zero point.
Value sumOver(OpBuilder &b, Location loc, Value stored, const nn::QuantizedElement &x, ArrayRef<int64_t> axes) {
  return buildReduction(b, loc, stored, b.getI8Type(), axes, b.getI32IntegerAttr(0),
                        [&](OpBuilder &nested, Location at, Value value, Value sum) -> Value {
                          return arith::AddIOp::create(nested, at, sum,
                                                       widen(nested, at, value, x.isSigned, x.zero(), b.getI32Type()));
                        });
}

/// The operator on plain integers of the storage's signedness: for those that only choose elements.
template <typename Op, typename Build>
Value onIntegers(OpBuilder &b, Op op, Value stored, const nn::QuantizedElement &x, Build build) {
  auto integer = [&](RankedTensorType type) {
    return type.clone(IntegerType::get(b.getContext(), 8, x.isSigned ? IntegerType::Signless : IntegerType::Unsigned));
  };
  Value input = stored;
  if (!x.isSigned)
    input = nn::BitcastOp::create(b, op.getLoc(), integer(tensorOf(stored)), stored);
  Value result = build(input, integer(op.getResult().getType()));
  if (!x.isSigned)
    result =
        nn::BitcastOp::create(b, op.getLoc(), cast<RankedTensorType>(storageType(op.getResult().getType())), result);
  return result;
}

struct ReducePattern : OpConversionPattern<nn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ReduceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "not quantised");
    nn::QuantizedElement x = *nn::quantizedElement(op.getInput());
    Location loc = op.getLoc();
    RankedTensorType type = op.getResult().getType();
    if (op.getKind() != nn::ReduceKind::Mean) {
      rewriter.replaceOp(
          op, onIntegers(rewriter, op, adaptor.getInput(), x, [&](Value input, RankedTensorType result) -> Value {
            return nn::ReduceOp::create(rewriter, loc, result, op.getKind(), input, op.getAxes(), op.getKeepdims());
          }));
      return success();
    }
    int64_t count = op.getInput().getType().getNumElements() / std::max<int64_t>(1, type.getNumElements());
    Requantizer requantizer({*nn::rescale(op, count)}, nn::resultLimits(op),
                            choicesOf(*this).doubles && count * 255 < integer::exactInDouble);
    Value sums = sumOver(rewriter, loc, adaptor.getInput(), x, op.getAxes());
    sums = reshapeTensor(rewriter, loc, sums, type.clone(rewriter.getI32Type()));
    auto body = [&](OpBuilder &b, Location at, ValueRange args) { return requantizer.build(b, at, args[0], {}); };
    rewriter.replaceOp(op, buildElementwise(rewriter, loc, sums, rewriter.getI32Type(), type, body));
    return success();
  }
};

struct PoolPattern : OpConversionPattern<nn::PoolOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::PoolOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "not quantised");
    nn::QuantizedElement x = *nn::quantizedElement(op.getInput());
    if (op.getKind() == nn::PoolKind::Max) {
      rewriter.replaceOp(
          op, onIntegers(rewriter, op, adaptor.getInput(), x, [&](Value input, RankedTensorType result) -> Value {
            return nn::PoolOp::create(rewriter, op.getLoc(), result, op.getKind(), input, op.getKernel(),
                                      op.getStrides(), op.getPads(), op.getDilations(), op.getCountedPads());
          }));
      return success();
    }
    rewriter.replaceOp(op, average(rewriter, op, adaptor.getInput(), x, choicesOf(*this).doubles));
    return success();
  }

  /// Sums of windows over the input padded with its zero point, then one factor for each position.
  static Value average(OpBuilder &b, nn::PoolOp op, Value stored, const nn::QuantizedElement &x, bool doubles) {
    Location loc = op.getLoc();
    RankedTensorType type = op.getResult().getType();
    ArrayRef<int64_t> input = op.getInput().getType().getShape(), output = type.getShape();
    Value sums = windowSums(b, op, padded(b, op, stored, x.zero()), x);
    SmallVector<integer::Multiplier> factors;
    nn::forEachIndex(output.drop_front(2), [&](ArrayRef<int64_t> index, int64_t) {
      nn::WindowTaps taps = nn::windowTaps(op, input.drop_front(2), index);
      int64_t inside = static_cast<int64_t>(taps.positions.size());
      factors.push_back(
          *nn::rescale(op, std::max<int64_t>(1, op.getKind() == nn::PoolKind::Average ? inside : taps.counted)));
    });
    Requantizer requantizer(factors, nn::resultLimits(op),
                            doubles && llvm::product_of(op.getKernel()) * 255 < integer::exactInDouble);
    SmallVector<Value> operands = {sums};
    SmallVector<Type> elements = {b.getI32Type()};
    requantizer.addOperands(b, loc, output.drop_front(2), operands, elements);
    return buildElementwise(b, loc, operands, elements, type, [&](OpBuilder &nested, Location at, ValueRange args) {
      return requantizer.build(nested, at, args[0], args.drop_front());
    });
  }

  /// Enough of the border that every window lies inside.
  static Value padded(OpBuilder &b, nn::PoolOp op, Value stored, int64_t zero) {
    RankedTensorType type = tensorOf(stored);
    ArrayRef<int64_t> output = op.getResult().getType().getShape();
    size_t rank = op.getKernel().size();
    SmallVector<int64_t> shape(type.getShape()), low(type.getRank(), 0), high(type.getRank(), 0);
    for (size_t i = 0; i < rank; ++i) {
      int64_t last = (output[2 + i] - 1) * op.getStrides()[i] + (op.getKernel()[i] - 1) * op.getDilations()[i] + 1;
      low[2 + i] = op.getPads()[i];
      high[2 + i] = std::max<int64_t>(0, last - low[2 + i] - shape[2 + i]);
      shape[2 + i] += low[2 + i] + high[2 + i];
    }
    if (shape == type.getShape())
      return stored;
    return tensor::PadOp::create(b, op.getLoc(), type.clone(shape), stored, getAsIndexOpFoldResult(b.getContext(), low),
                                 getAsIndexOpFoldResult(b.getContext(), high),
                                 constantInt(b, op.getLoc(), b.getI8Type(), zero));
  }

  static Value windowSums(OpBuilder &b, nn::PoolOp op, Value stored, const nn::QuantizedElement &x) {
    unsigned rank = op.getKernel().size(),
             loops = 2 + 2 * rank; // n, c, outputs but the last, the window, the last output
    SmallVector<AffineExpr> in = {b.getAffineDimExpr(0), b.getAffineDimExpr(1)}, out = in, window;
    SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
    for (unsigned i = 0; i < rank; ++i) {
      AffineExpr o = b.getAffineDimExpr(i + 1 == rank ? loops - 1 : 2 + i), k = b.getAffineDimExpr(1 + rank + i);
      in.push_back(o * op.getStrides()[i] + k * op.getDilations()[i]);
      out.push_back(o);
      window.push_back(k);
      iterators[1 + rank + i] = utils::IteratorType::reduction;
    }
    auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, b.getContext()); };
    // The window's extent is told to the loops by an operand that is never read.
    Value extent = tensor::EmptyOp::create(b, op.getLoc(), op.getKernel(), b.getI8Type());
    auto type = op.getResult().getType().clone(b.getI32Type());
    Value init = buildFilled(b, op.getLoc(), type, b.getI32IntegerAttr(0));
    auto sums = linalg::GenericOp::create(
        b, op.getLoc(), TypeRange{type}, ValueRange{stored, extent}, ValueRange{init},
        ArrayRef<AffineMap>{map(in), map(window), map(out)}, iterators,
        [&](OpBuilder &nested, Location loc, ValueRange args) {
          Value value = widen(nested, loc, args[0], x.isSigned, x.zero(), nested.getI32Type());
          linalg::YieldOp::create(nested, loc, arith::AddIOp::create(nested, loc, args[2], value).getResult());
        });
    return sums.getResult(0);
  }
};

/// max and a sum of table entries along the axis, one division a row, and one product an element.
struct SoftmaxPattern : OpConversionPattern<nn::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::SoftmaxOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!anyQuantized(op))
      return b.notifyMatchFailure(op, "not quantised");
    Location loc = op.getLoc();
    nn::QuantizedElement x = *nn::quantizedElement(op.getInput());
    integer::SoftmaxFactors factors = *nn::softmaxOf(op);
    integer::Limits limits = nn::resultLimits(op);
    RankedTensorType type = op.getResult().getType();
    int64_t axis = op.getAxis();
    Type i32 = b.getI32Type();
    Value table = tableConstant(b, loc, factors.table, i32);
    Value top = buildReduction(b, loc, adaptor.getInput(), b.getI8Type(), axis, b.getI32IntegerAttr(-1024),
                               [&](OpBuilder &n, Location at, Value value, Value best) -> Value {
                                 return arith::MaxSIOp::create(n, at, best, widen(n, at, value, x.isSigned, 0, i32));
                               });
    top = withKeptDims(b, loc, top, type.getShape(), axis);
    // Table entries as a tensor: they are read twice.
    Value entries = buildElementwise(b, loc, {adaptor.getInput(), top}, {b.getI8Type(), i32}, type.clone(i32),
                                     [&](OpBuilder &n, Location at, ValueRange args) -> Value {
                                       Value distance = arith::SubIOp::create(
                                           n, at, args[1], widen(n, at, args[0], x.isSigned, 0, i32));
                                       Value index = arith::IndexCastUIOp::create(n, at, n.getIndexType(), distance);
                                       return tensor::ExtractOp::create(n, at, i32, table, index);
                                     });
    Value sum = buildReduction(b, loc, entries, i32, axis, b.getI32IntegerAttr(0),
                               [&](OpBuilder &n, Location at, Value value, Value so) -> Value {
                                 return arith::AddIOp::create(n, at, so, value);
                               });
    sum = withKeptDims(b, loc, sum, type.getShape(), axis);
    b.replaceOp(
        op, buildElementwise(b, loc, {entries, sum}, {i32, i32}, type, [&](OpBuilder &n, Location at, ValueRange args) {
          return quotient(n, at, args[0], args[1], factors.scale, limits);
        }));
    return success();
  }

  /// RNE(T * ((floor(2^(L+23) / S) * m) >> 24), L - 1 + k), where L is the bit length of S. Shifts beyond 62 give zero.
  static Value quotient(OpBuilder &b, Location loc, Value entry, Value sum, integer::Multiplier scale,
                        const integer::Limits &limits) {
    Type i64 = b.getI64Type();
    auto number = [&](int64_t value) { return constantInt(b, loc, i64, value); };
    auto wide = [&](Value value) { return arith::ExtUIOp::create(b, loc, i64, value).getResult(); };
    Value total = wide(sum);
    Value length = arith::SubIOp::create(b, loc, number(64), math::CountLeadingZerosOp::create(b, loc, total));
    Value dividend = arith::ShLIOp::create(b, loc, number(1), arith::AddIOp::create(b, loc, length, number(23)));
    Value reciprocal = arith::DivUIOp::create(b, loc, dividend, total);
    Value factor =
        arith::ShRUIOp::create(b, loc, arith::MulIOp::create(b, loc, reciprocal, number(scale.m)), number(24));
    Value product = arith::MulIOp::create(b, loc, wide(entry), factor);
    Value shift = arith::AddIOp::create(b, loc, length, number(scale.s - 1));
    Value kept = arith::MinSIOp::create(b, loc, shift, number(62));
    Value floor = arith::ShRSIOp::create(b, loc, product, kept);
    Value odd = arith::AndIOp::create(b, loc, floor, number(1));
    Value half = arith::ShLIOp::create(b, loc, number(1), arith::SubIOp::create(b, loc, kept, number(1)));
    Value raised = arith::AddIOp::create(
        b, loc, arith::AddIOp::create(b, loc, product, arith::SubIOp::create(b, loc, half, number(1))), odd);
    Value rounded = arith::ShRSIOp::create(b, loc, raised, kept);
    return store(b, loc, arith::AddIOp::create(b, loc, rounded, number(limits.zero)), limits);
  }
};

} // namespace

void sinter::lower::populateQuantizedReduceLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<ReducePattern, PoolPattern, SoftmaxPattern>(types, patterns.getContext(), /*benefit=*/2);
}
