// What the lowerings of quantised operators share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Quantized.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

Value sinter::lower::widen(OpBuilder &b, Location loc, Value stored, bool isSigned, int64_t zero, Type type) {
  Value wide = isSigned ? Value(arith::ExtSIOp::create(b, loc, type, stored))
                        : Value(arith::ExtUIOp::create(b, loc, type, stored));
  return zero == 0 ? wide : arith::SubIOp::create(b, loc, wide, constantInt(b, loc, type, zero)).getResult();
}

Value sinter::lower::store(OpBuilder &b, Location loc, Value value, const integer::Limits &limits) {
  Value low = constantInt(b, loc, value.getType(), limits.low),
        high = constantInt(b, loc, value.getType(), limits.high);
  Value clamped = arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, value, low), high);
  return arith::TruncIOp::create(b, loc, b.getI8Type(), clamped);
}

// (p + (2^(s-1) - 1) + (floor(p / 2^s) odd)) >> s, which is RNE without a comparison.
static Value roundShiftBy(OpBuilder &b, Location loc, Value p, Value s, Value halfLess) {
  Value floor = arith::ShRSIOp::create(b, loc, p, s);
  Value odd = arith::AndIOp::create(b, loc, floor, constantInt(b, loc, p.getType(), 1));
  Value sum = arith::AddIOp::create(b, loc, arith::AddIOp::create(b, loc, p, halfLess), odd);
  return arith::ShRSIOp::create(b, loc, sum, s);
}

Value sinter::lower::roundShift(OpBuilder &b, Location loc, Value p, int64_t s) {
  return roundShiftBy(b, loc, p, constantInt(b, loc, p.getType(), s),
                      constantInt(b, loc, p.getType(), (int64_t(1) << (s - 1)) - 1));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Requantization
//===--------------------------------------------------------------------------------------------------------------===//

Requantizer::Requantizer(ArrayRef<integer::Multiplier> all, integer::Limits limits, bool inDouble)
    : factors(all), limits(limits), inDouble(inDouble) {
  if (llvm::all_equal(factors))
    factors.truncate(1);
}

void Requantizer::addOperands(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, SmallVectorImpl<Value> &operands,
                              SmallVectorImpl<Type> &elements) const {
  if (isUniform())
    return;
  auto add = [&](Type element, ArrayRef<Attribute> values) {
    operands.push_back(
        arith::ConstantOp::create(b, loc, DenseElementsAttr::get(RankedTensorType::get(shape, element), values)));
    elements.push_back(element);
  };
  SmallVector<Attribute> doubles, multipliers, shifts;
  for (integer::Multiplier factor : factors) {
    doubles.push_back(b.getF64FloatAttr(integer::toDouble(factor)));
    multipliers.push_back(b.getI64IntegerAttr(factor.m));
    shifts.push_back(b.getI64IntegerAttr(factor.s));
  }
  if (inDouble)
    return add(b.getF64Type(), doubles);
  add(b.getI64Type(), multipliers);
  add(b.getI64Type(), shifts);
}

Value Requantizer::build(OpBuilder &b, Location loc, Value accumulator, ValueRange extra) const {
  return inDouble ? buildInDouble(b, loc, accumulator, extra) : buildInInteger(b, loc, accumulator, extra);
}

// The product is exact in double, so rounding it to an integer is RNE. Clamping comes first: the sum with the zero
// point is exact, and the conversion stays defined.
Value Requantizer::buildInDouble(OpBuilder &b, Location loc, Value accumulator, ValueRange extra) const {
  Value factor = isUniform() ? constantFloat(b, loc, b.getF64Type(), integer::toDouble(factors[0])) : extra[0];
  Value product = arith::MulFOp::create(b, loc, arith::SIToFPOp::create(b, loc, b.getF64Type(), accumulator), factor);
  Value rounded = math::RoundEvenOp::create(b, loc, product);
  Value low = constantFloat(b, loc, b.getF64Type(), static_cast<double>(limits.low - limits.zero));
  Value high = constantFloat(b, loc, b.getF64Type(), static_cast<double>(limits.high - limits.zero));
  Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, rounded, low);
  Value clamped = arith::SelectOp::create(b, loc, above, rounded, low);
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, clamped, high);
  clamped = arith::SelectOp::create(b, loc, below, clamped, high);
  Value integer = arith::FPToSIOp::create(b, loc, b.getI32Type(), clamped);
  Value sum = arith::AddIOp::create(b, loc, integer, constantInt(b, loc, b.getI32Type(), limits.zero));
  return arith::TruncIOp::create(b, loc, b.getI8Type(), sum);
}

Value Requantizer::buildInInteger(OpBuilder &b, Location loc, Value accumulator, ValueRange extra) const {
  Type i64 = b.getI64Type();
  Value m = isUniform() ? constantInt(b, loc, i64, factors[0].m) : extra[0];
  Value s = isUniform() ? constantInt(b, loc, i64, factors[0].s) : extra[1];
  Value one = constantInt(b, loc, i64, 1);
  Value half = arith::ShLIOp::create(b, loc, one, arith::SubIOp::create(b, loc, s, one));
  Value product = arith::MulIOp::create(b, loc, arith::ExtSIOp::create(b, loc, i64, accumulator), m);
  Value rounded = roundShiftBy(b, loc, product, s, arith::SubIOp::create(b, loc, half, one));
  return store(b, loc, arith::AddIOp::create(b, loc, rounded, constantInt(b, loc, i64, limits.zero)), limits);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Tables
//===--------------------------------------------------------------------------------------------------------------===//

Value sinter::lower::tableConstant(OpBuilder &b, Location loc, ArrayRef<int64_t> table, Type element) {
  SmallVector<Attribute> values;
  for (int64_t value : table)
    values.push_back(IntegerAttr::get(element, APInt(element.getIntOrFloatBitWidth(), value, true, true)));
  auto type = RankedTensorType::get({static_cast<int64_t>(table.size())}, element);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value sinter::lower::lookUp(OpBuilder &b, Location loc, Value table, Value stored, Type element) {
  Value index = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), stored);
  return tensor::ExtractOp::create(b, loc, element, table, index);
}
