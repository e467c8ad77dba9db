#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Expected values of the integer semantics, computed independently: Python's integers and fractions, numpy's float32,
decimal's exponential. Writes IntegerOracle.inc; run it again after a change of docs/integer-semantics.md."""
import math
import os
import random
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np

getcontext().prec = 60
f32 = np.float32


def rint(x):
    """To the nearest integer, ties to even, of an exact number."""
    return round(Fraction(x))


def exact(x):
    return Fraction(float(x))


def rne(p, s):
    return rint(Fraction(p, 2 ** s))


def mul(c, bits=24):
    """(m, s) of a float32 factor, or None."""
    c = exact(c)
    if c == 0:
        return None
    exponent = 0
    while abs(c) / Fraction(2) ** exponent >= 1:
        exponent += 1
    while abs(c) / Fraction(2) ** exponent < Fraction(1, 2):
        exponent -= 1
    s = bits - exponent
    m = rint(c * Fraction(2) ** s)
    if abs(m) == 2 ** bits:
        m, s = m // 2, s - 1
    if s > 62:
        return 0, 1
    return None if s < 1 else (m, s)


def clamp(x, low, high):
    return max(low, min(high, x))


def req(acc, c, zero, low, high):
    m, s = mul(c)
    return clamp(rne(acc * m, s) + zero, low, high)


def quantize(x, scale, zero, low, high):
    return clamp(rint(exact(f32(x) / f32(scale))) + zero, low, high)


def add(scales, terms, sy, zero, low, high):
    ratios = [float(s) / float(sy) for s in scales]
    k = 22 - (len(scales) - 1).bit_length()
    e = max(math.frexp(abs(r))[1] for r in ratios)
    s = k - e
    m = [rint(exact(r) * Fraction(2) ** s) for r in ratios]
    if any(abs(v) == 2 ** k for v in m):
        s -= 1
        m = [rint(exact(r) * Fraction(2) ** s) for r in ratios]
    if not 1 <= s <= 31:
        return None
    return clamp(rne(sum(t * v for t, v in zip(terms, m)), s) + zero, low, high)


def exponential(x):
    """exp of an exact number, as a fraction good to 50 digits."""
    x = Fraction(x)
    return Fraction((Decimal(x.numerator) / Decimal(x.denominator)).exp())


def sigmoid_table(sx, zx, sy, zero, low, high):
    result = []
    for bits in range(256):
        q = bits - 256 if bits > 127 else bits
        x = f32(q - zx) * f32(sx)
        y = f32(float(1 / (1 + exponential(-exact(x)))))
        result.append(quantize(y, sy, zero, low, high))
    return result


def softmax(row, sx, sy, zero, low, high):
    bits = min(23, 31 - (len(row) - 1).bit_length())
    top = max(row)
    table = [rint(exact(float(exponential(-(top - q) * exact(sx)))) * 2 ** bits) for q in row]
    total = sum(table)
    length = total.bit_length()
    reciprocal = 2 ** (length + 23) // total
    m, k = mul(f32(1) / f32(sy))
    factor = (reciprocal * m) >> 24
    return [clamp(rne(t * factor, length - 1 + k) + zero, low, high) for t in table]


def layer_norm(row, gamma, beta, sx, sy, epsilon, zero, low, high):
    n, total = len(row), sum(row)
    added = max(1, rint(exact(epsilon * float(n) * n / (float(sx) * float(sx)))))
    variance = n * sum(q * q for q in row) - total * total + added
    e = 0
    while variance * Fraction(2) ** -e >= 2 ** 32:
        e += 2
    while variance * Fraction(2) ** -e < 2 ** 30:
        e -= 2
    scaled = math.floor(variance * Fraction(2) ** -e)
    reciprocal = 2 ** 55 // math.isqrt(scaled << 32)
    ratios = [float(v) / float(sy) for v in gamma]
    g = 30
    while max(abs(rint(exact(r) * Fraction(2) ** g)) for r in ratios) > 2 ** 24:
        g -= 1
    scale = [rint(exact(r) * Fraction(2) ** g) for r in ratios]
    bias = [rint(exact(float(v) / float(sy)) * Fraction(2) ** (20 + g)) for v in beta]
    result = []
    for q, gain, offset in zip(row, scale, bias):
        z = rne((n * q - total) * reciprocal, 19 + e // 2)
        result.append(clamp(rne(z * gain + offset, 20 + g) + zero, low, high))
    return result


def text(x):
    return float(x).hex() + "f"


def numbers(values):
    return "{" + ", ".join(str(v) for v in values) + "}"


def main():
    rand = random.Random(9)
    scale = lambda low=-12, high=2: f32(2 ** rand.uniform(low, high))
    lines = ["// Written by integer_oracle.py: expected values of the integer semantics."]

    def table(kind, name, rows):
        lines.append(f"static const {kind} {name}[] = {{")
        lines.extend("    {" + ", ".join(row) + "}," for row in rows)
        lines.append("};")

    shifts = [(p, s) for s in (1, 2, 5) for p in range(-9, 10)] + [(3 << 40, 41), (-(3 << 40), 41), (5 << 40, 41)]
    shifts += [(rand.randrange(-2 ** 55, 2 ** 55), rand.randrange(1, 63)) for _ in range(40)]
    table("RoundShiftCase", "roundShiftCases", [(f"{p}", str(s), str(rne(p, s))) for p, s in shifts])

    factors = [f32(1), f32(0.5), f32(2 ** -38), f32(2 ** -39), f32(1 / 3), f32(-0.75), f32(2 ** 14), np.nextafter(f32(1), f32(0))]
    factors += [scale(-30, 10) for _ in range(30)]
    rows = []
    for bits in (24, 18, 16):
        rows += [(text(c), str(bits), str(mul(c, bits)[0]), str(mul(c, bits)[1])) for c in factors]
    table("MultiplierCase", "multiplierCases", rows)

    rows = []
    for i in range(200):
        c = scale(-16, 0) if i % 2 else f32(2.0 ** rand.randrange(-10, 0))
        zero = rand.randrange(-128, 128)
        # Near the clamps' range, so that most results are inside; powers of two meet ties.
        acc = int(rand.uniform(-160, 160) / float(c))
        rows.append((str(acc), text(c), str(zero), str(req(acc, c, zero, -128, 127))))
    table("RequantizeCase", "requantizeCases", rows)

    rows = []
    for _ in range(40):
        sx, sw, sy = scale(), scale(), scale()
        b = f32(rand.uniform(-1, 1) * 1000 * float(sx) * float(sw))
        m, s = mul(sx * sw / sy)
        rows.append((text(sx), text(sw), text(sy), text(b), str(m), str(s), str(rint(Fraction(float(b) / (float(sx) * float(sw)))))))
    table("ContractionCase", "contractionCases", rows)

    rows = []
    while len(rows) < 120:
        s0, s1 = scale(-6, -2), scale(-6, -2)
        sy = scale(-5, -2) if len(rows) % 3 else s0
        terms = [rand.randrange(-255, 256) for _ in range(2)]
        zero, sign = rand.randrange(-128, 128), rand.choice((1, -1))
        y = add([s0, sign * s1], terms, sy, zero, -128, 127)
        rows.append((text(s0), text(sign * s1), text(sy), str(terms[0]), str(terms[1]), str(zero), str(y)))
    table("AddCase", "addCases", rows)

    rows = []
    for _ in range(60):
        n, sx = rand.randrange(1, 100), scale(-8, -2)
        sy, zero = f32(sx * f32(rand.uniform(0.3, 2))), rand.randrange(-128, 128)
        total = rand.randrange(-255 * n, 255 * n)
        rows.append((text(sx), text(sy), str(n), str(total), str(zero), str(req(total, sx / (sy * f32(n)), zero, -128, 127))))
    table("AverageCase", "averageCases", rows)

    rows = []
    for _ in range(3):
        sx, zx = scale(-6, -3), rand.randrange(-128, 128)
        rows.append((text(sx), str(zx), text(f32(1 / 256)), "-128", numbers(sigmoid_table(sx, zx, f32(1 / 256), -128, -128, 127))))
    table("SigmoidCase", "sigmoidCases", rows)

    rows = []
    for n in (1, 2, 7, 10, 33, 64):
        sx, sy = scale(-7, -3), rand.choice((f32(1 / 256), scale(-9, -7)))
        row = [rand.randrange(-128, 128) for _ in range(n)]
        rows.append((text(sx), text(sy), numbers(row), numbers(softmax(row, sx, sy, -128, -128, 127))))
    table("SoftmaxCase", "softmaxCases", rows)

    rows = []
    for n in (2, 8, 31, 64):
        sx, sy, epsilon = scale(-7, -3), scale(-6, -4), f32(1e-5)
        row = [rand.randrange(-128, 128) for _ in range(n)]
        gamma, beta = [f32(rand.uniform(0.2, 1.5)) for _ in row], [f32(rand.uniform(-0.5, 0.5)) for _ in row]
        y = layer_norm(row, gamma, beta, sx, sy, float(epsilon), 3, -128, 127)
        rows.append((text(sx), text(sy), text(epsilon), "{" + ", ".join(text(v) for v in gamma) + "}",
                     "{" + ", ".join(text(v) for v in beta) + "}", numbers(row), numbers(y)))
    table("LayerNormCase", "layerNormCases", rows)

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "IntegerOracle.inc")
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
