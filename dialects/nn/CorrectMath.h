// Elementary functions whose results depend on no libm: every bit follows from IEEE add, multiply, divide and square
// root.
//
// They compute in pairs of doubles (about 100 bits) from textbook series and round once, so the double they return is
// the nearest one except in cases too rare to meet, and the float made of it likewise. Slow: about a microsecond each.
// Special values are as C's math.h says.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_CORRECTMATH_H
#define SINTER_DIALECTS_NN_CORRECTMATH_H

namespace sinter::correct {

double exp(double x);
double log(double x);
double log1p(double x);
double pow(double x, double y);
double sin(double x);
double cos(double x);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double sinh(double x);
double cosh(double x);
double tanh(double x);
double asinh(double x);
double acosh(double x);
double atanh(double x);
double erf(double x);
double sqrt(double x);

double sigmoid(double x);  ///< 1 / (1 + exp(-x))
double softplus(double x); ///< log(1 + exp(x))
double gelu(double x);     ///< x * (1 + erf(x / sqrt(2))) / 2
double geluTanh(double x); ///< x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
double expm1(double x);

/// To nearest, ties to even, whatever the rounding mode.
double roundEven(double x);

} // namespace sinter::correct

#endif
