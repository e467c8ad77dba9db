// The integer semantics of quantised operators, formula by formula.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/IntegerSemantics.h"
#include "dialects/nn/CorrectMath.h"
#include <algorithm>
#include <bit>
#include <cmath>

using namespace sinter;
using namespace sinter::integer;

//===--------------------------------------------------------------------------------------------------------------===//
// Rounding and requantization
//===--------------------------------------------------------------------------------------------------------------===//

int64_t integer::roundShift(int64_t p, int s) {
  if (s > 62) // |p| < 2^62 is less than half.
    return 0;
  int64_t f = p >> s, r = p - f * (int64_t(1) << s), h = int64_t(1) << (s - 1);
  return f + (r > h || (r == h && (f & 1)));
}

// value = fraction * 2^exponent with 0.5 <= |fraction| < 1, by the number's bits: exact on every host.
static int binaryExponent(double value) { return value == 0 ? 0 : std::ilogb(value) + 1; }

static int64_t toInteger(double value) { return static_cast<int64_t>(correct::roundEven(value)); }

std::optional<Multiplier> integer::multiplier(float c, unsigned bits) {
  if (!std::isfinite(c) || c == 0)
    return std::nullopt;
  int exponent = binaryExponent(c), s = static_cast<int>(bits) - exponent;
  int64_t m = toInteger(std::ldexp(static_cast<double>(c), s));
  if (std::abs(m) == int64_t(1) << bits) { // Rounded up to the next power of two.
    m /= 2;
    --s;
  }
  if (s > 62)
    return Multiplier{0, 1};
  if (s < 1)
    return std::nullopt;
  return Multiplier{m, s};
}

int64_t integer::requantize(int64_t acc, Multiplier factor, const Limits &limits) {
  return limits.clamp(roundShift(acc * factor.m, factor.s) + limits.zero);
}

double integer::toDouble(Multiplier factor) { return std::ldexp(static_cast<double>(factor.m), -factor.s); }

int64_t integer::quantize(float x, float scale, const Limits &limits) {
  float rounded = static_cast<float>(correct::roundEven(x / scale));
  if (!(rounded > static_cast<float>(limits.low - limits.zero)))
    return limits.low;
  if (rounded >= static_cast<float>(limits.high - limits.zero))
    return limits.high;
  return static_cast<int64_t>(rounded) + limits.zero;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Convolution and matrix product
//===--------------------------------------------------------------------------------------------------------------===//

float integer::contractionFactor(float sx, float sw, float sy) {
  float product = sx * sw;
  return product / sy;
}

std::optional<int32_t> integer::quantizeBias(float b, float sx, float sw) {
  double value = correct::roundEven(static_cast<double>(b) / (static_cast<double>(sx) * static_cast<double>(sw)));
  if (!(value >= -2147483648.0 && value <= 2147483647.0))
    return std::nullopt;
  return static_cast<int32_t>(value);
}

int64_t integer::accumulatorBound(std::span<const int64_t> weights, int64_t low, int64_t high, int64_t bias) {
  int64_t least = bias, most = bias;
  for (int64_t w : weights) {
    least += std::min(w * low, w * high);
    most += std::max(w * low, w * high);
  }
  return std::max(std::abs(least), std::abs(most));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

std::optional<AddFactors> integer::addFactors(std::span<const float> scales, float sy, unsigned bits) {
  std::vector<double> ratios;
  double most = 0;
  for (float scale : scales) {
    ratios.push_back(static_cast<double>(scale) / static_cast<double>(sy));
    most = std::max(most, std::fabs(ratios.back()));
  }
  if (!std::isfinite(most) || most == 0)
    return std::nullopt;
  int log = std::bit_width(scales.size() - 1); // ceil(log2 n)
  int k = bits > 8 ? 24 : 22 - log;
  int s = k - binaryExponent(most);
  AddFactors factors;
  auto round = [&] {
    factors.m.clear();
    for (double ratio : ratios)
      factors.m.push_back(toInteger(std::ldexp(ratio, s)));
  };
  round();
  if (std::ranges::any_of(factors.m, [&](int64_t m) { return std::abs(m) == int64_t(1) << k; })) {
    --s;
    round();
  }
  if (s < 1 || s > 31)
    return std::nullopt;
  factors.s = s;
  return factors;
}

float integer::mulFactor(float sa, float sb, float sy) { return contractionFactor(sa, sb, sy); }

float integer::averageFactor(float sx, float sy, int64_t n) {
  float divisor = sy * static_cast<float>(n);
  return sx / divisor;
}

Table integer::unaryTable(const std::function<double(double)> &f, float sx, int64_t zx, bool isSigned, float sy,
                          const Limits &limits) {
  Table table;
  for (int64_t bits = 0; bits < 256; ++bits) {
    int64_t q = isSigned && bits > 127 ? bits - 256 : bits;
    float x = static_cast<float>(q - zx) * sx;
    table[bits] = quantize(static_cast<float>(f(x)), sy, limits);
  }
  return table;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Softmax and layer normalisation
//===--------------------------------------------------------------------------------------------------------------===//

std::optional<SoftmaxFactors> integer::softmaxFactors(float sx, float sy, int64_t n) {
  SoftmaxFactors factors;
  int log = std::bit_width(static_cast<uint64_t>(std::max<int64_t>(n, 1) - 1));
  int tableBits = std::min(23, 31 - log);
  std::optional<Multiplier> scale = multiplier(1.0f / sy);
  if (!scale || tableBits < 1)
    return std::nullopt;
  factors.scale = *scale;
  for (int64_t d = 0; d < 256; ++d)
    factors.table[d] =
        toInteger(std::ldexp(correct::exp(-static_cast<double>(d) * static_cast<double>(sx)), tableBits));
  return factors;
}

SoftmaxRow integer::softmaxRow(const SoftmaxFactors &factors, int64_t sum) {
  int length = std::bit_width(static_cast<uint64_t>(sum));
  int64_t reciprocal = (int64_t(1) << (length + 23)) / sum;
  return {(reciprocal * factors.scale.m) >> 24, length - 1 + factors.scale.s};
}

// floor(sqrt(value)).
static uint64_t integerSqrt(uint64_t value) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t(1) << 31; bit; bit >>= 1)
    if ((root + bit) * (root + bit) <= value)
      root += bit;
  return root;
}

/// Scales of almost nothing gain no precision from a larger exponent.
static constexpr int largestNormShift = 30;

std::optional<LayerNormFactors> integer::layerNormFactors(float sx, float sy, double epsilon,
                                                          std::span<const float> gamma, std::span<const float> beta) {
  double n = static_cast<double>(gamma.size()), largest = 0;
  for (float value : gamma)
    largest = std::max(largest, std::fabs(static_cast<double>(value) / static_cast<double>(sy)));
  LayerNormFactors factors;
  factors.g = largestNormShift;
  while (factors.g > -19 && std::fabs(correct::roundEven(std::ldexp(largest, factors.g))) > 16777216.0)
    --factors.g;
  double added = correct::roundEven(epsilon * n * n / (static_cast<double>(sx) * static_cast<double>(sx)));
  if (factors.g == -19 || !(added < 4.0e18) || gamma.size() != beta.size())
    return std::nullopt;
  factors.epsilon = std::max<int64_t>(1, static_cast<int64_t>(added));
  for (auto [g, b] : {std::pair(gamma, 0), std::pair(beta, 20)}) {
    std::vector<int64_t> &to = b ? factors.bias : factors.scale;
    for (float value : g) {
      double scaled =
          correct::roundEven(std::ldexp(static_cast<double>(value) / static_cast<double>(sy), b + factors.g));
      if (!(std::fabs(scaled) < 2.0e18))
        return std::nullopt;
      to.push_back(static_cast<int64_t>(scaled));
    }
  }
  return factors;
}

std::vector<int64_t> integer::layerNormRow(const LayerNormFactors &factors, std::span<const int64_t> row,
                                           const Limits &limits) {
  int64_t n = static_cast<int64_t>(row.size()), sum = 0, squares = 0;
  for (int64_t q : row) {
    sum += q;
    squares += q * q;
  }
  int64_t variance = n * squares - sum * sum + factors.epsilon;
  int e = std::bit_width(static_cast<uint64_t>(variance)) - 32; // V * 2^-e in [2^31, 2^32)
  if (e & 1)
    ++e;
  uint64_t scaled = e >= 0 ? static_cast<uint64_t>(variance) >> e : static_cast<uint64_t>(variance) << -e;
  int64_t reciprocal = (int64_t(1) << 55) / static_cast<int64_t>(integerSqrt(scaled << 32));
  std::vector<int64_t> result;
  for (int64_t i = 0; i < n; ++i) {
    int64_t z = roundShift((n * row[i] - sum) * reciprocal, 19 + e / 2);
    result.push_back(limits.clamp(roundShift(z * factors.scale[i] + factors.bias[i], 20 + factors.g) + limits.zero));
  }
  return result;
}

int64_t integer::resizeWeight(double fraction) { return toInteger(fraction * 2048); }
