// Element-wise operators of quantised tensors: sums, products, tables, and the change of quantisation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Quantized.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

struct BinaryPattern : OpConversionPattern<nn::BinaryOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::BinaryOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "not quantised");
    nn::QuantizedElement x = *nn::quantizedElement(op.getLhs()), y = *nn::quantizedElement(op.getRhs());
    integer::Limits limits = nn::resultLimits(op);
    bool product = op.getKind() == nn::BinaryKind::Mul;
    Requantizer requantizer({product ? *nn::productFactor(op) : integer::Multiplier()}, limits,
                            choicesOf(*this).doubles);
    integer::AddFactors sum = product ? integer::AddFactors() : *nn::sumFactors(op);
    Type i32 = rewriter.getI32Type(), i8 = rewriter.getI8Type();
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      Value left = widen(b, loc, args[0], x.isSigned, x.zero(), i32),
            right = widen(b, loc, args[1], y.isSigned, y.zero(), i32);
      if (product)
        return requantizer.build(b, loc, arith::MulIOp::create(b, loc, left, right), {});
      left = arith::MulIOp::create(b, loc, left, constantInt(b, loc, i32, sum.m[0]));
      right = arith::MulIOp::create(b, loc, right, constantInt(b, loc, i32, sum.m[1]));
      Value rounded = roundShift(b, loc, arith::AddIOp::create(b, loc, left, right), sum.s);
      return store(b, loc, arith::AddIOp::create(b, loc, rounded, constantInt(b, loc, i32, limits.zero)), limits);
    };
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op.getLoc(), adaptor.getOperands(), {i8, i8}, op.getResult().getType(), body));
    return success();
  }
};

/// The result's stored values of a table over a stored tensor.
Value applyTable(OpBuilder &b, Location loc, Value stored, const integer::Table &table, RankedTensorType resultType) {
  Value constant = tableConstant(b, loc, table, b.getI8Type());
  return buildElementwise(b, loc, stored, b.getI8Type(), resultType,
                          [&](OpBuilder &nested, Location at, ValueRange args) {
                            return lookUp(nested, at, constant, args[0], b.getI8Type());
                          });
}

struct UnaryPattern : OpConversionPattern<nn::UnaryOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::UnaryOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "not quantised");
    rewriter.replaceOp(
        op, applyTable(rewriter, op.getLoc(), adaptor.getInput(), nn::tableOf(op), op.getResult().getType()));
    return success();
  }
};

struct RequantizePattern : OpConversionPattern<nn::QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::QuantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    std::optional<nn::QuantizedElement> x = nn::quantizedElement(op.getInput());
    if (!x)
      return rewriter.notifyMatchFailure(op, "from float");
    if (nn::sameQuantization(op.getInput().getType(), op.getType()) && !op->hasAttr(nn::clampName)) {
      rewriter.replaceOp(op, adaptor.getInput());
      return success();
    }
    Requantizer requantizer({*nn::rescale(op)}, nn::resultLimits(op), choicesOf(*this).doubles);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      return requantizer.build(b, loc, widen(b, loc, args[0], x->isSigned, x->zero(), b.getI32Type()), {});
    };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), adaptor.getInput(), rewriter.getI8Type(),
                                            op.getResult().getType(), body));
    return success();
  }
};

/// Inputs of another quantisation than the result's go through tables; then it is a concatenation of plain integers.
struct ConcatPattern : OpConversionPattern<nn::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ConcatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getResult().getType();
    auto same = [&](Value input) {
      return cast<RankedTensorType>(input.getType()).getElementType() == type.getElementType();
    };
    if (!anyQuantized(op) || llvm::all_of(op.getInputs(), same))
      return rewriter.notifyMatchFailure(op, "one quantisation");
    SmallVector<Value> inputs;
    for (auto [i, value] : llvm::enumerate(adaptor.getInputs())) {
      auto of = cast<RankedTensorType>(value.getType()).clone(type.getElementType());
      bool keeps = nn::sameQuantization(op.getInputs()[i].getType(), type);
      inputs.push_back(keeps ? value : applyTable(rewriter, op.getLoc(), value, nn::tableOf(op, i), of));
    }
    rewriter.replaceOpWithNewOp<nn::ConcatOp>(op, storageType(type), inputs, op.getAxis());
    return success();
  }
};

} // namespace

void sinter::lower::populateQuantizedElementwiseLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<BinaryPattern, UnaryPattern, RequantizePattern, ConcatPattern>(types, patterns.getContext(),
                                                                              /*benefit=*/2);
}
