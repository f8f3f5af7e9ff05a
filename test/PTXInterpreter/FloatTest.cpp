// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// f32 and f64 arithmetic and comparisons.
#include "Instruction.h"

using namespace camber::test;

namespace {

uint64_t saturated(float a) { return bits(a > 0 ? (a < 1 ? a : 1.0f) : 0.0f); }
float ftz(uint64_t a) { return flushed(f32(a)); }

/// The neighbours of an exact double among floats. direction: 1 towards zero, 2 down, 3 up.
uint64_t directed(double exact, int direction) {
  float nearest = static_cast<float>(exact);
  const bool tooLarge = double(nearest) > exact, tooSmall = double(nearest) < exact;
  if (tooLarge && (direction == 2 || (direction == 1 && exact > 0)))
    nearest = std::nextafter(nearest, -INFINITY);
  if (tooSmall && (direction == 3 || (direction == 1 && exact < 0)))
    nearest = std::nextafter(nearest, INFINITY);
  return bits(nearest);
}
float least(float a, float b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
}
float most(float a, float b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : a == b ? (std::signbit(a) ? b : a) : a > b ? a : b;
}
bool unordered(uint64_t a, uint64_t b) { return std::isnan(f32(a)) || std::isnan(f32(b)); }
double fused(uint64_t a, uint64_t b, uint64_t c) { return std::fma(f64(a), f64(b), f64(c)); }

TEST(Float, MatchesModel) {
  const InstructionCase cases[] = {
      {"add.f32", "f32 f32 f32", MODEL(bits(f32(a) + f32(b)))},
      {"add.rn.f32", "f32 f32 f32", MODEL(bits(f32(a) + f32(b)))},
      {"add.rn.ftz.f32", "f32 f32 f32", MODEL(bits(flushed(ftz(a) + ftz(b))))},
      {"add.sat.f32", "f32 f32 f32", MODEL(saturated(f32(a) + f32(b)))},
      {"add.ftz.sat.f32", "f32 f32 f32", MODEL(saturated(flushed(ftz(a) + ftz(b))))},
      {"sub.f32", "f32 f32 f32", MODEL(bits(f32(a) - f32(b)))},
      {"sub.ftz.f32", "f32 f32 f32", MODEL(bits(flushed(ftz(a) - ftz(b))))},
      {"mul.f32", "f32 f32 f32", MODEL(bits(f32(a) * f32(b)))},
      {"mul.ftz.f32", "f32 f32 f32", MODEL(bits(flushed(ftz(a) * ftz(b))))},
      {"add.f64", "f64 f64 f64", MODEL(bits(f64(a) + f64(b)))},
      {"sub.rn.f64", "f64 f64 f64", MODEL(bits(f64(a) - f64(b)))},
      {"mul.f64", "f64 f64 f64", MODEL(bits(f64(a) * f64(b)))},
      {"fma.rn.f32", "f32 f32 f32 f32", MODEL(bits(std::fma(f32(a), f32(b), f32(c))))},
      {"fma.rn.ftz.f32", "f32 f32 f32 f32", MODEL(bits(flushed(std::fma(ftz(a), ftz(b), ftz(c)))))},
      {"fma.rn.sat.f32", "f32 f32 f32 f32", MODEL(saturated(std::fma(f32(a), f32(b), f32(c))))},
      {"fma.rn.f64", "f64 f64 f64 f64", MODEL(bits(fused(a, b, c)))},
      {"mad.rn.f32", "f32 f32 f32 f32", MODEL(bits(std::fma(f32(a), f32(b), f32(c))))},
      {"add.rz.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) + f32(b), 1))},
      {"add.rm.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) + f32(b), 2))},
      {"add.rp.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) + f32(b), 3))},
      {"sub.rp.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) - f32(b), 3))},
      {"mul.rz.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) * f32(b), 1))},
      {"mul.rm.f32", "f32 f32~ f32~", MODEL(directed(double(f32(a)) * f32(b), 2))},
      {"div.rn.f32", "f32 f32 f32", MODEL(bits(f32(a) / f32(b)))},
      {"div.rn.ftz.f32", "f32 f32 f32", MODEL(bits(flushed(ftz(a) / ftz(b))))},
      {"div.rn.f64", "f64 f64 f64", MODEL(bits(f64(a) / f64(b)))},
      {"rcp.rn.f32", "f32 f32", MODEL(bits(1.0f / f32(a)))},
      {"rcp.rn.f64", "f64 f64", MODEL(bits(1.0 / f64(a)))},
      {"sqrt.rn.f32", "f32 f32", MODEL(bits(std::sqrt(f32(a))))},
      {"sqrt.rn.ftz.f32", "f32 f32", MODEL(bits(flushed(std::sqrt(ftz(a)))))},
      {"sqrt.rn.f64", "f64 f64", MODEL(bits(std::sqrt(f64(a))))},
      {"min.f32", "f32 f32 f32", MODEL(bits(least(f32(a), f32(b))))},
      {"min.ftz.f32", "f32 f32 f32", MODEL(bits(least(ftz(a), ftz(b))))},
      {"min.NaN.f32", "f32 f32 f32", MODEL(unordered(a, b) ? 0x7fffffff : bits(least(f32(a), f32(b))))},
      {"max.f32", "f32 f32 f32", MODEL(bits(most(f32(a), f32(b))))},
      {"max.NaN.f32", "f32 f32 f32", MODEL(unordered(a, b) ? 0x7fffffff : bits(most(f32(a), f32(b))))},
      {"max.ftz.f32", "f32 f32 f32", MODEL(bits(most(ftz(a), ftz(b))))},
      {"max.f64", "f64 f64 f64",
       MODEL(std::isnan(f64(a))                                    ? b
             : std::isnan(f64(b))                                  ? a
             : f64(a) > f64(b) || (f64(a) == f64(b) && !(a >> 63)) ? a
                                                                   : b)},
      {"abs.f32", "f32 f32", MODEL(a & 0x7fffffff)},
      {"abs.ftz.f32", "f32 f32", MODEL(bits(std::fabs(ftz(a))))},
      {"abs.f64", "f64 f64", MODEL(a << 1 >> 1)},
      {"neg.f32", "f32 f32", MODEL(a ^ 0x80000000)},
      {"neg.ftz.f32", "f32 f32", MODEL(bits(-ftz(a)))},
      {"neg.f64", "f64 f64", MODEL(a ^ uint64_t(1) << 63)},
      {"copysign.f32", "f32 f32 f32", MODEL(bits(std::copysign(f32(b), f32(a))))},
      {"copysign.f64", "f64 f64 f64", MODEL(bits(std::copysign(f64(b), f64(a))))},
      {"testp.finite.f32", "p f32", MODEL(std::isfinite(f32(a)))},
      {"testp.infinite.f32", "p f32", MODEL(std::isinf(f32(a)))},
      {"testp.number.f32", "p f32", MODEL(!std::isnan(f32(a)))},
      {"testp.notanumber.f64", "p f64", MODEL(std::isnan(f64(a)))},
      {"testp.normal.f32", "p f32", MODEL(std::isnormal(f32(a)))},
      {"testp.subnormal.f32", "p f32", MODEL(std::fpclassify(f32(a)) == FP_SUBNORMAL)},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

TEST(Compare, MatchesModel) {
  const InstructionCase cases[] = {
      {"setp.eq.s32", "p s32 s32", MODEL(a == b)},
      {"setp.ne.b64", "p b64 b64", MODEL(a != b)},
      {"setp.lt.s32", "p s32 s32", MODEL(s32(a) < s32(b))},
      {"setp.le.s16", "p s16 s16", MODEL(s16(a) <= s16(b))},
      {"setp.gt.u32", "p u32 u32", MODEL(a > b)},
      {"setp.ge.s64", "p s64 s64", MODEL(s64(a) >= s64(b))},
      {"setp.lo.u32", "p u32 u32", MODEL(a < b)},
      {"setp.hs.u64", "p u64 u64", MODEL(a >= b)},
      {"setp.lt.u16", "p u16 u16", MODEL(a < b)},
      {"setp.eq.f32", "p f32 f32", MODEL(f32(a) == f32(b))},
      {"setp.ne.f32", "p f32 f32", MODEL(!unordered(a, b) && f32(a) != f32(b))},
      {"setp.lt.f32", "p f32 f32", MODEL(f32(a) < f32(b))},
      {"setp.lt.ftz.f32", "p f32 f32", MODEL(ftz(a) < ftz(b))},
      {"setp.ge.f32", "p f32 f32", MODEL(f32(a) >= f32(b))},
      {"setp.equ.f32", "p f32 f32", MODEL(unordered(a, b) || f32(a) == f32(b))},
      {"setp.neu.f32", "p f32 f32", MODEL(!(f32(a) == f32(b)))},
      {"setp.ltu.f32", "p f32 f32", MODEL(!(f32(a) >= f32(b)))},
      {"setp.leu.f32", "p f32 f32", MODEL(!(f32(a) > f32(b)))},
      {"setp.gtu.f32", "p f32 f32", MODEL(!(f32(a) <= f32(b)))},
      {"setp.geu.f32", "p f32 f32", MODEL(!(f32(a) < f32(b)))},
      {"setp.num.f32", "p f32 f32", MODEL(!unordered(a, b))},
      {"setp.nan.f32", "p f32 f32", MODEL(unordered(a, b))},
      {"setp.gt.f64", "p f64 f64", MODEL(f64(a) > f64(b))},
      {"setp.lt.f16", "p f16 f16", MODEL(halfValue(a) < halfValue(b))},
      {"setp.ge.bf16", "p bf16 bf16", MODEL(bfloatValue(a) >= bfloatValue(b))},
      {"setp.lt.and.s32", "p s32 s32 p", MODEL(s32(a) < s32(b) && c)},
      {"setp.eq.or.u32", "p u32 u32 p", MODEL(a == b || c)},
      {"setp.lt.xor.f32", "p f32 f32 p", MODEL((f32(a) < f32(b)) != bool(c))},
      {"set.lt.u32.f32", "u32 f32 f32", MODEL(f32(a) < f32(b) ? 0xffffffff : 0)},
      {"set.eq.f32.s32", "f32 s32 s32", MODEL(a == b ? bits(1.0f) : 0)},
      {"set.gt.and.s32.u32", "s32 u32 u32 p", MODEL(a > b && c ? 0xffffffff : 0)},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

TEST(Compare, TwoDestinationsAndNegatedCombination) {
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .pred %p<4>; .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %tid.x;
  setp.lt.u32 %p0, %r0, 2;
  setp.lt.and.u32 %p1|%p2, %r0, 1, !%p0;
  selp.u32 %r1, 1, 0, %p1;
  selp.u32 %r2, 2, 0, %p2;
  or.b32 %r1, %r1, %r2;
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd0, %rd0, %rd1;
  st.global.u32 [%rd0], %r1;
)");
  std::vector<Buffer> buffers = {output("out", 16)};
  runKernel(text, buffers, {{1, 1, 1}, {4, 1, 1}, {1, 1, 1}, 0});
  EXPECT_EQ(contents<uint32_t>(buffers[0]),
            (std::vector<uint32_t>{0, 0, 2, 2})); // p = (t < 1) & !(t < 2), q = !(t < 1) & !(t < 2)
}

} // namespace
