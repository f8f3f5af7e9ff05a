// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// round, clampf and the classifications: a few comparisons each. The remainder of a division, exactly.
#include "MathBuilder.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace camber::expansion;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// C's fmod of float64 numbers that come from float32. The divisor is scaled by powers of 2^24, largest first, so that
/// each quotient is below 2^24 and what is left of x after it has 24 bits again: quotient, product and difference are
/// exact.
static Num remainderDouble(Num x, Num y) {
  Num divisor = abs(y), rest = abs(x);
  for (int step = 10; step >= 0; --step) { // float32 spans 2^-126 … 2^128
    Num part = divisor * std::ldexp(1.0, 24 * step);
    rest = fma(-trunc(rest / part), part, rest);
  }
  // An infinite divisor leaves x, of which the above makes 0 · ∞.
  rest = select(both(equal(abs(y), infinity), less(abs(x), infinity)), abs(x), rest);
  return copySign(rest, x);
}

namespace camber::expansion {
void addRounding(ExpansionTable &table) {
  addUnary(table, "math.round", [](Num x) {
    // Halfway cases away from 0. With the number below ½, x = 0.49999997 stays below 1 and odd x above 2^23 stays
    // itself.
    return trunc(x + copySign(x.same(0x1.fffffep-2), x));
  });
  table["arith.remf"] = [](ArrayRef<Num> x) -> SmallVector<Num> { return {inDouble(x[0], x[1], remainderDouble)}; };
  table["math.clampf"] = [](ArrayRef<Num> x) -> SmallVector<Num> {
    Num above = select(less(x[0], x[1]), x[1], x[0]);
    return {select(less(x[2], above), x[2], above)};
  };
  addUnary(table, "math.isnan", [](Num x) { return notEqual(x, x); });
  addUnary(table, "math.isinf", [](Num x) { return equal(abs(x), infinity); });
  addUnary(table, "math.isfinite", [](Num x) { return less(abs(x), infinity); });
  addUnary(table, "math.isnormal", [](Num x) {
    // Just below the smallest normal number lies a subnormal one, which flushing would make 0: compare bits.
    Num magnitude = bitAnd(bits(x), 0x7fffffff);
    auto compare = [&](arith::CmpIPredicate predicate, int64_t constant) -> Num {
      return {x.b, arith::CmpIOp::create(*x.b, predicate, magnitude.v, magnitude.sameInt(constant).v)};
    };
    return both(compare(arith::CmpIPredicate::sge, 0x00800000), compare(arith::CmpIPredicate::slt, 0x7f800000));
  });
}
} // namespace camber::expansion
