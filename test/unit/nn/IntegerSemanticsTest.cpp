// The integer semantics against values computed with Python's integers (integer_oracle.py), and the shortcuts that
// targets take against the definitions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/IntegerSemantics.h"
#include "dialects/nn/CorrectMath.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace sinter::integer;

namespace {

struct RoundShiftCase {
  int64_t p;
  int s;
  int64_t expected;
};
struct MultiplierCase {
  float c;
  unsigned bits;
  int64_t m;
  int s;
};
struct RequantizeCase {
  int64_t acc;
  float c;
  int64_t zero, expected;
};
struct ContractionCase {
  float sx, sw, sy, b;
  int64_t m;
  int s;
  int32_t bias;
};
struct AddCase {
  float s0, s1, sy;
  int64_t a, b, zero, expected;
};
struct AverageCase {
  float sx, sy;
  int64_t n, sum, zero, expected;
};
struct SigmoidCase {
  float sx;
  int64_t zx;
  float sy;
  int64_t zero;
  std::vector<int64_t> expected;
};
struct SoftmaxCase {
  float sx, sy;
  std::vector<int64_t> row, expected;
};
struct LayerNormCase {
  float sx, sy, epsilon;
  std::vector<float> gamma, beta;
  std::vector<int64_t> row, expected;
};

#include "test/unit/nn/IntegerOracle.inc"

TEST(IntegerSemantics, RoundShift) {
  for (const RoundShiftCase &c : roundShiftCases)
    EXPECT_EQ(roundShift(c.p, c.s), c.expected) << c.p << " >> " << c.s;
}

TEST(IntegerSemantics, Multiplier) {
  for (const MultiplierCase &c : multiplierCases)
    EXPECT_EQ(multiplier(c.c, c.bits), (Multiplier{c.m, c.s})) << c.c << ", " << c.bits << " bits";
  EXPECT_EQ(multiplier(std::ldexp(1.0f, -40)), (Multiplier{0, 1}));
  EXPECT_FALSE(multiplier(std::ldexp(1.0f, 23)));
  EXPECT_FALSE(multiplier(0));
  EXPECT_FALSE(multiplier(NAN));
  EXPECT_FALSE(multiplier(INFINITY));
}

TEST(IntegerSemantics, Requantize) {
  for (const RequantizeCase &c : requantizeCases)
    EXPECT_EQ(requantize(c.acc, *multiplier(c.c), {c.zero, -128, 127}), c.expected) << c.acc << " * " << c.c;
}

TEST(IntegerSemantics, Contraction) {
  for (const ContractionCase &c : contractionCases) {
    EXPECT_EQ(multiplier(contractionFactor(c.sx, c.sw, c.sy)), (Multiplier{c.m, c.s}));
    EXPECT_EQ(quantizeBias(c.b, c.sx, c.sw), c.bias);
  }
  EXPECT_FALSE(quantizeBias(1.0f, 1e-5f, 1e-5f));
  // 3 * 127 + -2 * -128 + 5, the larger end.
  EXPECT_EQ(accumulatorBound(std::vector<int64_t>{3, -2}, -128, 127, 5), 642);
}

TEST(IntegerSemantics, Add) {
  for (const AddCase &c : addCases) {
    float scales[] = {c.s0, c.s1};
    std::optional<AddFactors> factors = addFactors(scales, c.sy);
    ASSERT_TRUE(factors);
    Limits limits{c.zero, -128, 127};
    int64_t sum = c.a * factors->m[0] + c.b * factors->m[1];
    EXPECT_EQ(limits.clamp(roundShift(sum, factors->s) + c.zero), c.expected);
  }
}

TEST(IntegerSemantics, Average) {
  for (const AverageCase &c : averageCases)
    EXPECT_EQ(requantize(c.sum, *multiplier(averageFactor(c.sx, c.sy, c.n)), {c.zero, -128, 127}), c.expected);
}

TEST(IntegerSemantics, UnaryTable) {
  for (const SigmoidCase &c : sigmoidCases) {
    Table table = unaryTable(sinter::correct::sigmoid, c.sx, c.zx, true, c.sy, {c.zero, -128, 127});
    EXPECT_EQ(std::vector<int64_t>(table.begin(), table.end()), c.expected);
  }
}

TEST(IntegerSemantics, Softmax) {
  for (const SoftmaxCase &c : softmaxCases) {
    std::optional<SoftmaxFactors> factors = softmaxFactors(c.sx, c.sy, c.row.size());
    ASSERT_TRUE(factors);
    int64_t top = *std::max_element(c.row.begin(), c.row.end()), sum = 0;
    for (int64_t q : c.row)
      sum += factors->table[top - q];
    SoftmaxRow row = softmaxRow(*factors, sum);
    Limits limits{-128, -128, 127};
    for (size_t i = 0; i < c.row.size(); ++i)
      EXPECT_EQ(limits.clamp(roundShift(factors->table[top - c.row[i]] * row.factor, row.shift) - 128), c.expected[i]);
  }
}

TEST(IntegerSemantics, LayerNorm) {
  for (const LayerNormCase &c : layerNormCases) {
    std::optional<LayerNormFactors> factors = layerNormFactors(c.sx, c.sy, c.epsilon, c.gamma, c.beta);
    ASSERT_TRUE(factors);
    EXPECT_EQ(layerNormRow(*factors, c.row, {3, -128, 127}), c.expected);
  }
}

// The shortcut of targets with doubles: the product is exact, so rounding it is RNE.
TEST(IntegerSemantics, DoubleHasTheSameBits) {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<int64_t> accumulators(1 - exactInDouble, exactInDouble - 1);
  for (int i = 0; i < 200000; ++i) {
    int64_t acc = accumulators(random) >> (random() % 24);
    float c =
        i % 3 ? std::ldexp(1.0f + static_cast<float>(random() % 8388608) / 8388608, -static_cast<int>(random() % 25))
              : std::ldexp(1.0f, -static_cast<int>(random() % 25)); // ties
    Multiplier factor = *multiplier(c);
    double rounded = sinter::correct::roundEven(static_cast<double>(acc) * toDouble(factor));
    ASSERT_EQ(static_cast<double>(roundShift(acc * factor.m, factor.s)), rounded) << acc << " * " << c;
  }
}

} // namespace
