// What the integer semantics (IntegerSemantics.h) need to know of an operator, read from its types and attributes.
//
// The reference evaluator, the quantize stage and the targets' lowerings all ask here, so they agree on the factors and
// on which forms have an integer meaning at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_QUANTIZEDPARAMETERS_H
#define SINTER_DIALECTS_NN_QUANTIZEDPARAMETERS_H

#include "dialects/nn/IntegerSemantics.h"
#include "dialects/nn/Nn.h"
#include <string>

namespace sinter::nn {

/// Discardable attributes of quantised operators.
/// `nn.clamp = array<i64: low, high>`: a function that limits (relu, clip) was folded into the result's range.
inline constexpr llvm::StringLiteral clampName = "nn.clamp";
/// `nn.multiplier_bits = 18 : i64`: requantization factors have this many bits; 24 without it.
inline constexpr llvm::StringLiteral multiplierBitsName = "nn.multiplier_bits";
/// `nn.accumulator_bits = 27 : i64`: proven from the weights, every |accumulator| is below 2^27.
inline constexpr llvm::StringLiteral accumulatorBitsName = "nn.accumulator_bits";
/// `nn.filter_sums = array<i32: ...>`: the sum of each output channel's stored weights, noted where
/// a layout pass packs them: what a zero point of the input is corrected by.
inline constexpr llvm::StringLiteral filterSumsName = "nn.filter_sums";

/// A quantised element type, uniform for a whole tensor or along one axis.
struct QuantizedElement {
  llvm::SmallVector<float> scales;
  llvm::SmallVector<int64_t> zeros;
  int64_t low, high;
  unsigned bits;
  bool isSigned;
  int64_t axis = -1; ///< -1: one scale for the tensor.

  bool isPerTensor() const { return axis < 0; }
  float scale(int64_t i = 0) const { return scales[isPerTensor() ? 0 : i]; }
  int64_t zero(int64_t i = 0) const { return zeros[isPerTensor() ? 0 : i]; }
};

/// The quantisation of a tensor's elements, or nothing.
std::optional<QuantizedElement> quantizedElement(mlir::Type type);
inline std::optional<QuantizedElement> quantizedElement(mlir::Value value) { return quantizedElement(value.getType()); }

/// The same storage, scale and zero point.
bool sameQuantization(mlir::Type a, mlir::Type b);

/// Zero point and limits of the operator's result: the storage range, narrowed by `nn.clamp`.
integer::Limits resultLimits(mlir::Operation *op);
unsigned multiplierBits(mlir::Operation *op);

/// nn.conv and nn.matmul on quantised tensors.
struct Contraction {
  llvm::SmallVector<integer::Multiplier> factors; ///< One for each output channel (conv: axis 1, matmul: the last).
  llvm::SmallVector<int64_t> filterZeros;         ///< As many.
  int64_t inputZero;
  integer::Limits limits;
};
std::optional<Contraction> contractionOf(mlir::Operation *op);

/// A result that is REQ of an accumulator in units of `scale`: nn.quantize of a quantised tensor, pools, reductions,
/// data movement. `count`: elements averaged.
std::optional<integer::Multiplier> rescale(mlir::Operation *op, int64_t count = 1);
/// The factor of a quantised nn.binary mul.
std::optional<integer::Multiplier> productFactor(BinaryOp op);
/// The factors of a quantised nn.binary add or sub.
std::optional<integer::AddFactors> sumFactors(BinaryOp op);
/// The table of a quantised nn.unary.
integer::Table tableOf(UnaryOp op);
/// The table that brings a concatenated input to the result's quantisation.
integer::Table tableOf(ConcatOp op, unsigned input);
std::optional<integer::SoftmaxFactors> softmaxOf(SoftmaxOp op);

/// Why an operator with quantised operands or results has no integer form; nothing when it has one. nn.quantize from
/// float and nn.dequantize have their own definitions and pass.
std::optional<std::string> whyNoIntegerForm(mlir::Operation *op);

} // namespace sinter::nn

#endif
