// The arithmetic of 8-bit contractions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/DotProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

std::optional<IntegerDot> sinter::cpu::parseIntegerDot(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<IntegerDot>>(name)
      .Case("widen", IntegerDot::Widen)
      .Case("pmaddwd", IntegerDot::Pmaddwd)
      .Case("vpdpbusd", IntegerDot::Vpdpbusd)
      .Default(std::nullopt);
}

Value DotProduct::splat(int64_t value) const {
  auto element = IntegerAttr::get(b.getI32Type(), APInt(32, static_cast<uint32_t>(value)));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words, element.getValue()));
}

Value DotProduct::as(Value vector, unsigned bits) const {
  return vector::BitCastOp::create(b, loc, VectorType::get(lanes * 32 / bits, b.getIntegerType(bits)), vector);
}

Value DotProduct::call(llvm::StringRef intrinsic, ValueRange operands) const {
  return LLVM::CallIntrinsicOp::create(b, loc, words, b.getStringAttr(intrinsic), operands).getResult(0);
}

DotProduct::Operand DotProduct::unsignedBytes(Value value) const {
  if (kind == IntegerDot::Vpdpbusd)
    return {as(value, 8)};
  if (kind == IntegerDot::Pmaddwd) {
    Value low = splat(0x00ff00ff), odd = arith::ShRUIOp::create(b, loc, value, splat(8));
    return {as(arith::AndIOp::create(b, loc, value, low), 16), as(arith::AndIOp::create(b, loc, odd, low), 16)};
  }
  Operand bytes;
  for (int64_t i = 0; i < 4; ++i)
    bytes.push_back(arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, value, splat(8 * i)), splat(255)));
  return bytes;
}

DotProduct::Operand DotProduct::signedBytes(Value value) const {
  if (kind == IntegerDot::Vpdpbusd)
    return {as(value, 8)};
  if (kind == IntegerDot::Pmaddwd) {
    Value pairs = as(value, 16);
    Value eight = as(splat(0x00080008), 16);
    Value even = arith::ShRSIOp::create(b, loc, arith::ShLIOp::create(b, loc, pairs, eight), eight);
    return {even, arith::ShRSIOp::create(b, loc, pairs, eight)};
  }
  Operand bytes;
  for (int64_t i = 0; i < 4; ++i)
    bytes.push_back(arith::ShRSIOp::create(b, loc, arith::ShLIOp::create(b, loc, value, splat(24 - 8 * i)), splat(24)));
  return bytes;
}

Value DotProduct::accumulate(Value acc, const Operand &u, const Operand &s) const {
  if (kind == IntegerDot::Vpdpbusd)
    return call("llvm.x86.avx512.vpdpbusd." + std::to_string(lanes * 32), {acc, u[0], s[0]});
  for (auto [left, right] : llvm::zip_equal(u, s)) {
    Value product;
    if (kind == IntegerDot::Widen)
      product = arith::MulIOp::create(b, loc, left, right);
    else
      product = call(lanes == 16  ? "llvm.x86.avx512.pmaddw.d.512"
                     : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                  : "llvm.x86.sse2.pmadd.wd",
                     {left, right});
    acc = arith::AddIOp::create(b, loc, acc, product);
  }
  return acc;
}

// Adding 1.5 * 2^52 rounds the product to an integer, half to even, and leaves it in the low bits of the sum: the
// product is exact, so this is RNE whether or not multiplication and addition are contracted.
Value sinter::cpu::requantize(OpBuilder &b, Location loc, Value acc, Value factor, const integer::Limits &limits) {
  auto type = cast<VectorType>(acc.getType());
  auto of = [&](Type element) { return VectorType::get(type.getShape(), element); };
  auto number = [&](int64_t value) {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, APInt(32, value, /*isSigned=*/true)))
        .getResult();
  };
  VectorType doubles = of(b.getF64Type());
  Value rounder = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(doubles, APFloat(0x1.8p52)));
  Value product = arith::MulFOp::create(b, loc, arith::SIToFPOp::create(b, loc, doubles, acc), factor);
  Value raised = arith::AddFOp::create(b, loc, product, rounder);
  Value bits = arith::BitcastOp::create(b, loc, of(b.getI64Type()), raised);
  Value rounded = arith::TruncIOp::create(b, loc, type, bits);
  if (limits.zero != 0)
    rounded = arith::AddIOp::create(b, loc, rounded, number(limits.zero));
  Value clamped =
      arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, rounded, number(limits.low)), number(limits.high));
  return arith::TruncIOp::create(b, loc, of(b.getI8Type()), clamped);
}

bool sinter::cpu::fitsFastRequantize(ArrayRef<integer::Multiplier> factors, int64_t bits) {
  // The zero point, at most 255, is added in 32 bits.
  constexpr double largest = 0x1p31 - 1024;
  return (int64_t(1) << bits) <= integer::exactInDouble && llvm::all_of(factors, [&](integer::Multiplier factor) {
           return std::fabs(integer::toDouble(factor)) * static_cast<double>(int64_t(1) << bits) < largest;
         });
}
