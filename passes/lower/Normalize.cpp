// Softmax and layer normalisation: reductions, and element-wise passes over the same rows.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

/// Rows are computed in f32, or in f64 for f64.
FloatType computeType(OpBuilder &b, Type element) {
  return element.isF64() ? FloatType(b.getF64Type()) : FloatType(b.getF32Type());
}

Value sumOver(OpBuilder &b, Location loc, Value input, Type element, ArrayRef<int64_t> axes, FloatType type) {
  return buildReduction(b, loc, input, element, axes, b.getFloatAttr(type, 0),
                        [](OpBuilder &nested, Location at, Value value, Value sum) -> Value {
                          return arith::AddFOp::create(nested, at, sum, value);
                        });
}

struct SoftmaxPattern : OpConversionPattern<nn::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::SoftmaxOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (anyQuantized(op))
      return b.notifyMatchFailure(op, "quantised");
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    Type element = type.getElementType();
    FloatType compute = computeType(b, element);
    auto axis = static_cast<int64_t>(op.getAxis());
    SmallVector<int64_t> axes = {axis < 0 ? axis + type.getRank() : axis};
    RankedTensorType rows = type.clone(compute);
    Value input = adaptor.getInput();
    Value max = buildReduction(b, loc, input, element, axes,
                               b.getFloatAttr(compute, APFloat::getInf(compute.getFloatSemantics(), true)),
                               [](OpBuilder &nested, Location at, Value value, Value sum) -> Value {
                                 return arith::MaximumFOp::create(nested, at, value, sum);
                               });
    max = withKeptDims(b, loc, max, type.getShape(), axes);
    Value exps = buildElementwise(
        b, loc, {input, max}, {element, compute}, rows, [](OpBuilder &nested, Location at, ValueRange args) -> Value {
          return math::ExpOp::create(nested, at, arith::SubFOp::create(nested, at, args[0], args[1]));
        });
    Value sum = withKeptDims(b, loc, sumOver(b, loc, exps, compute, axes, compute), type.getShape(), axes);
    b.replaceOp(op, op.getLog() ? logarithm(b, op, input, max, sum) : quotient(b, op, exps, sum));
    return success();
  }

  static Value quotient(OpBuilder &b, nn::SoftmaxOp op, Value exps, Value sum) {
    Type compute = getElementTypeOrSelf(sum.getType());
    return buildElementwise(b, op.getLoc(), {exps, sum}, {compute, compute}, op.getResult().getType(),
                            [](OpBuilder &nested, Location at, ValueRange args) -> Value {
                              return arith::DivFOp::create(nested, at, args[0], args[1]);
                            });
  }

  /// x - max - log(sum): the logarithm is taken once a row.
  static Value logarithm(OpBuilder &b, nn::SoftmaxOp op, Value input, Value max, Value sum) {
    Type compute = getElementTypeOrSelf(sum.getType()), element = op.getInput().getType().getElementType();
    Value shift =
        buildElementwise(b, op.getLoc(), {max, sum}, {compute, compute}, cast<RankedTensorType>(sum.getType()),
                         [](OpBuilder &nested, Location at, ValueRange args) -> Value {
                           return arith::AddFOp::create(nested, at, args[0], math::LogOp::create(nested, at, args[1]));
                         });
    return buildElementwise(b, op.getLoc(), {input, shift}, {element, compute}, op.getResult().getType(),
                            [](OpBuilder &nested, Location at, ValueRange args) -> Value {
                              return arith::SubFOp::create(nested, at, args[0], args[1]);
                            });
  }
};

struct LayerNormPattern : OpConversionPattern<nn::LayerNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::LayerNormOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (anyQuantized(op))
      return b.notifyMatchFailure(op, "quantised");
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    FloatType compute = computeType(b, type.getElementType());
    auto first = static_cast<int64_t>(op.getAxis());
    first = first < 0 ? first + type.getRank() : first;
    int64_t count = 1;
    SmallVector<int64_t> axes;
    for (int64_t axis = first; axis < type.getRank(); ++axis) {
      axes.push_back(axis);
      count *= type.getDimSize(axis);
    }
    Value centred = adaptor.getInput();
    Type element = type.getElementType();
    if (!op.getRms()) {
      Value sum = withKeptDims(b, loc, sumOver(b, loc, centred, element, axes, compute), type.getShape(), axes);
      centred = subtractMean(b, loc, centred, element, sum, type.clone(compute), count);
      element = compute;
    }
    Value squares = buildReduction(b, loc, centred, element, axes, b.getFloatAttr(compute, 0),
                                   [](OpBuilder &nested, Location at, Value value, Value sum) -> Value {
                                     Value square = arith::MulFOp::create(nested, at, value, value);
                                     return arith::AddFOp::create(nested, at, sum, square);
                                   });
    squares = withKeptDims(b, loc, squares, type.getShape(), axes);
    Value factor = inverseDeviation(b, loc, squares, count, op.getEpsilon().convertToDouble());
    b.replaceOp(op, scaled(b, op, adaptor, centred, element, factor));
    return success();
  }

  static Value subtractMean(OpBuilder &b, Location loc, Value input, Type element, Value sum, RankedTensorType type,
                            int64_t count) {
    return buildElementwise(b, loc, {input, sum}, {element, type.getElementType()}, type,
                            [&](OpBuilder &nested, Location at, ValueRange args) -> Value {
                              Value n = constantFloat(nested, at, type.getElementType(), count);
                              return arith::SubFOp::create(nested, at, args[0],
                                                           arith::DivFOp::create(nested, at, args[1], n));
                            });
  }

  static Value inverseDeviation(OpBuilder &b, Location loc, Value squares, int64_t count, double epsilon) {
    auto type = cast<RankedTensorType>(squares.getType());
    Type compute = type.getElementType();
    return buildElementwise(
        b, loc, {squares}, {compute}, type, [&](OpBuilder &nested, Location at, ValueRange args) -> Value {
          Value variance = arith::DivFOp::create(nested, at, args[0], constantFloat(nested, at, compute, count));
          Value shifted = arith::AddFOp::create(nested, at, variance, constantFloat(nested, at, compute, epsilon));
          Value deviation = math::SqrtOp::create(nested, at, shifted);
          return arith::DivFOp::create(nested, at, constantFloat(nested, at, compute, 1), deviation);
        });
  }

  static Value scaled(OpBuilder &b, nn::LayerNormOp op, OpAdaptor adaptor, Value centred, Type element, Value factor) {
    SmallVector<Value> operands = {centred, factor};
    SmallVector<Type> elements = {element, getElementTypeOrSelf(factor.getType())};
    bool hasScale = static_cast<bool>(op.getScale()), hasBias = static_cast<bool>(op.getBias());
    if (hasScale) {
      operands.push_back(adaptor.getScale());
      elements.push_back(op.getScale().getType().getElementType());
    }
    if (hasBias) {
      operands.push_back(adaptor.getBias());
      elements.push_back(op.getBias().getType().getElementType());
    }
    return buildElementwise(b, op.getLoc(), operands, elements, op.getResult().getType(),
                            [&](OpBuilder &nested, Location at, ValueRange args) -> Value {
                              Value value = arith::MulFOp::create(nested, at, args[0], args[1]);
                              if (hasScale)
                                value = arith::MulFOp::create(nested, at, value, args[2]);
                              if (hasBias)
                                value = arith::AddFOp::create(nested, at, value, args.back());
                              return value;
                            });
  }
};

} // namespace

void sinter::lower::populateNormalizeLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<SoftmaxPattern, LayerNormPattern>(types, patterns.getContext());
}
