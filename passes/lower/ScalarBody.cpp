// What one element of an element-wise nn operator computes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/ScalarBody.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/lower/Generic.h"
#include <limits>

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

/// Shorthands for scalar arithmetic at one place.
struct Scalars {
  OpBuilder &b;
  Location loc;

  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value neg(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value exp(Value x) { return math::ExpOp::create(b, loc, x); }
  Value num(Value like, double value) { return constantFloat(b, loc, like.getType(), value); }
  Value cmp(arith::CmpFPredicate p, Value x, Value y) { return arith::CmpFOp::create(b, loc, p, x, y); }
  Value cmp(arith::CmpIPredicate p, Value x, Value y) { return arith::CmpIOp::create(b, loc, p, x, y); }
  Value select(Value c, Value x, Value y) { return arith::SelectOp::create(b, loc, c, x, y); }
  /// c > x ? c : x, so that NaN stays NaN and one maximum instruction does it.
  Value atLeast(Value x, double c) {
    Value bound = num(x, c);
    return select(cmp(arith::CmpFPredicate::OGT, bound, x), bound, x);
  }
  Value atMost(Value x, double c) {
    Value bound = num(x, c);
    return select(cmp(arith::CmpFPredicate::OLT, bound, x), bound, x);
  }
  Value negative(Value x) { return cmp(arith::CmpFPredicate::OLT, x, num(x, 0)); }
};

/// 1 / (1 + exp(-x)): exp overflows to infinity for very negative x, which gives 0.
Value sigmoid(Scalars s, Value x) { return s.div(s.num(x, 1), s.add(s.num(x, 1), s.exp(s.neg(x)))); }

/// log(1 + exp(x)) without overflow: max(x, 0) + log1p(exp(-|x|)).
Value softplus(Scalars s, Value x) {
  Value small = s.exp(s.neg(math::AbsFOp::create(s.b, s.loc, x)));
  return s.add(s.atLeast(x, 0), math::Log1pOp::create(s.b, s.loc, small));
}

Value gelu(Scalars s, Value x) {
  Value erf = math::ErfOp::create(s.b, s.loc, s.mul(x, s.num(x, 0.70710678118654752440)));
  return s.mul(s.mul(s.num(x, 0.5), x), s.add(s.num(x, 1), erf));
}

Value geluTanh(Scalars s, Value x) {
  Value cube = s.mul(s.mul(x, x), x);
  Value inner = s.mul(s.num(x, 0.79788456080286535588), s.add(x, s.mul(s.num(x, 0.044715), cube)));
  return s.mul(s.mul(s.num(x, 0.5), x), s.add(s.num(x, 1), math::TanhOp::create(s.b, s.loc, inner)));
}

Value floatSign(Scalars s, Value x) {
  Value one = s.num(x, 1);
  Value positive = s.select(s.cmp(arith::CmpFPredicate::OGT, x, s.num(x, 0)), one, x);
  return s.select(s.negative(x), s.num(x, -1), positive);
}

/// lambda, bias: x < -lambda ? x + bias : x > lambda ? x - bias : 0.
Value shrink(Scalars s, Value x, UnaryParameters p) {
  Value lower = s.cmp(arith::CmpFPredicate::OLT, x, s.num(x, -p.alpha));
  Value upper = s.cmp(arith::CmpFPredicate::OGT, x, s.num(x, p.alpha));
  Value inside = s.select(upper, s.sub(x, s.num(x, p.beta)), s.num(x, 0));
  return s.select(lower, s.add(x, s.num(x, p.beta)), inside);
}

/// x < 0 ? alpha * (exp(x / divisor) - 1) : x.
Value elu(Scalars s, Value x, double alpha, double divisor) {
  Value scaled = divisor == 1 ? x : s.div(x, s.num(x, divisor));
  Value below = s.mul(s.num(x, alpha), math::ExpM1Op::create(s.b, s.loc, scaled));
  return s.select(s.negative(x), below, x);
}

Value isInf(Scalars s, Value x, UnaryParameters p) {
  double infinity = std::numeric_limits<double>::infinity();
  Value no = constantInt(s.b, s.loc, s.b.getI1Type(), 0);
  Value positive = p.beta != 0 ? s.cmp(arith::CmpFPredicate::OEQ, x, s.num(x, infinity)) : no;
  Value negative = p.alpha != 0 ? s.cmp(arith::CmpFPredicate::OEQ, x, s.num(x, -infinity)) : no;
  return arith::OrIOp::create(s.b, s.loc, positive, negative);
}

Value floatUnary(Scalars s, nn::UnaryKind kind, Value x, UnaryParameters p) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  using K = nn::UnaryKind;
  switch (kind) {
  case K::Abs: return math::AbsFOp::create(b, loc, x);
  case K::Neg: return s.neg(x);
  case K::Exp: return s.exp(x);
  case K::Log: return math::LogOp::create(b, loc, x);
  case K::Sqrt: return math::SqrtOp::create(b, loc, x);
  case K::Reciprocal: return s.div(s.num(x, 1), x);
  case K::Floor: return math::FloorOp::create(b, loc, x);
  case K::Ceil: return math::CeilOp::create(b, loc, x);
  case K::Round: return math::RoundEvenOp::create(b, loc, x);
  case K::Sign: return floatSign(s, x);
  case K::Sin: return math::SinOp::create(b, loc, x);
  case K::Cos: return math::CosOp::create(b, loc, x);
  case K::Tan: return math::TanOp::create(b, loc, x);
  case K::Asin: return math::AsinOp::create(b, loc, x);
  case K::Acos: return math::AcosOp::create(b, loc, x);
  case K::Atan: return math::AtanOp::create(b, loc, x);
  case K::Sinh: return math::SinhOp::create(b, loc, x);
  case K::Cosh: return math::CoshOp::create(b, loc, x);
  case K::Tanh: return math::TanhOp::create(b, loc, x);
  case K::Asinh: return math::AsinhOp::create(b, loc, x);
  case K::Acosh: return math::AcoshOp::create(b, loc, x);
  case K::Atanh: return math::AtanhOp::create(b, loc, x);
  case K::Erf: return math::ErfOp::create(b, loc, x);
  case K::Sigmoid: return sigmoid(s, x);
  case K::Relu: return s.atLeast(x, 0);
  case K::LeakyRelu: return s.select(s.negative(x), s.mul(x, s.num(x, p.alpha)), x);
  case K::Elu: return elu(s, x, p.alpha, 1);
  case K::Selu: return s.mul(s.num(x, p.gamma), elu(s, x, p.alpha, 1));
  case K::Celu: return elu(s, x, p.alpha, p.alpha);
  case K::Softplus: return softplus(s, x);
  case K::Softsign: return s.div(x, s.add(s.num(x, 1), math::AbsFOp::create(b, loc, x)));
  case K::HardSigmoid: return s.atLeast(s.atMost(s.add(s.mul(x, s.num(x, p.alpha)), s.num(x, p.beta)), 1), 0);
  case K::HardSwish: return s.mul(x, s.atLeast(s.atMost(s.add(s.mul(x, s.num(x, 1.0 / 6)), s.num(x, 0.5)), 1), 0));
  case K::Gelu: return gelu(s, x);
  case K::GeluTanh: return geluTanh(s, x);
  case K::Mish: return s.mul(x, math::TanhOp::create(b, loc, softplus(s, x)));
  case K::ThresholdedRelu: return s.select(s.cmp(arith::CmpFPredicate::OGT, x, s.num(x, p.alpha)), x, s.num(x, 0));
  case K::Shrink: return shrink(s, x, p);
  case K::Swish: return s.mul(x, sigmoid(s, p.alpha == 1 ? x : s.mul(x, s.num(x, p.alpha))));
  case K::IsNan: return s.cmp(arith::CmpFPredicate::UNO, x, x);
  case K::IsInf: return isInf(s, x, p);
  case K::Not:
  case K::BitwiseNot: return nullptr;
  }
  return nullptr;
}

Value integerUnary(Scalars s, nn::UnaryKind kind, Value x, bool isUnsigned) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  Value zero = constantInt(b, loc, x.getType(), 0);
  Value one = constantInt(b, loc, x.getType(), 1);
  using K = nn::UnaryKind;
  switch (kind) {
  case K::Abs: return isUnsigned ? x : Value(math::AbsIOp::create(b, loc, x));
  case K::Neg: return arith::SubIOp::create(b, loc, zero, x);
  case K::Relu: return isUnsigned ? x : Value(arith::MaxSIOp::create(b, loc, x, zero));
  case K::Sign: {
    Value notZero = arith::ExtUIOp::create(b, loc, x.getType(), s.cmp(arith::CmpIPredicate::ne, x, zero));
    if (isUnsigned)
      return notZero;
    Value sign =
        arith::ShRSIOp::create(b, loc, x, constantInt(b, loc, x.getType(), x.getType().getIntOrFloatBitWidth() - 1));
    return arith::OrIOp::create(b, loc, sign, notZero);
  }
  case K::Not: return arith::XOrIOp::create(b, loc, x, one);
  case K::BitwiseNot: return arith::XOrIOp::create(b, loc, x, constantInt(b, loc, x.getType(), -1));
  default: return nullptr;
  }
}

Value floatBinary(Scalars s, nn::BinaryKind kind, Value x, Value y) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  using K = nn::BinaryKind;
  switch (kind) {
  case K::Add: return s.add(x, y);
  case K::Sub: return s.sub(x, y);
  case K::Mul: return s.mul(x, y);
  case K::Div: return s.div(x, y);
  case K::Pow: return math::PowFOp::create(b, loc, x, y);
  case K::Min: return arith::MinimumFOp::create(b, loc, x, y);
  case K::Max: return arith::MaximumFOp::create(b, loc, x, y);
  case K::Fmod: return arith::RemFOp::create(b, loc, x, y);
  case K::Mod: {
    // The sign of the divisor: add it where the remainder is not zero and has the other sign.
    Value r = arith::RemFOp::create(b, loc, x, y);
    Value other = arith::XOrIOp::create(b, loc, s.negative(r), s.negative(y));
    Value isZero = s.cmp(arith::CmpFPredicate::OEQ, r, s.num(r, 0));
    return s.select(isZero, math::CopySignOp::create(b, loc, r, y), s.select(other, s.add(r, y), r));
  }
  case K::Prelu: return s.select(s.negative(x), s.mul(x, y), x);
  default: return nullptr;
  }
}

/// Division and remainder never trap: by zero they give zero, and the least integer divided by -1 wraps.
Value integerDivision(Scalars s, Value x, Value y, bool isUnsigned, bool remainder) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  Value zero = constantInt(b, loc, x.getType(), 0);
  Value one = constantInt(b, loc, x.getType(), 1);
  Value byZero = s.cmp(arith::CmpIPredicate::eq, y, zero);
  Value divisor = s.select(byZero, one, y);
  if (isUnsigned) {
    Value result = remainder ? Value(arith::RemUIOp::create(b, loc, x, divisor))
                             : Value(arith::DivUIOp::create(b, loc, x, divisor));
    return remainder ? result : s.select(byZero, zero, result);
  }
  Value minusOne = s.cmp(arith::CmpIPredicate::eq, divisor, constantInt(b, loc, x.getType(), -1));
  divisor = s.select(minusOne, one, divisor);
  if (remainder)
    return arith::RemSIOp::create(b, loc, x, divisor);
  Value quotient = arith::DivSIOp::create(b, loc, x, divisor);
  quotient = s.select(minusOne, arith::SubIOp::create(b, loc, zero, x), quotient);
  return s.select(byZero, zero, quotient);
}

Value integerMod(Scalars s, Value x, Value y, bool isUnsigned) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  Value r = integerDivision(s, x, y, isUnsigned, true);
  if (isUnsigned)
    return r;
  Value zero = constantInt(b, loc, x.getType(), 0);
  Value other = s.cmp(arith::CmpIPredicate::slt, arith::XOrIOp::create(b, loc, r, y), zero);
  Value notZero = s.cmp(arith::CmpIPredicate::ne, r, zero);
  return s.select(arith::AndIOp::create(b, loc, other, notZero), arith::AddIOp::create(b, loc, r, y), r);
}

/// x to the power y modulo 2^bits, by squaring. Negative exponents: 1 and -1 have their powers, others give zero.
Value integerPow(Scalars s, Value x, Value y, bool isUnsigned) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  Value zero = constantInt(b, loc, x.getType(), 0), one = constantInt(b, loc, x.getType(), 1);
  auto bitSet = [&](unsigned bit) {
    Value set = arith::AndIOp::create(b, loc, y, constantInt(b, loc, y.getType(), int64_t(1) << bit));
    return s.cmp(arith::CmpIPredicate::ne, set, zero);
  };
  // Even bases are zero and odd ones repeat from the 64th power on, so that all bits of the exponent matter.
  unsigned width = x.getType().getIntOrFloatBitWidth();
  Value result = one, square = x;
  for (unsigned bit = 0; bit < width - !isUnsigned; ++bit) {
    result = arith::MulIOp::create(b, loc, result, s.select(bitSet(bit), square, one));
    square = arith::MulIOp::create(b, loc, square, square);
  }
  if (isUnsigned)
    return result;
  Value minusOne = constantInt(b, loc, x.getType(), -1);
  Value power = s.select(s.cmp(arith::CmpIPredicate::eq, x, minusOne), s.select(bitSet(0), minusOne, one), zero);
  power = s.select(s.cmp(arith::CmpIPredicate::eq, x, one), one, power);
  return s.select(s.cmp(arith::CmpIPredicate::slt, y, zero), power, result);
}

/// Shifts by the width or more shift everything out; to the right, signed values keep their sign.
Value integerShift(Scalars s, Value x, Value y, bool left, bool isUnsigned) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  unsigned width = x.getType().getIntOrFloatBitWidth();
  Value inside = s.cmp(arith::CmpIPredicate::ult, y, constantInt(b, loc, y.getType(), width));
  Value zero = constantInt(b, loc, x.getType(), 0);
  if (!left && !isUnsigned)
    return arith::ShRSIOp::create(b, loc, x, s.select(inside, y, constantInt(b, loc, y.getType(), width - 1)));
  Value amount = s.select(inside, y, zero);
  Value shifted =
      left ? Value(arith::ShLIOp::create(b, loc, x, amount)) : Value(arith::ShRUIOp::create(b, loc, x, amount));
  return s.select(inside, shifted, zero);
}

Value integerBinary(Scalars s, nn::BinaryKind kind, Value x, Value y, bool isUnsigned) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  using K = nn::BinaryKind;
  switch (kind) {
  case K::Add: return arith::AddIOp::create(b, loc, x, y);
  case K::Sub: return arith::SubIOp::create(b, loc, x, y);
  case K::Mul: return arith::MulIOp::create(b, loc, x, y);
  case K::Div: return integerDivision(s, x, y, isUnsigned, false);
  case K::Pow: return integerPow(s, x, y, isUnsigned);
  case K::Min:
    return isUnsigned ? Value(arith::MinUIOp::create(b, loc, x, y)) : Value(arith::MinSIOp::create(b, loc, x, y));
  case K::Max:
    return isUnsigned ? Value(arith::MaxUIOp::create(b, loc, x, y)) : Value(arith::MaxSIOp::create(b, loc, x, y));
  case K::Mod: return integerMod(s, x, y, isUnsigned);
  case K::Fmod: return integerDivision(s, x, y, isUnsigned, true);
  case K::And:
  case K::BitwiseAnd: return arith::AndIOp::create(b, loc, x, y);
  case K::Or:
  case K::BitwiseOr: return arith::OrIOp::create(b, loc, x, y);
  case K::Xor:
  case K::BitwiseXor: return arith::XOrIOp::create(b, loc, x, y);
  case K::ShiftLeft: return integerShift(s, x, y, true, isUnsigned);
  case K::ShiftRight: return integerShift(s, x, y, false, isUnsigned);
  case K::Prelu: {
    if (isUnsigned)
      return x;
    Value below = s.cmp(arith::CmpIPredicate::slt, x, constantInt(b, loc, x.getType(), 0));
    return s.select(below, arith::MulIOp::create(b, loc, x, y), x);
  }
  }
  return nullptr;
}

/// Float to integer, truncated. What does not fit, and NaN, is the least integer of 32 bits (64 for wide and unsigned
/// results), cut to the result's width: numpy's values on x86-64, on every processor.
Value floatToInteger(Scalars s, Value x, IntegerType to) {
  OpBuilder &b = s.b;
  Location loc = s.loc;
  unsigned bits = to.getWidth();
  // A float beyond 32 bits has its low 8 bits clear, as the least integer has: unsigned bytes may take the short way.
  bool narrow = bits <= 32 && (!to.isUnsigned() || (bits == 8 && x.getType().isF32()));
  IntegerType wide = narrow ? b.getI32Type() : b.getI64Type();
  double limit = narrow ? 2147483648.0 : 9223372036854775808.0;
  Value fits = s.cmp(arith::CmpFPredicate::OLT, x, s.num(x, limit));
  // Truncation happens first: all above -limit - 1 fits, which only f64 tells from -limit.
  bool exact = narrow && x.getType().isF64();
  Value above = exact ? s.cmp(arith::CmpFPredicate::OGT, x, s.num(x, -limit - 1))
                      : s.cmp(arith::CmpFPredicate::OGE, x, s.num(x, -limit));
  fits = arith::AndIOp::create(b, loc, fits, above);
  Value least =
      constantInt(b, loc, wide, narrow ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min());
  Value result = s.select(fits, arith::FPToSIOp::create(b, loc, wide, s.select(fits, x, s.num(x, 0))), least);
  if (to.isUnsigned() && bits == 64) {
    Value upper = arith::AndIOp::create(b, loc, s.cmp(arith::CmpFPredicate::OGE, x, s.num(x, limit)),
                                        s.cmp(arith::CmpFPredicate::OLT, x, s.num(x, 2 * limit)));
    Value beyond = arith::FPToSIOp::create(b, loc, wide, s.select(upper, s.sub(x, s.num(x, limit)), s.num(x, 0)));
    result = s.select(upper, arith::XOrIOp::create(b, loc, beyond, least), result);
  }
  if (bits < wide.getWidth())
    return arith::TruncIOp::create(b, loc, IntegerType::get(b.getContext(), bits), result);
  return result;
}

Value integerToFloat(Scalars s, Value x, bool isUnsigned, Type to) {
  OpBuilder &b = s.b;
  Type wide = cast<FloatType>(to).getWidth() < 32 ? b.getF32Type() : to;
  if (x.getType().getIntOrFloatBitWidth() < 32) {
    x = isUnsigned ? Value(arith::ExtUIOp::create(b, s.loc, b.getI32Type(), x))
                   : Value(arith::ExtSIOp::create(b, s.loc, b.getI32Type(), x));
    isUnsigned = false;
  }
  return isUnsigned ? Value(arith::UIToFPOp::create(b, s.loc, wide, x))
                    : Value(arith::SIToFPOp::create(b, s.loc, wide, x));
}

Value resizeInteger(Scalars s, Value x, bool isUnsigned, Type to) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), bits = to.getIntOrFloatBitWidth();
  if (from == bits)
    return x;
  if (from > bits)
    return arith::TruncIOp::create(s.b, s.loc, to, x);
  return isUnsigned ? Value(arith::ExtUIOp::create(s.b, s.loc, to, x))
                    : Value(arith::ExtSIOp::create(s.b, s.loc, to, x));
}

bool treatsAsUnsigned(Type element) { return element.isUnsignedInteger() || element.isInteger(1); }

} // namespace

Value sinter::lower::buildUnary(OpBuilder &b, Location loc, nn::UnaryKind kind, Value x, Type element,
                                UnaryParameters p) {
  Scalars s{b, loc};
  if (isa<FloatType>(x.getType()))
    return floatUnary(s, kind, x, p);
  return integerUnary(s, kind, x, treatsAsUnsigned(element));
}

Value sinter::lower::buildBinary(OpBuilder &b, Location loc, nn::BinaryKind kind, Value x, Value y, Type element) {
  Scalars s{b, loc};
  if (isa<FloatType>(x.getType()))
    return floatBinary(s, kind, x, y);
  return integerBinary(s, kind, x, y, treatsAsUnsigned(element));
}

Value sinter::lower::buildCompare(OpBuilder &b, Location loc, nn::CompareKind kind, Value x, Value y, Type element) {
  using K = nn::CompareKind;
  if (isa<FloatType>(x.getType())) {
    using P = arith::CmpFPredicate;
    P p = kind == K::Equal         ? P::OEQ
          : kind == K::Less        ? P::OLT
          : kind == K::Greater     ? P::OGT
          : kind == K::LessOrEqual ? P::OLE
                                   : P::OGE;
    return arith::CmpFOp::create(b, loc, p, x, y);
  }
  using P = arith::CmpIPredicate;
  bool u = treatsAsUnsigned(element);
  P p = kind == K::Equal         ? P::eq
        : kind == K::Less        ? (u ? P::ult : P::slt)
        : kind == K::Greater     ? (u ? P::ugt : P::sgt)
        : kind == K::LessOrEqual ? (u ? P::ule : P::sle)
                                 : (u ? P::uge : P::sge);
  return arith::CmpIOp::create(b, loc, p, x, y);
}

Value sinter::lower::buildCast(OpBuilder &b, Location loc, Value x, Type from, Type to) {
  Scalars s{b, loc};
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (to.isInteger(1)) {
    if (fromFloat)
      return s.cmp(arith::CmpFPredicate::UNE, x, s.num(x, 0));
    return s.cmp(arith::CmpIPredicate::ne, x, constantInt(b, loc, x.getType(), 0));
  }
  if (fromFloat && toFloat) {
    if (cast<FloatType>(to).getWidth() > cast<FloatType>(x.getType()).getWidth())
      return arith::ExtFOp::create(b, loc, to, x);
    return x; // encodeScalar narrows.
  }
  if (fromFloat)
    return floatToInteger(s, x, cast<IntegerType>(to));
  if (toFloat)
    return integerToFloat(s, x, treatsAsUnsigned(from), to);
  return resizeInteger(s, x, treatsAsUnsigned(from), IntegerType::get(b.getContext(), to.getIntOrFloatBitWidth()));
}

Value sinter::lower::buildMax(OpBuilder &b, Location loc, Value x, Value y, Type element) {
  return buildBinary(b, loc, nn::BinaryKind::Max, x, y, element);
}

Value sinter::lower::buildMin(OpBuilder &b, Location loc, Value x, Value y, Type element) {
  return buildBinary(b, loc, nn::BinaryKind::Min, x, y, element);
}
