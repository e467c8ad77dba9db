// The elementary functions against the host's extended-precision ones, and their special values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/CorrectMath.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace correct = sinter::correct;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

// Doubles between a and b; counts those between which no double lies as 0, neighbours as 1.
double ulps(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double unit = std::nextafter(std::fabs(b), infinity) - std::fabs(b);
  return std::fabs(a - b) / unit;
}

using Own = double (*)(double);
using Host = long double (*)(long double);

struct Case {
  const char *name;
  Own own;
  Host host;
  double low, high;
};

const Case cases[] = {
    {"exp", correct::exp, std::exp, -700, 700},    {"expm1", correct::expm1, std::expm1, -5, 5},
    {"log", correct::log, std::log, 1e-300, 50},   {"log1p", correct::log1p, std::log1p, -0.99, 3},
    {"sin", correct::sin, std::sin, -40, 40},      {"cos", correct::cos, std::cos, -40, 40},
    {"tan", correct::tan, std::tan, -40, 40},      {"asin", correct::asin, std::asin, -1, 1},
    {"acos", correct::acos, std::acos, -1, 1},     {"atan", correct::atan, std::atan, -30, 30},
    {"sinh", correct::sinh, std::sinh, -700, 700}, {"cosh", correct::cosh, std::cosh, -700, 700},
    {"tanh", correct::tanh, std::tanh, -20, 20},   {"asinh", correct::asinh, std::asinh, -100, 100},
    {"acosh", correct::acosh, std::acosh, 1, 100}, {"atanh", correct::atanh, std::atanh, -0.999, 0.999},
    {"erf", correct::erf, std::erf, -6, 6},
};
} // namespace

// Sixty-four bits of the host's long double, rounded to 53, against ours: they agree but for ties of that second
// rounding.
TEST(CorrectMath, AgreesWithExtendedPrecision) {
  if (std::numeric_limits<long double>::digits < 64)
    GTEST_SKIP() << "long double is no wider than double here";
  for (const Case &c : cases) {
    int differ = 0;
    constexpr int steps = 997;
    for (int i = 0; i <= steps; ++i) {
      double x = c.low + (c.high - c.low) * i / steps;
      double own = c.own(x), host = static_cast<double>(c.host(x));
      EXPECT_LE(ulps(own, host), 1) << c.name << "(" << x << ")";
      differ += own != host;
    }
    EXPECT_LE(differ, 8) << c.name;
  }
}

TEST(CorrectMath, ReducesHugeAngles) {
  // Known hard case for range reduction: sin(10^22).
  EXPECT_EQ(correct::sin(1e22), -0.8522008497671888017727);
  EXPECT_EQ(correct::cos(1e22), 0.52321478539513894549759442588);
}

TEST(CorrectMath, SpecialValues) {
  EXPECT_EQ(correct::exp(710), infinity);
  EXPECT_EQ(correct::exp(-infinity), 0);
  EXPECT_EQ(correct::exp(0), 1);
  EXPECT_EQ(correct::log(0), -infinity);
  EXPECT_TRUE(std::isnan(correct::log(-1)));
  EXPECT_TRUE(std::isnan(correct::sin(infinity)));
  EXPECT_EQ(correct::tanh(100), 1);
  EXPECT_EQ(correct::tanh(-infinity), -1);
  EXPECT_EQ(correct::sigmoid(-infinity), 0);
  EXPECT_EQ(correct::sigmoid(0), 0.5);
  EXPECT_EQ(correct::softplus(1000), 1000);
  EXPECT_TRUE(std::signbit(correct::sin(-0.0)));
  EXPECT_EQ(correct::atan(infinity), 1.5707963267948966);
  EXPECT_EQ(correct::acos(-1), 3.141592653589793);
}

TEST(CorrectMath, PowersAreExactWhereTheyCanBe) {
  EXPECT_EQ(correct::pow(3, 5), 243);
  EXPECT_EQ(correct::pow(2, -10), 1.0 / 1024);
  EXPECT_EQ(correct::pow(-2, 3), -8);
  EXPECT_EQ(correct::pow(9, 0.5), 3);
  EXPECT_TRUE(std::isnan(correct::pow(-2, 0.5)));
  EXPECT_EQ(correct::pow(0, -1), infinity);
  EXPECT_EQ(correct::pow(-0.0, -1), -infinity);
  EXPECT_EQ(correct::pow(0, 3), 0);
  EXPECT_EQ(correct::pow(-1, infinity), 1);
  EXPECT_EQ(correct::pow(2, infinity), infinity);
  EXPECT_EQ(correct::pow(0.5, infinity), 0);
  EXPECT_EQ(correct::pow(10, 400), infinity);
  EXPECT_EQ(correct::pow(infinity, -2), 0);
  EXPECT_EQ(correct::pow(5, 0), 1);
}

TEST(CorrectMath, RoundsHalfToEven) {
  EXPECT_EQ(correct::roundEven(0.5), 0);
  EXPECT_EQ(correct::roundEven(1.5), 2);
  EXPECT_EQ(correct::roundEven(-2.5), -2);
  EXPECT_EQ(correct::roundEven(-3.5), -4);
  EXPECT_EQ(correct::roundEven(2.4999999999999996), 2);
  EXPECT_EQ(correct::roundEven(4503599627370497.0), 4503599627370497.0);
}

TEST(CorrectMath, Gelu) {
  EXPECT_EQ(correct::gelu(0), 0);
  EXPECT_DOUBLE_EQ(correct::gelu(1), 0.8413447460685429);
  EXPECT_DOUBLE_EQ(correct::gelu(-6), -6 * 9.8658764503769814e-10);
  EXPECT_DOUBLE_EQ(correct::geluTanh(1), 0.84119199060827653);
}
