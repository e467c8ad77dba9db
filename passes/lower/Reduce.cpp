// Reductions over axes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

using K = nn::ReduceKind;

/// What a reduction accumulates in: half floats in f32, everything else in itself.
Type accumulatorOf(OpBuilder &b, Type element) {
  auto type = dyn_cast<FloatType>(element);
  return type && type.getWidth() < 32 ? b.getF32Type() : storageElementType(element);
}

TypedAttr identityOf(OpBuilder &b, K kind, Type element, Type accumulator) {
  bool isMax = kind == K::Max, isMin = kind == K::Min;
  if (auto type = dyn_cast<FloatType>(accumulator)) {
    if (isMax || isMin)
      return b.getFloatAttr(type, APFloat::getInf(type.getFloatSemantics(), isMax));
    return b.getFloatAttr(type, kind == K::Prod ? 1 : 0);
  }
  unsigned bits = accumulator.getIntOrFloatBitWidth();
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  if (isMax)
    return b.getIntegerAttr(accumulator, isUnsigned ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits));
  if (isMin)
    return b.getIntegerAttr(accumulator, isUnsigned ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits));
  return b.getIntegerAttr(accumulator, kind == K::Prod ? 1 : 0);
}

Value combine(OpBuilder &b, Location loc, K kind, Type element, Value value, Value sum) {
  auto binary = [&](nn::BinaryKind binaryKind, Value x) { return buildBinary(b, loc, binaryKind, x, sum, element); };
  switch (kind) {
  case K::Sum:
  case K::Mean: return binary(nn::BinaryKind::Add, value);
  case K::Max: return binary(nn::BinaryKind::Max, value);
  case K::Min: return binary(nn::BinaryKind::Min, value);
  case K::Prod: return binary(nn::BinaryKind::Mul, value);
  case K::SumSquare:
    return binary(nn::BinaryKind::Add, buildBinary(b, loc, nn::BinaryKind::Mul, value, value, element));
  case K::L1: return binary(nn::BinaryKind::Add, buildUnary(b, loc, nn::UnaryKind::Abs, value, element));
  }
  return nullptr;
}

struct ReducePattern : OpConversionPattern<nn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ReduceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "quantised");
    RankedTensorType type = op.getInput().getType();
    Type element = type.getElementType(), accumulator = accumulatorOf(rewriter, element);
    // Bools are stored as 0 and 1: their own largest and least are those of the bytes.
    Type decoded = element.isInteger(1) ? Type(rewriter.getI8Type()) : element;
    Value reduced = buildReduction(rewriter, op.getLoc(), adaptor.getInput(), decoded, op.getAxes(),
                                   identityOf(rewriter, op.getKind(), element, accumulator),
                                   [&](OpBuilder &b, Location loc, Value value, Value sum) {
                                     return combine(b, loc, op.getKind(), element, value, sum);
                                   });
    reduced = finish(rewriter, op, reduced, accumulator);
    rewriter.replaceOp(
        op, reshapeTensor(rewriter, op.getLoc(), reduced, cast<RankedTensorType>(storageType(op.getType()))));
    return success();
  }

  /// Divides a mean by its count and rounds to the result's type.
  static Value finish(OpBuilder &b, nn::ReduceOp op, Value reduced, Type accumulator) {
    Type element = op.getResult().getType().getElementType();
    if (op.getKind() != K::Mean && storageElementType(element) == accumulator)
      return reduced;
    int64_t count = 1;
    for (int64_t axis : op.getAxes())
      count *= op.getInput().getType().getDimSize(axis);
    auto shape = cast<RankedTensorType>(reduced.getType()).getShape();
    return buildElementwise(b, op.getLoc(), {reduced}, {accumulator}, RankedTensorType::get(shape, element),
                            [&](OpBuilder &nested, Location loc, ValueRange args) -> Value {
                              if (op.getKind() != K::Mean)
                                return args[0];
                              Value n = isa<FloatType>(accumulator) ? constantFloat(nested, loc, accumulator, count)
                                                                    : constantInt(nested, loc, accumulator, count);
                              return buildBinary(nested, loc, nn::BinaryKind::Div, args[0], n, element);
                            });
  }
};

} // namespace

void sinter::lower::populateReduceLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<ReducePattern>(types, patterns.getContext());
}
