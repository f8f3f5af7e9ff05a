// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// f16 and bf16 arithmetic, single and packed: each half is rounded once, to the nearest of all values.
#include "Instruction.h"

using namespace camber::test;

namespace {

template <typename F> uint64_t eachHalf(uint64_t a, uint64_t b, uint64_t c, F f) {
  return (f(a & 0xffff, b & 0xffff, c & 0xffff) & 0xffff) |
         (f(a >> 16 & 0xffff, b >> 16 & 0xffff, c >> 16 & 0xffff) & 0xffff) << 16;
}
using Op = uint64_t (*)(uint64_t, uint64_t, uint64_t);

uint64_t addHalf(uint64_t a, uint64_t b, uint64_t) { return nearestHalf(halfValue(a) + halfValue(b)); }
uint64_t subHalf(uint64_t a, uint64_t b, uint64_t) { return nearestHalf(halfValue(a) - halfValue(b)); }
uint64_t mulHalf(uint64_t a, uint64_t b, uint64_t) { return nearestHalf(halfValue(a) * halfValue(b)); }
uint64_t fmaHalf(uint64_t a, uint64_t b, uint64_t c) {
  return nearestHalf(std::fma(halfValue(a), halfValue(b), halfValue(c)));
}
uint64_t addBfloat(uint64_t a, uint64_t b, uint64_t) { return nearestBfloat(bfloatValue(a) + bfloatValue(b)); }
uint64_t mulBfloat(uint64_t a, uint64_t b, uint64_t) { return nearestBfloat(bfloatValue(a) * bfloatValue(b)); }
uint64_t fmaBfloat(uint64_t a, uint64_t b, uint64_t c) {
  return nearestBfloat(std::fma(bfloatValue(a), bfloatValue(b), bfloatValue(c)));
}
uint64_t flushHalf(uint64_t a) { return (a & 0x7c00) == 0 ? a & 0x8000 : a; }
uint64_t minHalf(uint64_t a, uint64_t b, uint64_t) {
  const double x = halfValue(a), y = halfValue(b);
  return std::isnan(x) ? b : std::isnan(y) ? a : x < y || (x == y && a & 0x8000) ? a : b;
}
uint64_t maxBfloat(uint64_t a, uint64_t b, uint64_t) {
  const double x = bfloatValue(a), y = bfloatValue(b);
  return std::isnan(x) ? b : std::isnan(y) ? a : x > y || (x == y && !(a & 0x8000)) ? a : b;
}
uint64_t clampHalf(uint64_t a) { return std::isnan(halfValue(a)) || a & 0x8000 ? 0 : halfValue(a) > 1 ? 0x3c00 : a; }
uint64_t reluHalf(uint64_t a) { return a & 0x8000 && !std::isnan(halfValue(a)) ? 0 : a; }

TEST(HalfFloat, MatchesModel) {
  const InstructionCase cases[] = {
      {"add.f16", "f16 f16 f16", MODEL(addHalf(a, b, 0))},
      {"add.rn.f16", "f16 f16 f16", MODEL(addHalf(a, b, 0))},
      {"add.ftz.f16", "f16 f16 f16", MODEL(flushHalf(addHalf(flushHalf(a), flushHalf(b), 0)))},
      {"add.sat.f16", "f16 f16 f16", MODEL(clampHalf(addHalf(a, b, 0)))},
      {"sub.f16", "f16 f16 f16", MODEL(subHalf(a, b, 0))},
      {"mul.f16", "f16 f16 f16", MODEL(mulHalf(a, b, 0))},
      {"fma.rn.f16", "f16 f16 f16 f16", MODEL(fmaHalf(a, b, c))},
      {"fma.rn.relu.f16", "f16 f16 f16 f16", MODEL(reluHalf(fmaHalf(a, b, c)))},
      {"min.f16", "f16 f16 f16", MODEL(minHalf(a, b, 0))},
      {"min.NaN.f16", "f16 f16 f16",
       MODEL(std::isnan(halfValue(a)) || std::isnan(halfValue(b)) ? 0x7fff : minHalf(a, b, 0))},
      {"neg.f16", "b16 f16", MODEL(a ^ 0x8000)},
      {"abs.f16", "b16 f16", MODEL(a & 0x7fff)},
      {"add.f16x2", "f16x2 f16x2 f16x2", MODEL(eachHalf(a, b, c, addHalf))},
      {"sub.f16x2", "f16x2 f16x2 f16x2", MODEL(eachHalf(a, b, c, subHalf))},
      {"mul.f16x2", "f16x2 f16x2 f16x2", MODEL(eachHalf(a, b, c, mulHalf))},
      {"fma.rn.f16x2", "f16x2 f16x2 f16x2 f16x2", MODEL(eachHalf(a, b, c, fmaHalf))},
      {"min.f16x2", "f16x2 f16x2 f16x2", MODEL(eachHalf(a, b, c, minHalf))},
      {"add.rn.bf16", "bf16 bf16 bf16", MODEL(addBfloat(a, b, 0))},
      {"mul.rn.bf16", "bf16 bf16 bf16", MODEL(mulBfloat(a, b, 0))},
      {"fma.rn.bf16", "bf16 bf16 bf16 bf16", MODEL(fmaBfloat(a, b, c))},
      {"max.bf16", "bf16 bf16 bf16", MODEL(maxBfloat(a, b, 0))},
      {"neg.bf16", "b16 bf16", MODEL(a ^ 0x8000)},
      {"abs.bf16", "b16 bf16", MODEL(a & 0x7fff)},
      {"add.bf16x2", "bf16x2 bf16x2 bf16x2", MODEL(eachHalf(a, b, c, addBfloat))},
      {"mul.bf16x2", "bf16x2 bf16x2 bf16x2", MODEL(eachHalf(a, b, c, mulBfloat))},
      {"fma.rn.bf16x2", "bf16x2 bf16x2 bf16x2 bf16x2", MODEL(eachHalf(a, b, c, fmaBfloat))},
      {"max.bf16x2", "bf16x2 bf16x2 bf16x2", MODEL(eachHalf(a, b, c, maxBfloat))},
      {"abs.bf16x2", "b32 b32", MODEL(a & 0x7fff7fff)},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

} // namespace
