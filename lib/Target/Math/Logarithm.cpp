// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// log, log2, log10 and log1p: x = 2^e · m with m in [√½, √2), and log m by a polynomial.
#include "MathBuilder.h"
#include <cmath>
#include <limits>

using namespace camber::expansion;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// -∞ at 0, NaN below, x itself at ∞ and NaN.
static Num atLimits(Num x, Num result, double smallest) {
  result = select(less(x, smallest), -infinity, result);
  result = select(less(x, 0), notANumber, result);
  return select(less(x, infinity), result, x);
}

static Num log(Num x) {
  // (log(1 + f) - f + f²/2)/f³ on [√½ - 1, √2 - 1], error 2.2e-8.
  constexpr double tail[] = {0.33333331257103233,  -0.24999981188856002, 0.20000688054492876,
                             -0.16669150718066522, 0.14251156043501014,  -0.12396706257590362,
                             0.11634666513805264,  -0.11659896448554134, 0.073324783523406394};
  // Adding the distance from √½ to 1 carries into the exponent exactly when the mantissa is at least √2.
  Num shifted = bits(x) + bits(x).sameInt(0x3f800000 - 0x3f3504f3);
  Num exponent = shiftRight(shifted, 23) - shifted.sameInt(127);
  Num m = fromBits(bitAnd(shifted, 0x007fffff) + shifted.sameInt(0x3f3504f3));
  Num e = {x.b, mlir::arith::SIToFPOp::create(*x.b, x.v.getType(), exponent.v)};
  Num f = m - 1, square = f * f;
  // The small terms first. The first part of ln 2 has 10 trailing zeros, so that e times it is exact.
  Num small = polynomial(f, tail) * f * square;
  small = fma(e, x.same(0x1.7f7d1cf79abcap-20), small);
  small = fma(square, x.same(-0.5), small);
  return atLimits(x, fma(e, x.same(0x1.62e4p-1), f + small), 0x1p-126);
}

namespace camber::expansion {
Num logDouble(Num x) {
  // 2 artanh(s)/s of s², s = (m - 1)/(m + 1), on [0, (3 - 2√2)²], error 5.4e-14.
  constexpr double form[] = {1.9999999999999465,  0.66666666679696399, 0.39999994859945801,
                             0.28572169182273448, 0.22174131926602383, 0.19609699883011404};
  constexpr int64_t rootHalf = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
  Num shifted = bits(x) + bits(x).sameInt(one - rootHalf);
  Num m = fromBits(bitAnd(shifted, 0x000fffffffffffff) + shifted.sameInt(rootHalf));
  // The exponent field as a number: put below the leading bit of 2^52 and 2^52 + 1023 subtracted. AVX2 converts no i64.
  Num field = shiftRightZeros(shifted, 52);
  Num e = fromBits(field + bits(x.same(0x1p52))) - (0x1p52 + 1023);
  Num s = (m - 1) / (m + 1);
  Num result = fma(e, x.same(0.6931471805599453), s * polynomial(s * s, form));
  return atLimits(x, result, 0x1p-1000);
}

Num log1pDouble(Num x) {
  Num sum = x + 1;
  // What rounding the sum lost, which is all of x when x is small.
  Num lost = select(less(abs(x), 0.5), x - (sum - 1), 0.0);
  return logDouble(sum) + lost;
}

void addLogarithm(ExpansionTable &table) {
  addUnary(table, "math.log", log);
  addUnary(table, "math.log2",
           [](Num x) { return inDouble(x, [](Num x) { return logDouble(x) * 1.4426950408889634; }); });
  addUnary(table, "math.log10",
           [](Num x) { return inDouble(x, [](Num x) { return logDouble(x) * 0.43429448190325183; }); });
  addUnary(table, "math.log1p", [](Num x) { return select(equal(x, 0), x, inDouble(x, log1pDouble)); });
}
} // namespace camber::expansion
