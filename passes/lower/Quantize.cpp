// Between float and quantised tensors: quantize and dequantize.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

/// Scale and zero point of a quantised type as scalars of an element-wise body. Per-axis values come in as two extra
/// operands that vary along the axis; per-tensor values are constants in the body.
struct Parameters {
  quant::QuantizedType type;
  quant::UniformQuantizedPerAxisType perAxis;

  explicit Parameters(Type element)
      : type(cast<quant::QuantizedType>(element)), perAxis(dyn_cast<quant::UniformQuantizedPerAxisType>(element)) {}

  void addOperands(OpBuilder &b, Location loc, RankedTensorType tensor, SmallVectorImpl<Value> &operands,
                   SmallVectorImpl<Type> &elements) const {
    if (!perAxis)
      return;
    SmallVector<int64_t> shape(tensor.getRank(), 1);
    shape[perAxis.getQuantizedDimension()] = perAxis.getScales().size();
    SmallVector<float> scales;
    SmallVector<int32_t> zeros;
    for (double scale : perAxis.getScales())
      scales.push_back(static_cast<float>(scale));
    for (int64_t zero : perAxis.getZeroPoints())
      zeros.push_back(static_cast<int32_t>(zero));
    auto scaleType = RankedTensorType::get(shape, b.getF32Type());
    auto zeroType = RankedTensorType::get(shape, b.getI32Type());
    operands.push_back(arith::ConstantOp::create(b, loc, DenseElementsAttr::get(scaleType, ArrayRef<float>(scales))));
    operands.push_back(arith::ConstantOp::create(b, loc, DenseElementsAttr::get(zeroType, ArrayRef<int32_t>(zeros))));
    elements.append({b.getF32Type(), b.getI32Type()});
  }

  Value scale(OpBuilder &b, Location loc, ValueRange args) const {
    return perAxis ? args[1]
                   : constantFloat(b, loc, b.getF32Type(), cast<quant::UniformQuantizedType>(type).getScale());
  }
  Value zeroPoint(OpBuilder &b, Location loc, ValueRange args) const {
    return perAxis ? args[2]
                   : constantInt(b, loc, b.getI32Type(), cast<quant::UniformQuantizedType>(type).getZeroPoint());
  }
};

/// clamp(rint(x / scale), lo - zero, hi - zero) + zero. Clamping first, in float, is exact for the sum and keeps the
/// conversion defined; NaN becomes the lower limit.
Value quantizeScalar(OpBuilder &b, Location loc, const Parameters &p, ValueRange args) {
  Value quotient = arith::DivFOp::create(b, loc, args[0], p.scale(b, loc, args));
  Value rounded = math::RoundEvenOp::create(b, loc, quotient);
  Value zero = p.zeroPoint(b, loc, args);
  auto bound = [&](int64_t limit) -> Value {
    Value difference = arith::SubIOp::create(b, loc, constantInt(b, loc, b.getI32Type(), limit), zero);
    return arith::SIToFPOp::create(b, loc, b.getF32Type(), difference);
  };
  Value low = bound(p.type.getStorageTypeMin()), high = bound(p.type.getStorageTypeMax());
  Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, rounded, low);
  Value clamped = arith::SelectOp::create(b, loc, above, rounded, low);
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, clamped, high);
  clamped = arith::SelectOp::create(b, loc, below, clamped, high);
  Value integer = arith::FPToSIOp::create(b, loc, b.getI32Type(), clamped);
  Value sum = arith::AddIOp::create(b, loc, integer, zero);
  return arith::TruncIOp::create(b, loc, storageElementType(p.type), sum);
}

Value dequantizeScalar(OpBuilder &b, Location loc, const Parameters &p, ValueRange args) {
  Value wide = args[0];
  if (wide.getType().getIntOrFloatBitWidth() < 32)
    wide = p.type.isSigned() ? Value(arith::ExtSIOp::create(b, loc, b.getI32Type(), wide))
                             : Value(arith::ExtUIOp::create(b, loc, b.getI32Type(), wide));
  Value difference = arith::SubIOp::create(b, loc, wide, p.zeroPoint(b, loc, args));
  Value value = arith::SIToFPOp::create(b, loc, b.getF32Type(), difference);
  return arith::MulFOp::create(b, loc, value, p.scale(b, loc, args));
}

struct QuantizePattern : OpConversionPattern<nn::QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::QuantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (isa<quant::QuantizedType>(op.getInput().getType().getElementType()))
      return rewriter.notifyMatchFailure(op, "from another quantisation");
    Parameters p(op.getResult().getType().getElementType());
    SmallVector<Value> operands = {adaptor.getInput()};
    SmallVector<Type> elements = {op.getInput().getType().getElementType()};
    p.addOperands(rewriter, op.getLoc(), op.getResult().getType(), operands, elements);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) { return quantizeScalar(b, loc, p, args); };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), operands, elements, op.getResult().getType(), body));
    return success();
  }
};

struct DequantizePattern : OpConversionPattern<nn::DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::DequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Parameters p(op.getInput().getType().getElementType());
    SmallVector<Value> operands = {adaptor.getInput()};
    SmallVector<Type> elements = {p.type};
    p.addOperands(rewriter, op.getLoc(), op.getInput().getType(), operands, elements);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) { return dequantizeScalar(b, loc, p, args); };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), operands, elements, op.getResult().getType(), body));
    return success();
  }
};

} // namespace

void sinter::lower::populateQuantizeLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<QuantizePattern, DequantizePattern>(types, patterns.getContext());
}
