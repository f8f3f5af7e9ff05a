// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// rsqrt, cbrt, and powers with floating-point and integer exponents.
#include "MathBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <limits>

using namespace mlir;
using namespace camber::expansion;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// 1/√x with the errors of the root and of the quotient removed to first order: with s = √x rounded and y = 1/s
/// rounded, s² = x - r and s·y = 1 - e, so 1/√x = y·(1 + e - r·y²/2 + …). Small x is scaled, so that the residual r
/// does not underflow.
static Num rsqrt(Num x) {
  Num isSmall = less(x, 0x1p-60);
  Num scaled = select(isSmall, x * 0x1p64, x);
  Num s = sqrt(scaled), y = 1 / s;
  Num residual = fma(-s, s, scaled), e = fma(-s, y, x.same(1));
  Num correction = fma(residual * y * y, x.same(-0.5), e);
  Num corrected = fma(y, correction, y);
  // At 0 and ∞ the residual is NaN.
  Num result = select(both(less(0, y), less(y, infinity)), corrected, y);
  return select(isSmall, result * 0x1p32, result);
}

/// A third of the exponent and mantissa as a guess within 7 %, then two steps of Halley's iteration (cubic) in float64.
static Num cbrt(Num x) {
  Num magnitude = bits(abs(x));
  Num third = {x.b, arith::SIToFPOp::create(*x.b, x.v.getType(), magnitude.v)};
  third = third * (1.0 / 3) + double(0x2a5119f2);
  Num guess = fromBits({x.b, arith::FPToSIOp::create(*x.b, magnitude.v.getType(), third.v)});
  Num result = inDouble(x, guess, [](Num x, Num y) {
    x = abs(x);
    for (int step = 0; step < 2; ++step) {
      Num cube = y * y * y;
      y = y * ((cube + x * 2) / (cube * 2 + x));
    }
    return y;
  });
  // The sign, 0, ∞ and NaN are x's own. Compared with the smallest normal number, because LLVM turns a pair of
  // comparisons with 0 and ∞ into a test of bits, where subnormal numbers are not 0.
  Num isZero = less(abs(x), 0x1p-126);
  return select(isZero, x, select(less(abs(x), infinity), copySign(result, x), x));
}

/// x^y of float64 numbers that come from float32 or i32, with the special cases of C99.
static Num powDouble(Num x, Num y) {
  Num result = expDouble(y * logDouble(abs(x)));
  Num half = y * 0.5;
  Num isWhole = equal(floor(y), y);
  Num negated = copySign(result, x);
  // The sign of x counts when y is odd: whole, and half of it is not.
  result = select(both(isWhole, notEqual(floor(half), half)), negated, result);
  Num isFraction = notEqual(floor(y), y);
  // Below every subnormal number, which counts as 0: LLVM may make bit tests of comparisons with 0 and ∞.
  Num isNegative = less(x, -0x1.fffffcp-127);
  result = select(both(both(isNegative, less(-infinity, x)), isFraction), notANumber, result);
  // (-1)^±∞ is 1, like everything to the power of 0 and 1 to any power, where y · log|x| is NaN.
  Num isInfinite = equal(abs(y), infinity);
  result = select(both(equal(abs(x), 1), isInfinite), 1, result);
  result = select(equal(x, 1), 1, result);
  return select(equal(y, 0), 1, result);
}

/// Wraps like a product of |y| factors. Negative y: the reciprocal rounded towards 0, which is 0 but for x = ±1 (and
/// for x = 0, where the power is undefined).
static Num ipowi(Num x, Num y) {
  ImplicitLocOpBuilder &b = *x.b;
  Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
  int64_t width = getElementTypeOrSelf(x.v.getType()).getIntOrFloatBitWidth();
  Value count = arith::ConstantIndexOp::create(b, width);
  auto loop = scf::ForOp::create(b, zero, count, one, ValueRange{x.sameInt(1).v, x.v, y.v});
  auto compare = [&](arith::CmpIPredicate predicate, Num x, int64_t constant) -> Num {
    return {&b, arith::CmpIOp::create(b, predicate, x.v, x.sameInt(constant).v)};
  };
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Num result{&b, loop.getRegionIterArg(0)}, square{&b, loop.getRegionIterArg(1)}, rest{&b, loop.getRegionIterArg(2)};
    Num isOdd = compare(arith::CmpIPredicate::ne, bitAnd(rest, 1), 0);
    scf::YieldOp::create(
        b, ValueRange{select(isOdd, result * square, result).v, (square * square).v, shiftRightZeros(rest, 1).v});
  }
  // For negative y the loop gives x^(y + 2^width), which for x = ±1 is right: 2^width is even.
  Num result{&b, loop.getResult(0)};
  Num isNegative = compare(arith::CmpIPredicate::slt, y, 0);
  Num isUnit = compare(arith::CmpIPredicate::ule, x + x.sameInt(1), 2);
  Num isZero = compare(arith::CmpIPredicate::eq, x, 0);
  Num atNegative = select(isZero, x.sameInt(0), select(isUnit, result, x.sameInt(0)));
  return select(isNegative, atNegative, result);
}

namespace camber::expansion {
void addPower(ExpansionTable &table) {
  addUnary(table, "math.rsqrt", rsqrt);
  addUnary(table, "math.cbrt", cbrt);
  table["math.powf"] =
      table["math.fpowi"] = [](ArrayRef<Num> x) -> SmallVector<Num> { return {inDouble(x[0], x[1], powDouble)}; };
  table["math.ipowi"] = [](ArrayRef<Num> x) -> SmallVector<Num> { return {ipowi(x[0], x[1])}; };
}
} // namespace camber::expansion
