// The integer semantics of quantised operators: rounding, multipliers, tables and the parameters of each operator.
//
// docs/integer-semantics.md is the definition; these are its formulas as pure functions on plain numbers, used by the
// reference evaluator and by every target's lowering, so that both cannot disagree. No MLIR here. Parameters that do
// not exist (a scale out of range, say) are std::nullopt: the operator is then not folded.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_INTEGERSEMANTICS_H
#define SINTER_DIALECTS_NN_INTEGERSEMANTICS_H

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace sinter::integer {

//===--------------------------------------------------------------------------------------------------------------===//
// Rounding and requantization
//===--------------------------------------------------------------------------------------------------------------===//

/// RNE(p, s): p / 2^s to the nearest integer, ties to even; s >= 1. |p| < 2^62.
int64_t roundShift(int64_t p, int s);

/// A factor c = m * 2^-s. `m` carries the factor's sign.
struct Multiplier {
  int64_t m = 0;
  int s = 1;
  bool operator==(const Multiplier &) const = default;
};

/// MUL(c): exact for 24 bits (2^23 <= |m| < 2^24), for fewer m is rounded half to even. s > 62 gives zero; nothing for
/// s < 1, NaN, infinity and zero.
std::optional<Multiplier> multiplier(float c, unsigned bits = 24);

/// The integers of a quantised tensor's result: zero point, and what values are limited to.
struct Limits {
  int64_t zero = 0, low = -128, high = 127;
  int64_t clamp(int64_t value) const { return value < low ? low : value > high ? high : value; }
};

/// REQ: clamp(RNE(acc * m, s) + zero). |acc| < 2^38.
int64_t requantize(int64_t acc, Multiplier factor, const Limits &limits);

/// Below this magnitude of acc, rint(double(acc) * c) has the bits of RNE(acc * m, s).
inline constexpr int64_t exactInDouble = int64_t(1) << 29;

/// m * 2^-s as a double, exactly.
double toDouble(Multiplier factor);

/// saturate(rint(x / scale) + zero) in float32 throughout, as QuantizeLinear. NaN gives the lower limit.
int64_t quantize(float x, float scale, const Limits &limits);

//===--------------------------------------------------------------------------------------------------------------===//
// Convolution and matrix product
//===--------------------------------------------------------------------------------------------------------------===//

/// fl(fl(sx * sw) / sy).
float contractionFactor(float sx, float sw, float sy);

/// rint(double(b) / (double(sx) * double(sw))); nothing if it does not fit int32.
std::optional<int32_t> quantizeBias(float b, float sx, float sw);

/// The largest |acc| of one channel: its weights (minus zero point), the input's range (minus zero point), its bias.
int64_t accumulatorBound(std::span<const int64_t> weights, int64_t low, int64_t high, int64_t bias);

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

/// Add of n operands: clamp(RNE(sum of (q_i - z_i) * m_i, s) + zy). Subtraction negates a scale.
struct AddFactors {
  std::vector<int64_t> m;
  int s = 1;
};
/// `bits` of the tensors: 8 (sums fit int32) or 16 (int64). Nothing where s is outside [1, 31].
std::optional<AddFactors> addFactors(std::span<const float> scales, float sy, unsigned bits = 8);

/// Mul: the factor of (a - za) * (b - zb), fl(fl(sa * sb) / sy).
float mulFactor(float sa, float sb, float sy);

/// An average of n elements: fl(sx / fl(sy * n)).
float averageFactor(float sx, float sy, int64_t n);

/// The stored values of 8 bits in order of their bits: [q + 0] for q >= 0, [q + 256] for q < 0.
using Table = std::array<int64_t, 256>;

/// A unary function of 8-bit values: T[q] = sat(rint(fl(fl(f(fl((q - zx) * sx))) / sy)) + zy), indexed by the low eight
/// bits of q.
Table unaryTable(const std::function<double(double)> &f, float sx, int64_t zx, bool isSigned, float sy,
                 const Limits &limits);

//===--------------------------------------------------------------------------------------------------------------===//
// Softmax and layer normalisation of 8-bit values
//===--------------------------------------------------------------------------------------------------------------===//

struct SoftmaxFactors {
  std::array<int64_t, 256> table; ///< T[d] = rint(2^tb * exp(-d * sx)) for d = max - q.
  Multiplier scale;               ///< MUL(fl(1 / sy)).
};
/// n: elements of a row.
std::optional<SoftmaxFactors> softmaxFactors(float sx, float sy, int64_t n);
/// M of a row whose table entries sum to S, and the final shift.
struct SoftmaxRow {
  int64_t factor;
  int shift;
};
SoftmaxRow softmaxRow(const SoftmaxFactors &factors, int64_t sum);

struct LayerNormFactors {
  int64_t epsilon = 1; ///< max(1, rint(eps * n^2 / sx^2))
  int g = 0;
  std::vector<int64_t> scale, bias; ///< G and B of each element.
};
/// gamma and beta have n values each.
std::optional<LayerNormFactors> layerNormFactors(float sx, float sy, double epsilon, std::span<const float> gamma,
                                                 std::span<const float> beta);
/// One row of stored values (the zero point cancels).
std::vector<int64_t> layerNormRow(const LayerNormFactors &factors, std::span<const int64_t> row, const Limits &limits);

//===--------------------------------------------------------------------------------------------------------------===//
// Linear resize
//===--------------------------------------------------------------------------------------------------------------===//

/// rint(2^11 * f), the weight of the upper neighbour of a fractional coordinate; the lower one has 2^11 minus it.
int64_t resizeWeight(double fraction);

} // namespace sinter::integer

#endif
