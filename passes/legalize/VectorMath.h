// Arithmetic on scalars or vectors alike, for patterns that expand functions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LEGALIZE_VECTORMATH_H
#define SINTER_PASSES_LEGALIZE_VECTORMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

namespace sinter::legalize {

/// Builds operations at one place; constants and types follow the shape of the value given.
struct VectorMath {
  mlir::OpBuilder &b;
  mlir::Location loc;

  using Value = mlir::Value;
  using Type = mlir::Type;
  using FloatIs = mlir::arith::CmpFPredicate;
  using IntIs = mlir::arith::CmpIPredicate;

  /// `element` in the shape of `like`.
  static Type shaped(Type element, Value like) {
    auto vector = mlir::dyn_cast<mlir::VectorType>(like.getType());
    return vector ? Type(vector.clone(element)) : element;
  }
  Value constant(Type type, mlir::Attribute scalar) {
    auto vector = mlir::dyn_cast<mlir::VectorType>(type);
    mlir::Attribute value = vector ? mlir::Attribute(mlir::DenseElementsAttr::get(vector, scalar)) : scalar;
    return mlir::arith::ConstantOp::create(b, loc, mlir::cast<mlir::TypedAttr>(value));
  }
  /// A constant of `like`'s type, float or integer.
  Value num(Value like, double value) {
    Type type = like.getType();
    return constant(type, b.getFloatAttr(mlir::getElementTypeOrSelf(type), value));
  }
  Value integer(Value like, int64_t value) {
    Type element = mlir::getElementTypeOrSelf(like.getType());
    mlir::APInt bits(element.getIntOrFloatBitWidth(), static_cast<uint64_t>(value), false, true);
    return constant(like.getType(), b.getIntegerAttr(element, bits));
  }

  Value add(Value x, Value y) { return mlir::arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return mlir::arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return mlir::arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return mlir::arith::DivFOp::create(b, loc, x, y); }
  Value abs(Value x) { return mlir::math::AbsFOp::create(b, loc, x); }
  Value is(FloatIs p, Value x, Value y) { return mlir::arith::CmpFOp::create(b, loc, p, x, y); }
  Value is(IntIs p, Value x, Value y) { return mlir::arith::CmpIOp::create(b, loc, p, x, y); }
  Value select(Value c, Value x, Value y) { return mlir::arith::SelectOp::create(b, loc, c, x, y); }
  Value iadd(Value x, Value y) { return mlir::arith::AddIOp::create(b, loc, x, y); }
  Value isub(Value x, Value y) { return mlir::arith::SubIOp::create(b, loc, x, y); }
  Value iand(Value x, Value y) { return mlir::arith::AndIOp::create(b, loc, x, y); }
  Value ior(Value x, Value y) { return mlir::arith::OrIOp::create(b, loc, x, y); }
  Value shl(Value x, int64_t n) { return mlir::arith::ShLIOp::create(b, loc, x, integer(x, n)); }
  Value shr(Value x, int64_t n) { return mlir::arith::ShRUIOp::create(b, loc, x, integer(x, n)); }
  Value bits(Value x, Type element) { return mlir::arith::BitcastOp::create(b, loc, shaped(element, x), x); }
  Value zext(Value x, Type element) { return mlir::arith::ExtUIOp::create(b, loc, shaped(element, x), x); }
  Value trunc(Value x, Type element) { return mlir::arith::TruncIOp::create(b, loc, shaped(element, x), x); }
  Value extf(Value x, Type element) { return mlir::arith::ExtFOp::create(b, loc, shaped(element, x), x); }
  Value truncf(Value x, Type element) { return mlir::arith::TruncFOp::create(b, loc, shaped(element, x), x); }
};

} // namespace sinter::legalize

#endif
