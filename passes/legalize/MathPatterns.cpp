// Half floats and remainders without a library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/legalize/MathPatterns.h"
#include "passes/legalize/VectorMath.h"

using namespace mlir;
using namespace sinter::legalize;

namespace {

Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }
bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

//===--------------------------------------------------------------------------------------------------------------===//
// Half floats
//===--------------------------------------------------------------------------------------------------------------===//

/// f16 bits to f32: exponent and mantissa move into place and a multiplication by 2^112 rebiases, subnormals included.
Value halfToSingle(VectorMath m, Value half) {
  OpBuilder &b = m.b;
  Value wide = m.zext(m.bits(half, b.getI16Type()), b.getI32Type());
  Value sign = m.shl(m.iand(wide, m.integer(wide, 0x8000)), 16);
  Value magnitude = m.shl(m.iand(wide, m.integer(wide, 0x7fff)), 13);
  Value small = m.bits(magnitude, b.getF32Type());
  Value finite = m.bits(m.mul(small, m.num(small, 0x1p112)), b.getI32Type());
  Value special = m.ior(magnitude, m.integer(magnitude, 0x7f800000));
  Value isSpecial = m.is(arith::CmpIPredicate::uge, magnitude, m.integer(magnitude, 0x0f800000));
  return m.bits(m.ior(m.select(isSpecial, special, finite), sign), b.getF32Type());
}

/// f32 to f16 bits, to nearest even.
Value singleToHalf(VectorMath m, Value x) {
  OpBuilder &b = m.b;
  Value raw = m.bits(x, b.getI32Type());
  Value sign = m.shr(m.iand(raw, m.integer(raw, 0x80000000)), 16);
  Value magnitude = m.iand(raw, m.integer(raw, 0x7fffffff));
  // Normal: rebias, round the 13 bits that go.
  Value odd = m.iand(m.shr(magnitude, 13), m.integer(raw, 1));
  Value rebased = m.iadd(m.iadd(magnitude, m.integer(raw, 0xc8000fff)), odd);
  Value normal = m.shr(rebased, 13);
  // Subnormal: adding 0.5 lets the float addition round at the right bit.
  Value shifted = m.add(m.bits(magnitude, b.getF32Type()), m.num(x, 0.5));
  Value subnormal = m.isub(m.bits(shifted, b.getI32Type()), m.integer(raw, 0x3f000000));
  Value isSmall = m.is(arith::CmpIPredicate::ult, magnitude, m.integer(raw, 0x38800000));
  Value result = m.select(isSmall, subnormal, normal);
  // 65520 and above round to infinity; NaN stays one.
  Value isLarge = m.is(arith::CmpIPredicate::uge, magnitude, m.integer(raw, 0x477ff000));
  Value isNan = m.is(arith::CmpIPredicate::ugt, magnitude, m.integer(raw, 0x7f800000));
  result = m.select(isLarge, m.select(isNan, m.integer(raw, 0x7e00), m.integer(raw, 0x7c00)), result);
  return m.bits(m.trunc(m.ior(result, sign), b.getI16Type()), b.getF16Type());
}

/// f64 to f32 rounded to odd, so that rounding once more to a half float is right.
Value doubleToSingleOdd(VectorMath m, Value x) {
  OpBuilder &b = m.b;
  Value rounded = m.truncf(x, b.getF32Type());
  Value back = m.extf(rounded, b.getF64Type());
  Value raw = m.bits(rounded, b.getI32Type());
  Value tooLarge = m.is(arith::CmpFPredicate::OGT, m.abs(back), m.abs(x));
  Value toZero = m.select(tooLarge, m.isub(raw, m.integer(raw, 1)), raw);
  Value inexact = m.is(arith::CmpFPredicate::ONE, back, x);
  return m.bits(m.select(inexact, m.ior(toZero, m.integer(raw, 1)), raw), b.getF32Type());
}

struct ExtendHalf : OpRewritePattern<arith::ExtFOp> {
  ExtendHalf(MLIRContext *context, bool native) : OpRewritePattern(context), native(native) {}
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    VectorMath m{rewriter, op.getLoc()};
    Type to = elementOf(op.getResult());
    if (isHalf(elementOf(op.getIn())) && to.isF64()) {
      Value single = m.extf(op.getIn(), rewriter.getF32Type());
      rewriter.replaceOp(op, m.extf(single, to));
      return success();
    }
    if (native || !elementOf(op.getIn()).isF16())
      return failure();
    rewriter.replaceOp(op, halfToSingle(m, op.getIn()));
    return success();
  }
  bool native;
};

struct TruncateHalf : OpRewritePattern<arith::TruncFOp> {
  TruncateHalf(MLIRContext *context, bool native) : OpRewritePattern(context), native(native) {}
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    VectorMath m{rewriter, op.getLoc()};
    Type to = elementOf(op.getResult());
    if (!isHalf(to))
      return failure();
    if (elementOf(op.getIn()).isF64()) {
      rewriter.replaceOp(op, m.truncf(doubleToSingleOdd(m, op.getIn()), to));
      return success();
    }
    if (native || !to.isF16())
      return failure();
    rewriter.replaceOp(op, singleToHalf(m, op.getIn()));
    return success();
  }
  bool native;
};

/// Integers become half floats by way of f32, which canonicalisation leaves out. What is too large for f32 to hold
/// exactly is infinite in f16 either way.
template <typename Convert> struct IntegerToHalf : OpRewritePattern<Convert> {
  IntegerToHalf(MLIRContext *context, bool native) : OpRewritePattern<Convert>(context), native(native) {}
  LogicalResult matchAndRewrite(Convert op, PatternRewriter &rewriter) const override {
    if (native || !elementOf(op.getResult()).isF16())
      return failure();
    VectorMath m{rewriter, op.getLoc()};
    Type single = rewriter.getF32Type();
    if (auto vector = dyn_cast<VectorType>(op.getType()))
      single = vector.clone(single);
    Value wide = Convert::create(rewriter, op.getLoc(), single, op.getIn());
    rewriter.replaceOp(op, m.truncf(wide, rewriter.getF16Type()));
    return success();
  }
  bool native;
};

//===--------------------------------------------------------------------------------------------------------------===//
// Remainder
//===--------------------------------------------------------------------------------------------------------------===//

/// One step of long division: a quotient cut to 24 bits makes the product, and so the difference, exact in f64.
Value divisionStep(VectorMath m, Value rest, Value divisor) {
  Value quotient = m.bits(m.div(rest, divisor), m.b.getI64Type());
  quotient = m.bits(m.iand(quotient, m.integer(quotient, ~((int64_t(1) << 29) - 1))), m.b.getF64Type());
  Value whole = math::FloorOp::create(m.b, m.loc, quotient);
  Value next = m.sub(rest, m.mul(whole, divisor));
  return m.select(m.is(arith::CmpFPredicate::OLT, next, m.num(next, 0)), m.add(next, divisor), next);
}

struct ExpandRemainder : OpRewritePattern<arith::RemFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::RemFOp op, PatternRewriter &rewriter) const override {
    if (!elementOf(op.getResult()).isF32())
      return failure();
    VectorMath m{rewriter, op.getLoc()};
    Value x = op.getLhs(), y = op.getRhs();
    Value divisor = m.extf(m.abs(y), rewriter.getF64Type());
    Value rest = m.extf(m.abs(x), rewriter.getF64Type());
    for (int step = 0; step < 12; ++step)
      rest = divisionStep(m, rest, divisor);
    Value single = m.truncf(rest, rewriter.getF32Type());
    Value infinite = m.is(arith::CmpFPredicate::OEQ, m.abs(y), m.num(y, std::numeric_limits<double>::infinity()));
    Value finiteX = m.is(arith::CmpFPredicate::OLT, m.abs(x), m.num(x, std::numeric_limits<double>::infinity()));
    single = m.select(arith::AndIOp::create(rewriter, op.getLoc(), infinite, finiteX), x, single);
    rewriter.replaceOpWithNewOp<math::CopySignOp>(op, single, x);
    return success();
  }
};

} // namespace

void sinter::legalize::populateHalfFloatPatterns(RewritePatternSet &patterns, bool nativeHalf) {
  patterns.add<ExtendHalf, TruncateHalf, IntegerToHalf<arith::SIToFPOp>, IntegerToHalf<arith::UIToFPOp>>(
      patterns.getContext(), nativeHalf);
}

void sinter::legalize::populateRemainderPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandRemainder>(patterns.getContext());
}
