// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, exp2, expm1 and the exponential of the softmax: x = n·ln 2 + r, a polynomial in r, and 2^n put together in the
// exponent field.
#include "MathBuilder.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace camber::expansion;

/// p · 2^n with n in the low bits of `shifted`. In two factors, because 2^128 and 2^-127 have no representation of
/// their own: only the last multiplication rounds, overflows or flushes.
static Num scale(Num p, Num shifted) {
  Num n = bits(shifted) - bits(shifted.same(roundingShift(shifted)));
  Num low = shiftRight(n, 1), high = n - low;
  auto powerOfTwo = [](Num k) { return fromBits(shiftLeft(k + k.sameInt(127), 23)); };
  return p * powerOfTwo(low) * powerOfTwo(high);
}

static Num exp(Num x) {
  // (e^r - 1 - r)/r² on [-ln 2/2, ln 2/2], error 6.3e-8.
  constexpr double tail[] = {0.50000000269406063, 0.16666576944796409, 0.041666375173506266, 0.0083631840366270572,
                             0.0013941121387902456};
  Num limited = clamp(x, -104, 89.5);
  Num shift = x.same(roundingShift(x));
  Num shifted = fma(limited, x.same(1.4426950408889634), shift);
  Num n = shifted - shift;
  // ln 2 in two parts; the first has 10 trailing zeros, so that n times it and the difference `high` are exact. The
  // second part is added to the small terms: rounding r here would cost a quarter of an ulp.
  Num high = fma(n, x.same(-0x1.62e4p-1), limited), low = n * -0x1.7f7d1cf79abcap-20;
  Num r = high + low;
  Num small = fma(polynomial(r, tail), r * r, low);
  return scale((high + small) + 1, shifted);
}

static Num exp2(Num x) {
  // (2^f - 1)/f on [-1/2, 1/2], error 1.7e-10.
  constexpr double slope[] = {0.69314718055371782,   0.24022650922396662,   0.055504109287543521,
                              0.0096180566612583672, 0.0013333454548154324, 0.00015461450224027109,
                              1.531008114313815e-5};
  Num limited = clamp(x, -151, 129);
  Num shift = x.same(roundingShift(x));
  Num shifted = limited + shift;
  Num f = limited - (shifted - shift);
  return scale(fma(polynomial(f, slope), f, x.same(1)), shifted);
}

/// cpu.exp2. With 127 more than the rounding shift, the low bits are the exponent field of 2^n. At -127 that field is
/// 0, which is exactly 0.
static Num exp2OfSoftmax(Num x) {
  // 2^f on [-1/2, 1/2] with 2^0 = 1, error 9.2e-8.
  constexpr double power[] = {1.0, 0.6931470037, 0.2402224243, 0.05550733581, 0.009671512991, 0.001326472731};
  Num limited = select(less(x, -127), -127, x); // NaN stays
  Num shift = x.same(roundingShift(x) + 127), shifted = limited + shift;
  return polynomial(limited - (shifted - shift), power) * fromBits(shiftLeft(bits(shifted), 23));
}

/// cpu.exp2 on 16 lanes: vreduceps is x - floor(x), and 0 for -∞; vscalefps multiplies by 2^floor(x).
static Num exp2OfSoftmaxByScaling(Num x) {
  // 2^f on [0, 1) with 2^0 = 1, error 8.3e-8.
  constexpr double power[] = {1.0, 0.6931513119, 0.2401644495, 0.0557999155, 0.0090170269, 0.0018671317};
  ImplicitLocOpBuilder &b = *x.b;
  auto integer = [&](unsigned width, int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getIntegerAttr(b.getIntegerType(width), value));
  };
  Value allLanes = integer(16, -1), currentRounding = integer(32, 4), roundDown = integer(32, 1);
  auto call = [&](StringRef name, ValueRange operands) -> Num {
    return {&b, LLVM::CallIntrinsicOp::create(b, x.v.getType(), b.getStringAttr(name), operands).getResult(0)};
  };
  Num fraction =
      call("llvm.x86.avx512.mask.reduce.ps.512", {x.v, roundDown, /*where masked off*/ x.v, allLanes, currentRounding});
  Value p = polynomial(fraction, power).v;
  return call("llvm.x86.avx512.mask.scalef.ps.512", {p, x.v, /*where masked off*/ p, allLanes, currentRounding});
}

/// (2^n, e^r - 1) in float64, with x = n·ln 2 + r.
static std::pair<Num, Num> reduceDouble(Num x) {
  // (e^r - 1 - r)/r² on [-ln 2/2, ln 2/2], error 7.1e-15.
  constexpr double tail[] = {0.5000000000000002,    0.16666666666648283,   0.041666666666596892,
                             0.0083333333537330627, 0.0013888888928549631, 0.00019841208726433997,
                             2.4801506198236953e-5, 2.7625118480924492e-6, 2.7626372102370889e-7};
  Num limited = clamp(x, -200, 200);
  Num shift = x.same(roundingShift(x));
  Num shifted = fma(limited, x.same(1.4426950408889634), shift);
  Num n = shifted - shift;
  Num r = fma(n, x.same(-0.6931471805599453), limited);
  r = fma(n, x.same(-2.3190468138462996e-17), r);
  Num power = fromBits(shiftLeft(bits(shifted), 52) + bits(x.same(1)));
  return {power, fma(polynomial(r, tail), r * r, r)};
}

namespace camber::expansion {
Num expDouble(Num x) {
  auto [power, rest] = reduceDouble(x);
  return fma(power, rest, power);
}
Num expm1Double(Num x) {
  auto [power, rest] = reduceDouble(x);
  return fma(power, rest, power - 1);
}

void addExponential(ExpansionTable &table) {
  addUnary(table, "math.exp", exp);
  addUnary(table, "math.exp2", exp2);
  addUnary(table, "math.expm1", [](Num x) {
    Num result = inDouble(x, expm1Double);
    return select(equal(x, 0), x, result); // keeps -0
  });
}

void addSoftmaxExponential(ExpansionTable &table, bool scaleInstructions) {
  table["cpu.exp2"] = [scaleInstructions](ArrayRef<Num> x) -> SmallVector<Num> {
    bool byScaling = scaleInstructions && cast<VectorType>(x[0].v.getType()).getNumElements() == 16;
    return {byScaling ? exp2OfSoftmaxByScaling(x[0]) : exp2OfSoftmax(x[0])};
  };
}
} // namespace camber::expansion
