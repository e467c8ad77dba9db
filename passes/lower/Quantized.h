// What the lowerings of quantised operators share: stored values as integers, requantization, tables.
//
// Every one gives the bits of dialects/nn/IntegerSemantics.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_QUANTIZED_H
#define SINTER_PASSES_LOWER_QUANTIZED_H

#include "dialects/nn/QuantizedParameters.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

namespace sinter::lower {

/// A stored value widened to `type` as its signedness says, less `zero`.
mlir::Value widen(mlir::OpBuilder &b, mlir::Location loc, mlir::Value stored, bool isSigned, int64_t zero,
                  mlir::Type type);

/// An i32 or i64 clamped and cut to 8 bits.
mlir::Value store(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, const integer::Limits &limits);

/// RNE(p, s) on integers that cannot overflow in their type.
mlir::Value roundShift(mlir::OpBuilder &b, mlir::Location loc, mlir::Value p, int64_t s);

/// Requantization of i32 accumulators by one factor, or by one factor for each channel that comes in as an operand.
class Requantizer {
public:
  /// `inDouble`: the product is computed in double; every |accumulator| is below integer::exactInDouble.
  Requantizer(llvm::ArrayRef<integer::Multiplier> factors, integer::Limits limits, bool inDouble);

  /// Operands that the body needs beside the accumulator: none, or one or two tensors of shape `shape`, which has as
  /// many elements as there are factors.
  void addOperands(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<int64_t> shape,
                   llvm::SmallVectorImpl<mlir::Value> &operands, llvm::SmallVectorImpl<mlir::Type> &elements) const;
  /// The stored result. `extra`: the scalars of addOperands' operands.
  mlir::Value build(mlir::OpBuilder &b, mlir::Location loc, mlir::Value accumulator, mlir::ValueRange extra) const;

private:
  bool isUniform() const { return factors.size() == 1; }
  mlir::Value buildInDouble(mlir::OpBuilder &b, mlir::Location loc, mlir::Value accumulator,
                            mlir::ValueRange extra) const;
  mlir::Value buildInInteger(mlir::OpBuilder &b, mlir::Location loc, mlir::Value accumulator,
                             mlir::ValueRange extra) const;

  llvm::SmallVector<integer::Multiplier> factors;
  integer::Limits limits;
  bool inDouble;
};

/// table[low eight bits of stored], in a body; `table` is tableConstant's.
mlir::Value lookUp(mlir::OpBuilder &b, mlir::Location loc, mlir::Value table, mlir::Value stored, mlir::Type element);
mlir::Value tableConstant(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<int64_t> table, mlir::Type element);

} // namespace sinter::lower

#endif
