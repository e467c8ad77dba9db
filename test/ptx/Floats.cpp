// Floats as bits; see Machine.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Machine.h"

#include <math.h>
#include <string.h>

using namespace sinter;

/// A float of `fraction` bits behind the point and the smallest exponent `low`, as its bits without the sign.
static uint32_t round(double magnitude, int fraction, int low, int high) {
  if (magnitude == 0)
    return 0;
  int exponent;
  frexp(magnitude, &exponent); // magnitude = m · 2^exponent, 0.5 <= m < 1
  exponent = exponent - 1 < low ? low : exponent - 1;
  double units = nearbyint(ldexp(magnitude, fraction - exponent)); // ties to even
  if (units >= ldexp(1, fraction + 1)) {
    units /= 2;
    ++exponent;
  }
  if (exponent > high)
    return uint32_t(high - low + 2) << fraction;
  bool isNormal = units >= ldexp(1, fraction);
  return isNormal ? (uint32_t(exponent - low + 1) << fraction) + uint32_t(units) - (1u << fraction) : uint32_t(units);
}

static double fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(fraction, -24)
                                     : ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

/// Of 16 bits; `infinity` is the magnitude of that.
static uint64_t toShort(double value, int fraction, int low, int high, uint32_t infinity) {
  if (isnan(value))
    return 0x7fff;
  uint32_t magnitude = isinf(value) ? infinity : round(fabs(value), fraction, low, high);
  return magnitude | (signbit(value) ? 0x8000 : 0);
}

double ptx::decode(uint64_t bits, Type type) {
  if (type.bits == 64) {
    double wide;
    memcpy(&wide, &bits, sizeof(wide));
    return wide;
  }
  if (type.bits == 16 && type.kind == Kind::Float)
    return fromHalf(uint16_t(bits));
  uint32_t word = uint32_t(type.bits == 16 ? bits << 16 : bits); // bf16 is the upper half of an f32.
  float single;
  memcpy(&single, &word, sizeof(single));
  return single;
}

uint64_t ptx::encode(double value, Type type) {
  uint64_t bits = 0;
  if (type.bits == 64) {
    memcpy(&bits, &value, sizeof(value));
  } else if (type.bits == 32) {
    float single = float(value);
    memcpy(&bits, &single, sizeof(single));
  } else {
    bits = type.kind == Kind::Float ? toShort(value, 10, -14, 15, 0x7c00) : toShort(value, 7, -126, 127, 0x7f80);
  }
  return bits;
}
