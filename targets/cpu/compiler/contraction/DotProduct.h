// The arithmetic of 8-bit contractions: dot products of four bytes in each 32-bit lane, and requantization of the sums.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_DOTPRODUCT_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_DOTPRODUCT_H

#include "dialects/nn/IntegerSemantics.h"
#include "mlir/IR/Builders.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

namespace sinter::cpu {

/// How a processor multiplies bytes. All give the same sums.
enum class IntegerDot {
  Widen,    ///< 32-bit multiplications.
  Pmaddwd,  ///< x86's products of 16-bit pairs.
  Vpdpbusd, ///< AVX-512 VNNI.
  Vrmpy,    ///< Hexagon HVX, vectors of 32 lanes.
};

/// By the name in target.json; nothing for another name.
std::optional<IntegerDot> parseIntegerDot(llvm::StringRef name);

/// Emits acc[lane] += sum of u[lane].byte[i] * s[lane].byte[i]: u unsigned, s signed, both vectors of i32 lanes.
class DotProduct {
public:
  /// A factor in the form that the multiplications take it; made once for several of them.
  using Operand = llvm::SmallVector<mlir::Value, 4>;

  DotProduct(mlir::OpBuilder &b, mlir::Location loc, IntegerDot kind, int64_t lanes)
      : b(b), loc(loc), kind(kind), lanes(lanes), words(mlir::VectorType::get(lanes, b.getI32Type())) {}

  Operand unsignedBytes(mlir::Value lanes) const;
  Operand signedBytes(mlir::Value lanes) const;
  /// The same four signed bytes, an i32, in every lane.
  Operand signedWord(mlir::Value word) const;
  mlir::Value accumulate(mlir::Value acc, const Operand &u, const Operand &s) const;

private:
  mlir::Value splat(int64_t value) const;
  mlir::Value as(mlir::Value vector, unsigned bits) const;
  mlir::Value call(llvm::StringRef intrinsic, mlir::ValueRange operands) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  IntegerDot kind;
  int64_t lanes;
  mlir::VectorType words;
};

/// clamp(RNE(acc * factor) + zero) as bytes. `acc` is a vector of i32; `factor` is for all lanes, or a vector of as
/// many elements: either f64, and the product is below 2^31 and exact in double (fitsFastRequantize), or the i64 of
/// highWordFactor.
mlir::Value requantize(mlir::OpBuilder &b, mlir::Location loc, IntegerDot kind, mlir::Value acc, mlir::Value factor,
                       const integer::Limits &limits);

/// Whether sums below 2^bits may be requantized by `requantize`.
bool fitsFastRequantize(llvm::ArrayRef<integer::Multiplier> factors, int64_t bits);

/// Whether any 32-bit sum may be requantized by the high word of its product with the factor.
bool fitsHighWords(integer::Multiplier factor);
/// m * 2^7 in the low word, and in the high one how far the product's high word is still to be shifted.
int64_t highWordFactor(integer::Multiplier factor);

} // namespace sinter::cpu

#endif
