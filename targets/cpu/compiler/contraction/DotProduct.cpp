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
      .Case("vrmpy", IntegerDot::Vrmpy)
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
  if (kind == IntegerDot::Vrmpy)
    return {value};
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

DotProduct::Operand DotProduct::signedWord(Value word) const {
  if (kind == IntegerDot::Vrmpy)
    return {word}; // The instruction takes it from a scalar register.
  return signedBytes(vector::BroadcastOp::create(b, loc, words, word));
}

DotProduct::Operand DotProduct::signedBytes(Value value) const {
  if (kind == IntegerDot::Vrmpy)
    return {value};
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
  if (kind == IntegerDot::Vrmpy)
    return call(isa<VectorType>(s[0].getType()) ? "llvm.hexagon.V6.vrmpybusv.acc.128B"
                                                : "llvm.hexagon.V6.vrmpybus.acc.128B",
                {acc, u[0], s[0]});
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

namespace {

/// What requantization is made of, on vectors of the sums' shape.
class Requantize {
public:
  Requantize(OpBuilder &b, Location loc, IntegerDot kind, VectorType type) : b(b), loc(loc), kind(kind), type(type) {}

  // Adding 1.5 * 2^52 rounds the product to an integer, half to even, and leaves it in the low bits of the sum: the
  // product is exact, so this is RNE whether or not multiplication and addition are contracted.
  Value roundInDouble(Value acc, Value factor) const {
    VectorType doubles = of(b.getF64Type());
    Value rounder = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(doubles, APFloat(0x1.8p52)));
    Value product =
        arith::MulFOp::create(b, loc, arith::SIToFPOp::create(b, loc, doubles, acc), spread(doubles, factor));
    Value raised = arith::AddFOp::create(b, loc, product, rounder);
    return arith::TruncIOp::create(b, loc, type, arith::BitcastOp::create(b, loc, of(b.getI64Type()), raised));
  }

  // The low word only decides ties: what it holds is jammed into the high word's last bit, which the shift that
  // remains, of two at least, cuts off.
  Value roundHighWord(Value acc, Value factor) const {
    auto [multiplier, shift] = split(factor);
    auto [low, high] = multiply(acc, spread(type, multiplier));
    Value jam = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, low, number(0));
    high = arith::OrIOp::create(b, loc, high, arith::ExtUIOp::create(b, loc, type, jam));
    Value one = constant(shift.getType(), 1);
    Value half = arith::ShLIOp::create(b, loc, one, arith::SubIOp::create(b, loc, shift, one));
    Value below = spread(type, arith::SubIOp::create(b, loc, half, one));
    Value by = spread(type, shift);
    Value odd = arith::AndIOp::create(b, loc, arith::ShRSIOp::create(b, loc, high, by), number(1));
    Value raised = arith::AddIOp::create(b, loc, arith::AddIOp::create(b, loc, high, below), odd);
    return arith::ShRSIOp::create(b, loc, raised, by);
  }

  Value store(Value rounded, const integer::Limits &limits) const {
    if (limits.zero != 0)
      rounded = arith::AddIOp::create(b, loc, rounded, number(limits.zero));
    Value clamped = arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, rounded, number(limits.low)),
                                           number(limits.high));
    return arith::TruncIOp::create(b, loc, of(b.getI8Type()), clamped);
  }

private:
  VectorType of(Type element) const { return VectorType::get(type.getShape(), element); }
  Value constant(Type of, int64_t value) const {
    if (auto vector = dyn_cast<VectorType>(of))
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, APInt(32, value, /*isSigned=*/true)));
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value number(int64_t value) const { return constant(type, value); }
  Value spread(VectorType to, Value value) const {
    return isa<VectorType>(value.getType()) ? value : vector::BroadcastOp::create(b, loc, to, value).getResult();
  }

  /// The words of highWordFactor.
  std::pair<Value, Value> split(Value factor) const {
    if (isa<VectorType>(factor.getType())) {
      auto words = VectorType::get(type.getNumElements() * 2, b.getI32Type());
      auto apart = vector::DeinterleaveOp::create(b, loc, vector::BitCastOp::create(b, loc, words, factor));
      return {apart.getRes1(), apart.getRes2()};
    }
    Value by = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
    Value high = arith::ShRUIOp::create(b, loc, factor, by);
    return {arith::TruncIOp::create(b, loc, b.getI32Type(), factor),
            arith::TruncIOp::create(b, loc, b.getI32Type(), high)};
  }

  /// The words of a 64-bit product: low, high.
  std::pair<Value, Value> multiply(Value x, Value y) const {
    if (kind != IntegerDot::Vrmpy) {
      auto product = arith::MulSIExtendedOp::create(b, loc, x, y);
      return {product.getLow(), product.getHigh()};
    }
    // Of 32 by 16 bits each: the low halves of y, unsigned, then its high halves above them.
    auto pair = VectorType::get(type.getNumElements() * 2, b.getI32Type());
    Value product = call("llvm.hexagon.V6.vmpyewuh.64.128B", pair, {x, y});
    product = call("llvm.hexagon.V6.vmpyowh.64.acc.128B", pair, {product, x, y});
    return {call("llvm.hexagon.V6.lo.128B", type, product), call("llvm.hexagon.V6.hi.128B", type, product)};
  }

  Value call(llvm::StringRef intrinsic, Type result, ValueRange operands) const {
    return LLVM::CallIntrinsicOp::create(b, loc, result, b.getStringAttr(intrinsic), operands).getResult(0);
  }

  OpBuilder &b;
  Location loc;
  IntegerDot kind;
  VectorType type;
};

} // namespace

Value sinter::cpu::requantize(OpBuilder &b, Location loc, IntegerDot kind, Value acc, Value factor,
                              const integer::Limits &limits) {
  Requantize unit(b, loc, kind, cast<VectorType>(acc.getType()));
  bool inDouble = getElementTypeOrSelf(factor).isF64();
  return unit.store(inDouble ? unit.roundInDouble(acc, factor) : unit.roundHighWord(acc, factor), limits);
}

bool sinter::cpu::fitsFastRequantize(ArrayRef<integer::Multiplier> factors, int64_t bits) {
  // The zero point, at most 255, is added in 32 bits.
  constexpr double largest = 0x1p31 - 1024;
  return (int64_t(1) << bits) <= integer::exactInDouble && llvm::all_of(factors, [&](integer::Multiplier factor) {
           return std::fabs(integer::toDouble(factor)) * static_cast<double>(int64_t(1) << bits) < largest;
         });
}

// m * 2^7 fits 31 bits, and a product with it has what is below 2^25 in its low word.
static constexpr int highWordShift = 32 - 7;

bool sinter::cpu::fitsHighWords(integer::Multiplier factor) {
  return std::abs(factor.m) < int64_t(1) << 24 && factor.s - highWordShift >= 2 && factor.s - highWordShift < 31;
}

int64_t sinter::cpu::highWordFactor(integer::Multiplier factor) {
  auto low = static_cast<uint32_t>(factor.m * 128), high = static_cast<uint32_t>(factor.s - highWordShift);
  return static_cast<int64_t>(uint64_t(high) << 32 | low);
}
