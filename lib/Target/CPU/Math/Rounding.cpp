// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// round, clampf and the classifications: a few comparisons each.
#include "MathBuilder.h"
#include <limits>

using namespace mlir;
using namespace camber::cpu;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace camber::cpu {
void addRounding(ExpansionTable &table) {
  addUnary(table, "math.round", [](Num x) {
    // Halfway cases away from 0. With the number below ½, x = 0.49999997 stays below 1 and odd x above 2^23 stays
    // itself.
    return trunc(x + copySign(x.same(0x1.fffffep-2), x));
  });
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
} // namespace camber::cpu
