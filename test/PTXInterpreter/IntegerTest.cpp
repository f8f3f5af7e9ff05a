// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer arithmetic, against models written from the PTX ISA, section "Integer Arithmetic Instructions".
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;

namespace {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UnsignedWide;

uint64_t clamped(int64_t value) {
  return static_cast<uint64_t>(std::min<int64_t>(std::max<int64_t>(value, INT32_MIN), INT32_MAX));
}
int64_t s24(uint64_t a) { return (int64_t(a & 0xffffff) ^ 0x800000) - 0x800000; }
int64_t byteOf(uint64_t a, int i, bool isSigned) {
  return isSigned ? int64_t(int8_t(a >> 8 * i)) : int64_t(uint8_t(a >> 8 * i));
}
int64_t wordOf(uint64_t a, int i, bool isSigned) {
  return isSigned ? int64_t(int16_t(a >> 16 * i)) : int64_t(uint16_t(a >> 16 * i));
}
uint64_t dot4(uint64_t a, uint64_t b, uint64_t c, bool sa, bool sb) {
  for (int i = 0; i < 4; ++i)
    c += static_cast<uint64_t>(byteOf(a, i, sa) * byteOf(b, i, sb));
  return c;
}
uint64_t dot2(uint64_t a, uint64_t b, uint64_t c, bool isSigned, int first) {
  for (int i = 0; i < 2; ++i)
    c += static_cast<uint64_t>(wordOf(a, i, isSigned) * byteOf(b, first + i, isSigned));
  return c;
}
template <typename F> uint64_t pairs(uint64_t a, uint64_t b, F f) {
  return (f(a & 0xffff, b & 0xffff) & 0xffff) | (f(a >> 16, b >> 16) & 0xffff) << 16;
}
/// Division by zero is unspecified; only the value that the interpreter segments is compared.
int64_t dividedBy(int64_t a, int64_t b) { return b == 0 ? -1 : b == -1 ? int64_t(0 - uint64_t(a)) : a / b; }
int64_t restOf(int64_t a, int64_t b) { return b == 0 ? a : b == -1 ? 0 : a % b; }

TEST(Integer, MatchesModel) {
  const InstructionCase cases[] = {
      {"add.u16", "u16 u16 u16", MODEL(a + b)},
      {"add.s16", "s16 s16 s16", MODEL(a + b)},
      {"add.u32", "u32 u32 u32", MODEL(a + b)},
      {"add.s32", "s32 s32 s32", MODEL(a + b)},
      {"add.u64", "u64 u64 u64", MODEL(a + b)},
      {"add.s64", "s64 s64 s64", MODEL(a + b)},
      {"add.sat.s32", "s32 s32 s32", MODEL(clamped(int64_t(s32(a)) + s32(b)))},
      {"add.u16x2", "u32 u32 u32", MODEL(pairs(a, b, [](uint64_t x, uint64_t y) { return x + y; }))},
      {"sub.u16", "u16 u16 u16", MODEL(a - b)},
      {"sub.s32", "s32 s32 s32", MODEL(a - b)},
      {"sub.s64", "s64 s64 s64", MODEL(a - b)},
      {"sub.sat.s32", "s32 s32 s32", MODEL(clamped(int64_t(s32(a)) - s32(b)))},
      {"mul.lo.u16", "u16 u16 u16", MODEL(a * b)},
      {"mul.lo.s32", "s32 s32 s32", MODEL(a * b)},
      {"mul.lo.u64", "u64 u64 u64", MODEL(a * b)},
      {"mul.hi.u16", "u16 u16 u16", MODEL(a * b >> 16)},
      {"mul.hi.s16", "s16 s16 s16", MODEL(uint64_t(int64_t(s16(a)) * s16(b) >> 16))},
      {"mul.hi.u32", "u32 u32 u32", MODEL(a * b >> 32)},
      {"mul.hi.s32", "s32 s32 s32", MODEL(uint64_t(int64_t(s32(a)) * s32(b) >> 32))},
      {"mul.hi.u64", "u64 u64 u64", MODEL(uint64_t(UnsignedWide(a) * b >> 64))},
      {"mul.hi.s64", "s64 s64 s64", MODEL(uint64_t(Wide(s64(a)) * s64(b) >> 64))},
      {"mul.wide.u16", "u32 u16 u16", MODEL(a * b)},
      {"mul.wide.s16", "s32 s16 s16", MODEL(uint64_t(int64_t(s16(a)) * s16(b)))},
      {"mul.wide.u32", "u64 u32 u32", MODEL(a * b)},
      {"mul.wide.s32", "s64 s32 s32", MODEL(uint64_t(int64_t(s32(a)) * s32(b)))},
      {"mul24.lo.u32", "u32 u32 u32", MODEL((a & 0xffffff) * (b & 0xffffff))},
      {"mul24.lo.s32", "s32 s32 s32", MODEL(uint64_t(s24(a) * s24(b)))},
      {"mul24.hi.u32", "u32 u32 u32", MODEL((a & 0xffffff) * (b & 0xffffff) >> 16)},
      {"mul24.hi.s32", "s32 s32 s32", MODEL(uint64_t(s24(a) * s24(b) >> 16))},
      {"mad.lo.s16", "s16 s16 s16 s16", MODEL(a * b + c)},
      {"mad.lo.s32", "s32 s32 s32 s32", MODEL(a * b + c)},
      {"mad.lo.u64", "u64 u64 u64 u64", MODEL(a * b + c)},
      {"mad.hi.u32", "u32 u32 u32 u32", MODEL((a * b >> 32) + c)},
      {"mad.hi.s32", "s32 s32 s32 s32", MODEL(uint64_t(int64_t(s32(a)) * s32(b) >> 32) + c)},
      {"mad.hi.sat.s32", "s32 s32 s32 s32", MODEL(clamped((int64_t(s32(a)) * s32(b) >> 32) + s32(c)))},
      {"mad.hi.u64", "u64 u64 u64 u64", MODEL(uint64_t(UnsignedWide(a) * b >> 64) + c)},
      {"mad.hi.s64", "s64 s64 s64 s64", MODEL(uint64_t(Wide(s64(a)) * s64(b) >> 64) + c)},
      {"mad.wide.u16", "u32 u16 u16 u32", MODEL(a * b + c)},
      {"mad.wide.s16", "s32 s16 s16 s32", MODEL(uint64_t(int64_t(s16(a)) * s16(b)) + c)},
      {"mad.wide.u32", "u64 u32 u32 u64", MODEL(a * b + c)},
      {"mad.wide.s32", "s64 s32 s32 s64", MODEL(uint64_t(int64_t(s32(a)) * s32(b)) + c)},
      {"mad24.lo.u32", "u32 u32 u32 u32", MODEL((a & 0xffffff) * (b & 0xffffff) + c)},
      {"mad24.lo.s32", "s32 s32 s32 s32", MODEL(uint64_t(s24(a) * s24(b)) + c)},
      {"sad.u32", "u32 u32 u32 u32", MODEL(c + (a < b ? b - a : a - b))},
      {"sad.s32", "s32 s32 s32 s32", MODEL(c + uint64_t(std::abs(int64_t(s32(a)) - s32(b))))},
      {"sad.u16", "u16 u16 u16 u16", MODEL(c + (a < b ? b - a : a - b))},
      {"sad.s16", "s16 s16 s16 s16", MODEL(c + uint64_t(std::abs(s16(a) - s16(b))))},
      {"div.u16", "u16 u16 u16", MODEL(b ? a / b : ~uint64_t(0))},
      {"div.s16", "s16 s16 s16", MODEL(uint64_t(dividedBy(s16(a), s16(b))))},
      {"div.u32", "u32 u32 u32", MODEL(b ? a / b : ~uint64_t(0))},
      {"div.s32", "s32 s32 s32", MODEL(uint64_t(dividedBy(s32(a), s32(b))))},
      {"div.u64", "u64 u64 u64", MODEL(b ? a / b : ~uint64_t(0))},
      {"div.s64", "s64 s64 s64", MODEL(uint64_t(dividedBy(s64(a), s64(b))))},
      {"rem.u16", "u16 u16 u16", MODEL(b ? a % b : a)},
      {"rem.s16", "s16 s16 s16", MODEL(uint64_t(restOf(s16(a), s16(b))))},
      {"rem.u32", "u32 u32 u32", MODEL(b ? a % b : a)},
      {"rem.s32", "s32 s32 s32", MODEL(uint64_t(restOf(s32(a), s32(b))))},
      {"rem.u64", "u64 u64 u64", MODEL(b ? a % b : a)},
      {"rem.s64", "s64 s64 s64", MODEL(uint64_t(restOf(s64(a), s64(b))))},
      {"abs.s16", "s16 s16", MODEL(s16(a) < 0 ? 0 - a : a)},
      {"abs.s32", "s32 s32", MODEL(s32(a) < 0 ? 0 - a : a)},
      {"abs.s64", "s64 s64", MODEL(s64(a) < 0 ? 0 - a : a)},
      {"neg.s16", "s16 s16", MODEL(0 - a)},
      {"neg.s32", "s32 s32", MODEL(0 - a)},
      {"neg.s64", "s64 s64", MODEL(0 - a)},
      {"min.u16", "u16 u16 u16", MODEL(std::min(a, b))},
      {"min.s16", "s16 s16 s16", MODEL(s16(a) < s16(b) ? a : b)},
      {"min.u32", "u32 u32 u32", MODEL(std::min(a, b))},
      {"min.s32", "s32 s32 s32", MODEL(s32(a) < s32(b) ? a : b)},
      {"min.relu.s32", "s32 s32 s32", MODEL(uint64_t(std::max(0, std::min(s32(a), s32(b)))))},
      {"min.u64", "u64 u64 u64", MODEL(std::min(a, b))},
      {"min.s64", "s64 s64 s64", MODEL(s64(a) < s64(b) ? a : b)},
      {"min.s16x2", "u32 u32 u32", MODEL(pairs(a, b, [](uint64_t x, uint64_t y) { return s16(x) < s16(y) ? x : y; }))},
      {"min.u16x2", "u32 u32 u32", MODEL(pairs(a, b, [](uint64_t x, uint64_t y) { return std::min(x, y); }))},
      {"max.u16", "u16 u16 u16", MODEL(std::max(a, b))},
      {"max.s16", "s16 s16 s16", MODEL(s16(a) > s16(b) ? a : b)},
      {"max.u32", "u32 u32 u32", MODEL(std::max(a, b))},
      {"max.s32", "s32 s32 s32", MODEL(s32(a) > s32(b) ? a : b)},
      {"max.relu.s32", "s32 s32 s32", MODEL(uint64_t(std::max({0, s32(a), s32(b)})))},
      {"max.u64", "u64 u64 u64", MODEL(std::max(a, b))},
      {"max.s64", "s64 s64 s64", MODEL(s64(a) > s64(b) ? a : b)},
      {"max.s16x2", "u32 u32 u32", MODEL(pairs(a, b, [](uint64_t x, uint64_t y) { return s16(x) > s16(y) ? x : y; }))},
      {"max.u16x2", "u32 u32 u32", MODEL(pairs(a, b, [](uint64_t x, uint64_t y) { return std::max(x, y); }))},
      {"dp4a.u32.u32", "u32 u32 u32 u32", MODEL(dot4(a, b, c, false, false))},
      {"dp4a.u32.s32", "s32 u32 s32 s32", MODEL(dot4(a, b, c, false, true))},
      {"dp4a.s32.u32", "s32 s32 u32 s32", MODEL(dot4(a, b, c, true, false))},
      {"dp4a.s32.s32", "s32 s32 s32 s32", MODEL(dot4(a, b, c, true, true))},
      {"dp2a.lo.u32.u32", "u32 u32 u32 u32", MODEL(dot2(a, b, c, false, 0))},
      {"dp2a.hi.u32.u32", "u32 u32 u32 u32", MODEL(dot2(a, b, c, false, 2))},
      {"dp2a.lo.s32.s32", "s32 s32 s32 s32", MODEL(dot2(a, b, c, true, 0))},
      {"dp2a.hi.s32.s32", "s32 s32 s32 s32", MODEL(dot2(a, b, c, true, 2))},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

/// 128-bit and 64-bit arithmetic in parts; the results of one thread.
TEST(Integer, ExtendedPrecision) {
  const uint64_t a = 0xfedcba9876543210, b = 0x0f1e2d3c4b5a6978, c = 0xffffffff00000001;
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .b32 %r<16>; .reg .b64 %rd<16>;
  ld.param.u64 %rd0, [out];
  mov.b64 %rd1, 0xfedcba9876543210; mov.b64 %rd2, 0x0f1e2d3c4b5a6978; mov.b64 %rd3, 0xffffffff00000001;
  mov.b64 {%r1, %r2}, %rd1; mov.b64 {%r3, %r4}, %rd2; mov.b64 {%r5, %r6}, %rd3;
  add.cc.u32 %r7, %r1, %r5; addc.u32 %r8, %r2, %r6; mov.b64 %rd4, {%r7, %r8}; st.global.u64 [%rd0], %rd4;
  sub.cc.u32 %r7, %r3, %r1; subc.cc.u32 %r8, %r4, %r2; mov.b64 %rd4, {%r7, %r8}; st.global.u64 [%rd0+8], %rd4;
  subc.u32 %r9, 5, 1; cvt.u64.u32 %rd4, %r9; st.global.u64 [%rd0+16], %rd4;
  add.cc.u64 %rd5, %rd1, %rd3; addc.u64 %rd6, %rd2, 0; st.global.u64 [%rd0+24], %rd6;
  mul.lo.u32 %r10, %r1, %r3; mul.hi.u32 %r11, %r1, %r3; mad.lo.cc.u32 %r11, %r2, %r3, %r11; madc.hi.u32 %r12, %r2, %r3, 0;
  mov.b64 %rd4, {%r10, %r11}; st.global.u64 [%rd0+32], %rd4; cvt.u64.u32 %rd4, %r12; st.global.u64 [%rd0+40], %rd4;
)");
  std::vector<Buffer> buffers = {output("out", 48)};
  const auto report = runKernel(text, buffers, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  const UnsignedWide product = UnsignedWide(a) * (b & 0xffffffff);
  EXPECT_EQ(contents<uint64_t>(buffers[0]),
            (std::vector<uint64_t>{a + c, b - a, 3, b + 1, uint64_t(product), uint64_t(product >> 64)}));
}

} // namespace
