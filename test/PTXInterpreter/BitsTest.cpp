// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Logic, shifts, bit fields, moves and selections, bit by bit as the PTX ISA's pseudocode has them.
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;

namespace {

uint64_t shiftedLeft(uint64_t a, uint64_t n, unsigned width) { return n >= width ? 0 : a << n; }
uint64_t shiftedRight(uint64_t a, uint64_t n, unsigned width, bool isSigned) {
  const bool sign = isSigned && a >> (width - 1) & 1;
  uint64_t result = 0;
  for (unsigned i = 0; i < width; ++i) {
    const uint64_t from = i + n;
    result |= uint64_t(from < width ? a >> from & 1 : sign) << i;
  }
  return result;
}
uint64_t extracted(uint64_t a, uint64_t b, uint64_t c, unsigned width, bool isSigned) {
  const unsigned msb = width - 1, position = b & 0xff, length = c & 0xff;
  const bool sign = isSigned && length && (a >> std::min(position + length - 1, msb) & 1);
  uint64_t d = 0;
  for (unsigned i = 0; i <= msb; ++i)
    d |= uint64_t(i < length && position + i <= msb ? a >> (position + i) & 1 : sign) << i;
  return d;
}
uint64_t inserted(uint64_t a, uint64_t b, unsigned position, unsigned length, unsigned width) {
  for (unsigned i = 0; i < length && position + i < width; ++i)
    b = (b & ~(uint64_t(1) << (position + i))) | (a >> i & 1) << (position + i);
  return b;
}
uint64_t permuted(uint64_t a, uint64_t b, uint64_t selector) {
  uint64_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned nibble = selector >> 4 * i & 15;
    const uint64_t byte = (nibble & 4 ? b : a) >> 8 * (nibble & 3) & 0xff;
    result |= (nibble & 8 ? (byte & 0x80 ? 0xff : 0) : byte) << 8 * i;
  }
  return result;
}
uint64_t found(uint64_t a, unsigned width, bool isSigned, bool shift) {
  if (isSigned && a >> (width - 1) & 1)
    a = ~a;
  for (int i = static_cast<int>(width) - 1; i >= 0; --i)
    if (a >> i & 1)
      return shift ? width - 1 - static_cast<unsigned>(i) : static_cast<unsigned>(i);
  return 0xffffffff;
}
uint64_t reversed(uint64_t a, unsigned width) {
  uint64_t result = 0;
  for (unsigned i = 0; i < width; ++i)
    result |= (a >> i & 1) << (width - 1 - i);
  return result;
}
uint64_t leadingZeros(uint64_t a, unsigned width) {
  uint64_t n = 0;
  while (n < width && !(a >> (width - 1 - n) & 1))
    ++n;
  return n;
}
uint64_t funnel(uint64_t a, uint64_t b, uint64_t n, bool left) {
  return left ? (n ? b << n | a >> (32 - n) : b) : (n ? b << (32 - n) | a >> n : a);
}
uint64_t lop(uint64_t a, uint64_t b, uint64_t c, unsigned table) {
  uint64_t result = 0;
  for (int i = 0; i < 32; ++i)
    result |= uint64_t(table >> ((a >> i & 1) << 2 | (b >> i & 1) << 1 | (c >> i & 1)) & 1) << i;
  return result;
}
/// prmt's modes, from the table of the ISA: bytes of the result from the highest down, by c[1:0].
uint64_t modal(uint64_t a, uint64_t b, uint64_t c, const char *table) {
  const char *row = table + 4 * (c & 3);
  uint64_t selector = 0;
  for (int i = 0; i < 4; ++i)
    selector = selector << 4 | uint64_t(row[i] - '0');
  return permuted(a, b, selector);
}

TEST(Bits, MatchesModel) {
  const InstructionCase cases[] = {
      {"and.b16", "b16 b16 b16", MODEL(a & b)},
      {"and.b32", "b32 b32 b32", MODEL(a & b)},
      {"and.b64", "b64 b64 b64", MODEL(a & b)},
      {"or.b16", "b16 b16 b16", MODEL(a | b)},
      {"or.b32", "b32 b32 b32", MODEL(a | b)},
      {"or.b64", "b64 b64 b64", MODEL(a | b)},
      {"xor.b16", "b16 b16 b16", MODEL(a ^ b)},
      {"xor.b32", "b32 b32 b32", MODEL(a ^ b)},
      {"xor.b64", "b64 b64 b64", MODEL(a ^ b)},
      {"not.b16", "b16 b16", MODEL(~a)},
      {"not.b32", "b32 b32", MODEL(~a)},
      {"not.b64", "b64 b64", MODEL(~a)},
      {"and.pred", "p p p", MODEL(a & b)},
      {"or.pred", "p p p", MODEL(a | b)},
      {"xor.pred", "p p p", MODEL(a ^ b)},
      {"not.pred", "p p", MODEL(!a)},
      {"cnot.b16", "b16 b16", MODEL(a == 0)},
      {"cnot.b32", "b32 b32", MODEL(a == 0)},
      {"cnot.b64", "b64 b64", MODEL(a == 0)},
      {"shl.b16", "b16 b16 u32", MODEL(shiftedLeft(a, b, 16))},
      {"shl.b32", "b32 b32 u32", MODEL(shiftedLeft(a, b, 32))},
      {"shl.b64", "b64 b64 u32", MODEL(shiftedLeft(a, b, 64))},
      {"shr.u16", "u16 u16 u32", MODEL(shiftedRight(a, b, 16, false))},
      {"shr.s16", "s16 s16 u32", MODEL(shiftedRight(a, b, 16, true))},
      {"shr.b32", "b32 b32 u32", MODEL(shiftedRight(a, b, 32, false))},
      {"shr.s32", "s32 s32 u32", MODEL(shiftedRight(a, b, 32, true))},
      {"shr.u64", "u64 u64 u32", MODEL(shiftedRight(a, b, 64, false))},
      {"shr.s64", "s64 s64 u32", MODEL(shiftedRight(a, b, 64, true))},
      {"shf.l.wrap.b32", "b32 b32 b32 u32", MODEL(funnel(a, b, c & 31, true))},
      {"shf.r.wrap.b32", "b32 b32 b32 u32", MODEL(funnel(a, b, c & 31, false))},
      {"shf.l.clamp.b32", "b32 b32 b32 u32", MODEL(c >= 32 ? a : funnel(a, b, c, true))},
      {"shf.r.clamp.b32", "b32 b32 b32 u32", MODEL(c >= 32 ? b : funnel(a, b, c, false))},
      {"lop3.b32", "b32 b32 b32 b32", MODEL(lop(a, b, c, 0x96)), "0x96"},
      {"lop3.b32", "b32 b32 b32 b32", MODEL(lop(a, b, c, 0xe8)), "232"},
      {"lop3.b32", "b32 b32 b32 b32", MODEL(lop(a, b, c, 0x1b)), "0x1b"},
      {"prmt.b32", "b32 b32 b32 b32", MODEL(permuted(a, b, c))},
      {"prmt.b32.f4e", "b32 b32 b32 b32", MODEL(modal(a, b, c, "3210432154326543"))},
      {"prmt.b32.b4e", "b32 b32 b32 b32", MODEL(modal(a, b, c, "5670670170120123"))},
      {"prmt.b32.rc8", "b32 b32 b32 b32", MODEL(modal(a, b, c, "0000111122223333"))},
      {"prmt.b32.ecl", "b32 b32 b32 b32", MODEL(modal(a, b, c, "3210321132223333"))},
      {"prmt.b32.ecr", "b32 b32 b32 b32", MODEL(modal(a, b, c, "0000111022103210"))},
      {"prmt.b32.rc16", "b32 b32 b32 b32", MODEL(modal(a, b, c, "1010323210103232"))},
      {"bfe.u32", "u32 u32 u32 u32", MODEL(extracted(a, b, c, 32, false))},
      {"bfe.s32", "s32 s32 u32 u32", MODEL(extracted(a, b, c, 32, true))},
      {"bfe.u64", "u64 u64 u32 u32", MODEL(extracted(a, b, c, 64, false))},
      {"bfe.s64", "s64 s64 u32 u32", MODEL(extracted(a, b, c, 64, true))},
      {"bfi.b32", "b32 b32 b32", MODEL(inserted(a, b, 5, 9, 32)), "5, 9"},
      {"bfi.b32", "b32 b32 b32", MODEL(inserted(a, b, 28, 9, 32)), "28, 9"},
      {"bfi.b32", "b32 b32 b32", MODEL(b), "40, 9"},
      {"bfi.b64", "b64 b64 b64", MODEL(inserted(a, b, 30, 40, 64)), "30, 40"},
      {"bmsk.clamp.b32", "b32 u32 u32", MODEL(a >= 32 ? 0 : (b >= 32 ? 0xffffffff : (uint64_t(1) << b) - 1) << a)},
      {"bmsk.wrap.b32", "b32 u32 u32", MODEL(((uint64_t(1) << (b & 31)) - 1) << (a & 31))},
      {"popc.b32", "u32 b32", MODEL(uint64_t(__builtin_popcountll(a)))},
      {"popc.b64", "u32 b64", MODEL(uint64_t(__builtin_popcountll(a)))},
      {"clz.b32", "u32 b32", MODEL(leadingZeros(a, 32))},
      {"clz.b64", "u32 b64", MODEL(leadingZeros(a, 64))},
      {"brev.b32", "b32 b32", MODEL(reversed(a, 32))},
      {"brev.b64", "b64 b64", MODEL(reversed(a, 64))},
      {"bfind.u32", "u32 u32", MODEL(found(a, 32, false, false))},
      {"bfind.s32", "u32 s32", MODEL(found(a, 32, true, false))},
      {"bfind.u64", "u32 u64", MODEL(found(a, 64, false, false))},
      {"bfind.s64", "u32 s64", MODEL(found(a, 64, true, false))},
      {"bfind.shiftamt.u32", "u32 u32", MODEL(found(a, 32, false, true))},
      {"bfind.shiftamt.s64", "u32 s64", MODEL(found(a, 64, true, true))},
      {"mov.b16", "b16 b16", MODEL(a)},
      {"mov.b32", "b32 b32", MODEL(a)},
      {"mov.b64", "b64 b64", MODEL(a)},
      {"mov.f32", "b32 b32", MODEL(a)},
      {"mov.f64", "b64 b64", MODEL(a)},
      {"mov.pred", "p p", MODEL(a)},
      {"selp.b16", "b16 b16 b16 p", MODEL(c ? a : b)},
      {"selp.f32", "b32 b32 b32 p", MODEL(c ? a : b)},
      {"selp.b64", "b64 b64 b64 p", MODEL(c ? a : b)},
      {"slct.b32.s32", "b32 b32 b32 s32", MODEL(s32(c) >= 0 ? a : b)},
      {"slct.b64.s32", "b64 b64 b64 s32", MODEL(s32(c) >= 0 ? a : b)},
      {"slct.f32.f32", "b32 b32 b32 f32", MODEL(f32(c) >= 0 ? a : b)},
      {"slct.b16.s32", "b16 b16 b16 s32", MODEL(s32(c) >= 0 ? a : b)},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

TEST(Bits, PackAndUnpack) {
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .b16 %h<4>; .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.b64 {%r0, %r1}, 0x0123456789abcdef;
  st.global.b32 [%rd0], %r0;
  st.global.b32 [%rd0+4], %r1;
  mov.b32 {%h0, %h1}, %r0;
  mov.b32 {_, %h2}, %r1;
  mov.b64 %rd1, {%h2, %h1, %h0, %h0};
  st.global.b64 [%rd0+8], %rd1;
  mov.b64 %rd2, {%r1, %r0};
  st.global.b64 [%rd0+16], %rd2;
)");
  std::vector<Buffer> buffers = {output("out", 24)};
  const auto report = runKernel(text, buffers, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(contents<uint64_t>(buffers[0]),
            (std::vector<uint64_t>{0x0123456789abcdef, 0xcdefcdef89ab0123, 0x89abcdef01234567}));
}

} // namespace
