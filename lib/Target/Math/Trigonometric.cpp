// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// sin, cos, tan and the inverse functions, in float64. Arguments are reduced correctly over the whole range of float32.
#include "MathBuilder.h"
#include <limits>

using namespace mlir;
using namespace camber::expansion;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double halfPi = 1.5707963267948966, pi = 3.141592653589793;

/// x = k·π/2 + r with |r| ≤ π/4; the low bits of `shifted` are k's.
struct Reduced {
  Num r, shifted;
};

/// |x| < 2^28. π/2 in two parts: k times the first is subtracted exactly, because the difference is a multiple of the
/// last place of π/2 and below 1.
static Reduced reduceNear(Num x) {
  Num shift = x.same(roundingShift(x));
  Num shifted = fma(x, x.same(0.6366197723675814), shift);
  Num k = shifted - shift;
  Num r = fma(k, x.same(-halfPi), x);
  return {fma(k, x.same(-6.123233995736766e-17), r), shifted};
}

/// Any finite x. 1/(2π) in pieces of 24 bits: each product with a float32 is exact in float64, and so is its distance
/// from the next whole number of turns. Sums of these distances are exact until the last places of the result.
static Reduced reduceFar(Num x) {
  constexpr int pieces[] = {0x28be60, 0xdb9391, 0x054a7f, 0x09d5f4, 0x7d4d37, 0x7036d8, 0xa5664f, 0x10e410, 0x7f9458};
  Num turns = x.same(0);
  double unit = 1;
  for (int piece : pieces) {
    unit *= 0x1p-24;
    Num product = x * (piece * unit);
    turns = turns + (product - roundEven(product));
    turns = turns - roundEven(turns);
  }
  Num quarters = turns * 4, shift = x.same(roundingShift(x));
  Num shifted = quarters + shift;
  return {(quarters - (shifted - shift)) * halfPi, shifted};
}

static Reduced reduce(Num x) {
  Reduced near = reduceNear(x);
  Num isFar = atLeast(abs(x), 0x1p28);
  SmallVector<Num> result = ifAny(isFar, {near.r, near.shifted}, [&]() -> SmallVector<Num> {
    Reduced far = reduceFar(x);
    return {select(isFar, far.r, near.r), select(isFar, far.shifted, near.shifted)};
  });
  return {result[0], result[1]};
}

static Num sinNear(Num r) {
  // (sin(r)/r - 1)/r² of r² on [0, (π/4)²], error 2.8e-14.
  constexpr double tail[] = {-0.1666666666666389, 0.0083333333310813411, -0.00019841266918702553, 2.7555991374773313e-6,
                             -2.4805672326476333e-8};
  Num square = r * r;
  return fma(polynomial(square, tail) * square, r, r);
}
static Num cosNear(Num r) {
  // (cos(r) - 1)/r² of r² on [0, (π/4)²], error 3.1e-16.
  constexpr double tail[] = {-0.49999999999999969,  0.041666666666630958,  -0.0013888888882132087,
                             2.4801582625229128e-5, -2.755585585969717e-7, 2.0665527420173539e-9};
  Num square = r * r;
  return fma(polynomial(square, tail), square, r.same(1));
}

static Num bitIsSet(Num i, int64_t mask) {
  Num masked = bitAnd(i, mask);
  return {i.b, arith::CmpIOp::create(*i.b, arith::CmpIPredicate::ne, masked.v, i.sameInt(0).v)};
}

/// sin(x + quarters·π/2) of a reduced x.
static Num sine(Reduced x, int64_t quarters) {
  Num k = bits(x.shifted) + bits(x.shifted).sameInt(quarters);
  Num magnitude = select(bitIsSet(k, 1), cosNear(x.r), sinNear(x.r));
  return select(bitIsSet(k, 2), -magnitude, magnitude);
}

static Num tangent(Num x) {
  Reduced reduced = reduce(x);
  Num s = sinNear(reduced.r), c = cosNear(reduced.r), isOdd = bitIsSet(bits(reduced.shifted), 1);
  return select(isOdd, -c, s) / select(isOdd, s, c);
}

/// asin(x) for |x| ≤ ½.
static Num asinNear(Num x) {
  // (asin(x)/x - 1)/x² of x² on [0, ¼], error 3.2e-15.
  constexpr double tail[] = {0.1666666666666699,   0.074999999996942284,   0.044642857621256886, 0.030381915298684235,
                             0.02237306711535595,  0.017336338102898534,   0.014148729472519299, 0.010245725292177671,
                             0.015594748275969607, -0.0071041797708424684, 0.028097363640989393};
  Num square = x * x;
  return fma(polynomial(square, tail) * square, x, x);
}

/// Beyond ½ by asin(x) = π/2 - 2·asin(√((1 - x)/2)).
static Num asinDouble(Num x) {
  Num magnitude = abs(x), isFar = less(0.5, magnitude);
  Num y = asinNear(select(isFar, sqrt((1 - magnitude) * 0.5), magnitude));
  return select(isFar, halfPi - y * 2, y);
}
static Num acosDouble(Num x) {
  Num magnitude = abs(x), isFar = less(0.5, magnitude);
  Num y = asinNear(select(isFar, sqrt((1 - magnitude) * 0.5), x));
  Num far = select(less(x, 0), pi - y * 2, y * 2);
  return select(isFar, far, halfPi - y);
}

/// atan(t) for 0 ≤ t ≤ 1.
static Num atanNear(Num t) {
  // atan(t)/t of t² on [0, 1], error 8.4e-12.
  constexpr double form[] = {0.99999999999163202,   -0.33333333033644614,  0.1999998219290252,   -0.14285296819604162,
                             0.11105987167595778,   -0.090530199996455072, 0.075090202289660988, -0.060546617711512581,
                             0.044157983733092433,  -0.026538349827162357, 0.011779230408916768, -0.0033288767475758626,
                             0.00044139619272472698};
  return t * polynomial(t * t, form);
}
static Num atanDouble(Num x) {
  Num magnitude = abs(x), isFar = less(1, magnitude);
  Num y = atanNear(select(isFar, 1 / magnitude, magnitude));
  return select(isFar, halfPi - y, y);
}
static Num atan2Double(Num y, Num x) {
  Num rise = abs(y), run = abs(x), isSteep = less(run, rise);
  Num larger = select(isSteep, rise, run), smaller = select(isSteep, run, rise);
  Num t = smaller / larger;
  t = select(both(equal(smaller, infinity), equal(larger, infinity)), 1, t); // ∞/∞: the diagonal
  t = select(both(equal(x, 0), equal(y, 0)), 0, t);
  Num angle = atanNear(t);
  angle = select(isSteep, halfPi - angle, angle);
  // The sign bit of x counts, also that of -0.
  angle = select(less(copySign(x.same(1), x), 0), pi - angle, angle);
  // A NaN operand need not have reached the quotient.
  Num isNumber = both(equal(x, x), equal(y, y));
  return select(isNumber, copySign(angle, y), x + y);
}

namespace camber::expansion {
void addTrigonometric(ExpansionTable &table) {
  auto keepSignOfZero = [](Num x, Num result) { return select(equal(x, 0), x, result); };
  table["math.sin"] = [=](ArrayRef<Num> x) -> SmallVector<Num> {
    return {keepSignOfZero(x[0], inDouble(x[0], [](Num x) { return sine(reduce(x), 0); }))};
  };
  addUnary(table, "math.cos", [](Num x) { return inDouble(x, [](Num x) { return sine(reduce(x), 1); }); });
  table["math.tan"] = [=](ArrayRef<Num> x) -> SmallVector<Num> {
    return {keepSignOfZero(x[0], inDouble(x[0], tangent))};
  };
  table["math.sincos"] = [=](ArrayRef<Num> x) -> SmallVector<Num> {
    SmallVector<Num> both = inDouble(x, 2, [](ArrayRef<Num> x) -> SmallVector<Num> {
      Reduced reduced = reduce(x[0]);
      return {sine(reduced, 0), sine(reduced, 1)};
    });
    return {keepSignOfZero(x[0], both[0]), both[1]};
  };
  addUnary(table, "math.asin", [](Num x) { return copySign(inDouble(x, asinDouble), x); });
  addUnary(table, "math.acos", [](Num x) { return inDouble(x, acosDouble); });
  addUnary(table, "math.atan", [](Num x) { return copySign(inDouble(x, atanDouble), x); });
  table["math.atan2"] = [](ArrayRef<Num> x) -> SmallVector<Num> { return {inDouble(x[0], x[1], atan2Double)}; };
}
} // namespace camber::expansion
