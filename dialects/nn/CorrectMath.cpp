// Elementary functions in double-double arithmetic. Compiled without contraction (see CMakeLists.txt): the error-free
// transformations below rely on each operation being rounded on its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/CorrectMath.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <cstdint>
#include <limits>

namespace m = sinter::correct;
using llvm::APInt;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

//===--------------------------------------------------------------------------------------------------------------===//
// Pairs: the value is hi + lo, |lo| at most half a unit in the last place of hi
//===--------------------------------------------------------------------------------------------------------------===//

namespace {
struct Pair {
  double hi = 0, lo = 0;
  Pair() = default;
  Pair(double hi) : hi(hi) {}
  Pair(double hi, double lo) : hi(hi), lo(lo) {}
  double value() const { return hi + lo; }
};
} // namespace

// The exact sum of two doubles (Knuth), and of two with |a| >= |b| (Dekker).
static Pair twoSum(double a, double b) {
  double s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
static Pair fastTwoSum(double a, double b) {
  double s = a + b;
  return {s, b - (s - a)};
}
// The exact product of two doubles (Dekker, Veltkamp). Arguments stay far from overflow.
static Pair twoProduct(double a, double b) {
  constexpr double splitter = 134217729.0; // 2^27 + 1
  double ca = splitter * a, cb = splitter * b;
  double ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
  double p = a * b;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static Pair operator-(Pair a) { return {-a.hi, -a.lo}; }
static Pair operator+(Pair a, Pair b) {
  Pair s = twoSum(a.hi, b.hi), t = twoSum(a.lo, b.lo);
  Pair u = fastTwoSum(s.hi, s.lo + t.hi);
  return fastTwoSum(u.hi, u.lo + t.lo);
}
static Pair operator-(Pair a, Pair b) { return a + -b; }
static Pair operator*(Pair a, Pair b) {
  Pair p = twoProduct(a.hi, b.hi);
  return fastTwoSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
static Pair operator/(Pair a, Pair b) {
  double q = a.hi / b.hi;
  Pair r = a - b * q;
  double q1 = r.hi / b.hi;
  r = r - b * q1;
  return Pair(fastTwoSum(q, q1)) + Pair(r.hi / b.hi);
}
static Pair root(Pair a) {
  if (a.hi <= 0)
    return 0;
  double x = std::sqrt(a.hi);
  Pair r = a - Pair(x) * x;
  return fastTwoSum(x, r.hi / (2 * x));
}
// Multiplication by a power of two is exact (away from subnormals).
static Pair scaled(Pair a, double power) { return {a.hi * power, a.lo * power}; }

//===--------------------------------------------------------------------------------------------------------------===//
// Constants, computed from integers
//===--------------------------------------------------------------------------------------------------------------===//

// Fixed point with this many fractional bits: enough to reduce the largest double modulo pi.
static constexpr unsigned fraction = 1300, fixedWidth = 2500;

// atan(1/n) = 1/n - 1/(3 n^3) + 1/(5 n^5) - …
static APInt fixedAtanOfInverse(uint64_t n) {
  APInt power = APInt::getOneBitSet(fixedWidth, fraction).udiv(n), sum = power, square(fixedWidth, n * n);
  for (uint64_t k = 3; !power.isZero(); k += 2) {
    power = power.udiv(square);
    APInt term = power.udiv(k);
    sum = (k & 2) ? sum - term : sum + term;
  }
  return sum;
}

// Machin: pi / 4 = 4 atan(1/5) - atan(1/239).
static const APInt &fixedPi() {
  static const APInt pi =
      (fixedAtanOfInverse(5) * APInt(fixedWidth, 16)) - (fixedAtanOfInverse(239) * APInt(fixedWidth, 4));
  return pi;
}

// log(2) = 2 (1/3 + 1/(3 * 3^3) + 1/(5 * 3^5) + …)
static const APInt &fixedLog2() {
  static const APInt log2 = [] {
    APInt power = APInt::getOneBitSet(fixedWidth, fraction).udiv(3), sum = power;
    for (uint64_t k = 3; !power.isZero(); k += 2) {
      power = power.udiv(9);
      sum += power.udiv(k);
    }
    return sum * APInt(fixedWidth, 2);
  }();
  return log2;
}

// The top 53 bits of a non-negative fixed-point number as a double, taken off it.
static double takeDouble(APInt &number) {
  unsigned bits = number.getActiveBits();
  if (bits == 0)
    return 0;
  unsigned drop = bits > 53 ? bits - 53 : 0;
  APInt top = number.lshr(drop);
  number -= top.shl(drop);
  return std::ldexp(static_cast<double>(top.getZExtValue()), static_cast<int>(drop) - static_cast<int>(fraction));
}

static Pair toPair(APInt number) {
  double hi = takeDouble(number);
  double lo = takeDouble(number);
  return fastTwoSum(hi, lo);
}

static Pair piPair() {
  static const Pair pi = toPair(fixedPi());
  return pi;
}
static Pair log2Pair() {
  static const Pair log2 = toPair(fixedLog2());
  return log2;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Exponential and logarithm
//===--------------------------------------------------------------------------------------------------------------===//

// x + x^2/2! + x^3/3! + … for |x| at most about 1.
static Pair expm1Series(Pair x) {
  Pair term = x, sum = x;
  for (int n = 2; n < 60 && term.hi != 0 && std::fabs(term.hi) > 1e-35 * std::fabs(sum.hi); ++n) {
    term = term * x / Pair(n);
    sum = sum + term;
  }
  return sum;
}

// exp(x) = 2^k * exp(r). Pairs have a double's exponent range, so 2^k is applied by the caller.
static Pair expReduced(Pair x, int &k) {
  k = static_cast<int>(m::roundEven(x.hi / log2Pair().hi));
  Pair r = x - log2Pair() * Pair(k);
  // exp(r) - 1 of r / 256, then doubled: (1 + e)^2 - 1 = 2e + e^2.
  Pair e = expm1Series(scaled(r, 1.0 / 256));
  for (int i = 0; i < 8; ++i)
    e = scaled(e, 2) + e * e;
  return e + Pair(1);
}

// For |x| below about 700.
static Pair expPair(Pair x) {
  int k;
  Pair e = expReduced(x, k);
  return {std::ldexp(e.hi, k), std::ldexp(e.lo, k)};
}

// log((1 + s) / (1 - s)) = 2 (s + s^3/3 + s^5/5 + …) for small s.
static Pair atanhSeriesTwice(Pair s) {
  Pair square = s * s, power = s, sum = s;
  for (int n = 3; n < 400 && power.hi != 0 && std::fabs(power.hi) > 1e-35 * std::fabs(sum.hi); n += 2) {
    power = power * square;
    sum = sum + power / Pair(n);
  }
  return scaled(sum, 2);
}

// x > 0, finite.
static Pair logPair(Pair x) {
  int k;
  double mantissa = std::frexp(x.hi, &k); // [0.5, 1)
  if (mantissa < 0.70710678118654752)
    --k;
  Pair f = {std::ldexp(x.hi, -k), std::ldexp(x.lo, -k)}; // [sqrt(1/2), sqrt(2))
  return log2Pair() * Pair(k) + atanhSeriesTwice((f - Pair(1)) / (f + Pair(1)));
}

// log(1 + u) for u > -1, exact near 0.
static Pair log1pPair(Pair u) {
  if (u.hi > -0.3 && u.hi < 0.4)
    return atanhSeriesTwice(u / (u + Pair(2)));
  return logPair(u + Pair(1));
}

static Pair expm1Pair(Pair x) { return std::fabs(x.hi) < 0.5 ? expm1Series(x) : expPair(x) - Pair(1); }

double m::roundEven(double x) {
  if (!(std::fabs(x) < 4503599627370496.0)) // 2^52: an integer, infinity or NaN
    return x;
  double whole = std::floor(x), rest = x - whole;
  bool up = rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0);
  return std::copysign(up ? whole + 1 : whole, x);
}

double m::sqrt(double x) { return std::sqrt(x); }

double m::exp(double x) {
  if (std::isnan(x))
    return x;
  if (x > 710)
    return infinity;
  if (x < -746)
    return 0;
  int k;
  Pair e = expReduced(x, k);
  return std::ldexp(e.value(), k);
}

double m::expm1(double x) {
  if (std::isnan(x) || x == 0)
    return x;
  if (x > 700)
    return m::exp(x);
  return x < -50 ? -1.0 : expm1Pair(x).value();
}

double m::log(double x) {
  if (x == 0)
    return -infinity;
  if (std::isnan(x) || x < 0)
    return notANumber;
  return std::isinf(x) ? x : logPair(x).value();
}

double m::log1p(double x) {
  if (std::isnan(x) || x < -1)
    return notANumber;
  if (x == -1)
    return -infinity;
  return std::isinf(x) || x == 0 ? x : log1pPair(x).value();
}

double m::pow(double x, double y) {
  if (y == 0 || x == 1)
    return 1;
  if (std::isnan(x) || std::isnan(y))
    return notANumber;
  bool integer = std::isinf(y) || y == std::floor(y);
  bool odd = integer && std::fabs(y) < 9007199254740992.0 && std::fmod(y, 2) != 0;
  double magnitude = std::fabs(x);
  double sign = std::signbit(x) && odd ? -1.0 : 1.0;
  if (magnitude == 0 || std::isinf(magnitude) || std::isinf(y)) {
    if (magnitude == 1)
      return 1;
    bool grows = std::isinf(y) ? (magnitude > 1) == (y > 0) : (magnitude > 0) == (y > 0);
    return grows ? sign * infinity : sign * 0.0;
  }
  if (x < 0 && !integer)
    return notANumber;
  Pair log = logPair(magnitude);
  if (log.hi * y > 750)
    return sign * infinity;
  if (log.hi * y < -800)
    return sign * 0.0;
  int k;
  Pair e = expReduced(log * Pair(y), k);
  return sign * std::ldexp(e.value(), k);
}

double m::sigmoid(double x) {
  if (std::isnan(x))
    return x;
  if (x < -700)
    return m::exp(x);
  return x > 60 ? 1.0 : (Pair(1) / (Pair(1) + expPair(-x))).value();
}

double m::softplus(double x) {
  if (std::isnan(x) || x > 60)
    return x;
  if (x < -60)
    return m::exp(x);
  return log1pPair(expPair(x)).value();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Trigonometric functions
//===--------------------------------------------------------------------------------------------------------------===//

// x modulo pi/2, in [-pi/4, pi/4], and the quadrant.
static Pair reduceQuarter(double x, int &quadrant) {
  quadrant = 0;
  if (std::fabs(x) <= 0.78)
    return x;
  int exponent;
  double mantissa = std::frexp(std::fabs(x), &exponent);
  APInt fixed(fixedWidth, static_cast<uint64_t>(std::ldexp(mantissa, 53)));
  fixed <<= fraction + exponent - 53;
  APInt half = fixedPi().lshr(1), quotient, rest;
  APInt::udivrem(fixed, half, quotient, rest);
  quadrant = static_cast<int>(quotient.getRawData()[0] & 3);
  bool above = rest.ugt(half.lshr(1));
  Pair r = above ? -toPair(half - rest) : toPair(rest);
  quadrant = (quadrant + above) & 3;
  if (x < 0) {
    quadrant = (4 - quadrant) & 3;
    r = -r;
  }
  return r;
}

// The series of sine (first = 1) or cosine (first = 0): alternating x^n / n!.
static Pair alternatingSeries(Pair x, int first) {
  Pair square = x * x, term = first ? x : Pair(1), sum = term;
  for (int n = first + 2; n < 60 && term.hi != 0 && std::fabs(term.hi) > 1e-36; n += 2) {
    term = -(term * square / Pair(n * (n - 1)));
    sum = sum + term;
  }
  return sum;
}

static void sinCos(double x, Pair &sine, Pair &cosine) {
  int quadrant;
  Pair r = reduceQuarter(x, quadrant);
  Pair s = alternatingSeries(r, 1), c = alternatingSeries(r, 0);
  bool swap = quadrant & 1;
  sine = swap ? c : s;
  cosine = swap ? s : c;
  if (quadrant & 2)
    sine = -sine;
  if (quadrant == 1 || quadrant == 2)
    cosine = -cosine;
}

double m::sin(double x) {
  if (!std::isfinite(x))
    return notANumber;
  Pair s, c;
  sinCos(x, s, c);
  return x == 0 ? x : s.value();
}

double m::cos(double x) {
  if (!std::isfinite(x))
    return notANumber;
  Pair s, c;
  sinCos(x, s, c);
  return c.value();
}

double m::tan(double x) {
  if (!std::isfinite(x))
    return notANumber;
  Pair s, c;
  sinCos(x, s, c);
  return x == 0 ? x : (s / c).value();
}

// Halves the angle three times, atan(x) = 2 atan(x / (1 + sqrt(1 + x^2))), then sums the series.
static Pair atanPair(Pair x) {
  if (std::fabs(x.hi) > 1) {
    Pair quarter = scaled(piPair(), x.hi > 0 ? 0.5 : -0.5);
    return quarter - atanPair(Pair(1) / x);
  }
  for (int i = 0; i < 3; ++i)
    x = x / (Pair(1) + root(Pair(1) + x * x));
  Pair square = x * x, power = x, sum = x;
  for (int n = 3; n < 200 && power.hi != 0 && std::fabs(power.hi) > 1e-35 * std::fabs(sum.hi); n += 2) {
    power = -(power * square);
    sum = sum + power / Pair(n);
  }
  return scaled(sum, 8);
}

double m::atan(double x) {
  if (std::isnan(x) || std::fabs(x) < 1e-150)
    return x;
  if (std::fabs(x) > 1e150)
    return std::copysign(piPair().hi / 2, x);
  return atanPair(x).value();
}

double m::asin(double x) {
  if (!(std::fabs(x) <= 1))
    return notANumber;
  if (std::fabs(x) < 1e-150)
    return x;
  if (std::fabs(x) == 1)
    return std::copysign(piPair().hi / 2, x);
  return atanPair(Pair(x) / root((Pair(1) - Pair(x)) * (Pair(1) + Pair(x)))).value();
}

double m::acos(double x) {
  if (!(std::fabs(x) <= 1))
    return notANumber;
  if (x == -1)
    return piPair().hi;
  return scaled(atanPair(root((Pair(1) - Pair(x)) / (Pair(1) + Pair(x)))), 2).value();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Hyperbolic functions
//===--------------------------------------------------------------------------------------------------------------===//

// exp(x) / 2, which sinh and cosh are for large x; it may be finite where exp(x) is not.
static double halfExp(double x) {
  if (x > 720)
    return infinity;
  int k;
  Pair e = expReduced(x, k);
  return std::ldexp(e.value(), k - 1);
}

double m::sinh(double x) {
  if (!std::isfinite(x) || std::fabs(x) < 1e-150)
    return x;
  if (std::fabs(x) > 40)
    return std::copysign(halfExp(std::fabs(x)), x);
  Pair e = expm1Pair(x); // (e^x - e^-x) / 2 = (e + e / (1 + e)) / 2
  return scaled(e + e / (e + Pair(1)), 0.5).value();
}

double m::cosh(double x) {
  double size = std::fabs(x);
  if (!std::isfinite(x))
    return size;
  if (size > 40)
    return halfExp(size);
  Pair e = expPair(size);
  return scaled(e + Pair(1) / e, 0.5).value();
}

static Pair tanhPair(Pair x) {
  Pair e = expm1Pair(scaled(x, 2)); // (e^2x - 1) / (e^2x + 1)
  return e / (e + Pair(2));
}

double m::tanh(double x) {
  if (std::isnan(x) || std::fabs(x) < 1e-150)
    return x;
  if (std::fabs(x) > 40)
    return std::copysign(1.0, x);
  return tanhPair(x).value();
}

double m::asinh(double x) {
  double size = std::fabs(x);
  if (!std::isfinite(x) || size < 1e-150)
    return x;
  if (size > 1e150)
    return std::copysign((logPair(size) + log2Pair()).value(), x);
  Pair square = Pair(size) * Pair(size);
  Pair u = Pair(size) + square / (Pair(1) + root(Pair(1) + square));
  return std::copysign(log1pPair(u).value(), x);
}

double m::acosh(double x) {
  if (!(x >= 1))
    return notANumber;
  if (x > 1e150)
    return std::isinf(x) ? x : (logPair(x) + log2Pair()).value();
  Pair t = Pair(x) - Pair(1);
  return x == 1 ? 0 : log1pPair(t + root(scaled(t, 2) + t * t)).value();
}

double m::atanh(double x) {
  if (!(std::fabs(x) <= 1))
    return notANumber;
  if (std::fabs(x) == 1)
    return std::copysign(infinity, x);
  if (std::fabs(x) < 1e-150)
    return x;
  Pair size = std::fabs(x);
  return std::copysign(scaled(log1pPair(scaled(size, 2) / (Pair(1) - size)), 0.5).value(), x);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Error function
//===--------------------------------------------------------------------------------------------------------------===//

// erf(x) = 2 / sqrt(pi) * exp(-x^2) * (x + 2 x^3 / 3 + 4 x^5 / (3 * 5) + …), all terms of one sign. For |x| below 9.
static Pair erfPair(Pair x) {
  Pair square = x * x, term = x, sum = x;
  for (int n = 1; n < 400 && std::fabs(term.hi) > 1e-35 * std::fabs(sum.hi); ++n) {
    term = term * scaled(square, 2) / Pair(2 * n + 1);
    sum = sum + term;
  }
  return scaled(sum * expPair(-square), 2) / root(piPair());
}

double m::erf(double x) {
  if (std::isnan(x) || x == 0)
    return x;
  if (std::fabs(x) > 6)
    return std::copysign(1.0, x);
  return std::fabs(x) < 1e-150 ? 2 * x / std::sqrt(piPair().hi) : erfPair(x).value();
}

double m::gelu(double x) {
  if (std::isnan(x) || x > 12)
    return x;
  if (x < -12)
    return -0.0;
  Pair erf = std::fabs(x) < 1e-150 ? Pair(0) : erfPair(Pair(x) / root(2));
  return scaled(Pair(x) * (Pair(1) + erf), 0.5).value();
}

double m::geluTanh(double x) {
  if (std::isnan(x) || x > 12)
    return x;
  if (x < -12)
    return -0.0;
  Pair cube = Pair(x) * Pair(x) * Pair(x);
  Pair inner = root(Pair(2) / piPair()) * (Pair(x) + Pair(0.044715) * cube);
  // 1 + tanh(y) = 2 - 2 / (e^2y + 1)
  Pair e = expPair(scaled(inner, 2));
  return scaled(Pair(x) * (scaled(e, 2) / (e + Pair(1))), 0.5).value();
}
