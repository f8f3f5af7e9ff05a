// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Logic, shifts and bit fields.
#include "Decode.h"
#include <algorithm>

namespace camber::ptx {

namespace {

// Shift amounts are clamped to the number of bits.
template <typename T> T shiftLeft(T a, uint32_t n) { return n >= sizeof(T) * 8 ? T(0) : static_cast<T>(a << n); }
template <typename T> T shiftRight(T a, uint32_t n) {
  constexpr uint32_t bits = sizeof(T) * 8;
  if (std::is_signed_v<T>)
    return static_cast<T>(a >> std::min(n, bits - 1));
  return n >= bits ? T(0) : static_cast<T>(a >> n);
}

uint32_t funnel(uint32_t low, uint32_t high, uint32_t n, bool left) {
  const uint64_t both = uint64_t(high) << 32 | low;
  return static_cast<uint32_t>(left ? both << n >> 32 : both >> n);
}

uint32_t bitReverse(uint32_t a) {
  a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
  a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
  a = (a >> 4 & 0x0f0f0f0f) | (a & 0x0f0f0f0f) << 4;
  return __builtin_bswap32(a);
}
uint64_t bitReverse(uint64_t a) { return uint64_t(bitReverse(uint32_t(a))) << 32 | bitReverse(uint32_t(a >> 32)); }

/// bfe: bits [position, position + length) of `a`; what lies beyond its end is the sign of the field, or zero.
template <typename T> T extractField(T a, uint32_t position, uint32_t length) {
  using Unsigned = std::make_unsigned_t<T>;
  constexpr uint32_t bits = sizeof(T) * 8;
  position &= 0xff;
  length &= 0xff;
  if (length == 0)
    return 0;
  const uint32_t top = std::min(position + length - 1, bits - 1);
  const bool sign = std::is_signed_v<T> && (static_cast<Unsigned>(a) >> top & 1);
  Unsigned field = position < bits ? static_cast<Unsigned>(a) >> position : 0;
  const uint32_t present = position < bits ? std::min(length, bits - position) : 0;
  if (present < bits)
    field &= (Unsigned(1) << present) - 1;
  if (sign && present < bits)
    field |= ~Unsigned(0) << present;
  return static_cast<T>(field);
}

template <typename T> T insertField(T a, T b, uint32_t position, uint32_t length) {
  constexpr uint32_t bits = sizeof(T) * 8;
  position &= 0xff;
  length &= 0xff;
  if (position >= bits || length == 0)
    return b;
  T mask = length >= bits ? ~T(0) : (T(1) << length) - 1;
  mask <<= position;
  return (b & ~mask) | (a << position & mask);
}

template <typename T> uint32_t leadingSign(T a, bool shift) {
  using Unsigned = std::make_unsigned_t<T>;
  const Unsigned bits = std::is_signed_v<T> && a < 0 ? ~static_cast<Unsigned>(a) : static_cast<Unsigned>(a);
  if (bits == 0)
    return 0xffffffff;
  const uint32_t position = static_cast<uint32_t>(sizeof(T) == 8 ? 63 - __builtin_clzll(bits)
                                                                 : 31 - __builtin_clz(static_cast<uint32_t>(bits)));
  return shift ? sizeof(T) * 8 - 1 - position : position;
}

uint32_t permuteByte(uint64_t bytes, uint32_t selector) {
  const uint32_t byte = bytes >> 8 * (selector & 7) & 0xff;
  return selector & 8 ? (byte & 0x80 ? 0xff : 0) : byte;
}
uint32_t permute(uint32_t a, uint32_t b, uint32_t c) {
  const uint64_t bytes = uint64_t(b) << 32 | a;
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i)
    result |= permuteByte(bytes, c >> 4 * i & 0xf) << 8 * i;
  return result;
}
/// The modes of prmt: which byte of b:a each byte of the result is, by the two low bits of c.
uint32_t permuteMode(uint32_t a, uint32_t b, uint32_t c, const uint16_t (&selectors)[4]) {
  return permute(a, b, selectors[c & 3]);
}
constexpr uint16_t kForward[4] = {0x3210, 0x4321, 0x5432, 0x6543}, kBackward[4] = {0x5670, 0x6701, 0x7012, 0x0123},
                   kReplicate[4] = {0x0000, 0x1111, 0x2222, 0x3333}, kEdgeLeft[4] = {0x3210, 0x3211, 0x3222, 0x3333},
                   kEdgeRight[4] = {0x0000, 0x1110, 0x2210, 0x3210}, kHalfword[4] = {0x1010, 0x3232, 0x1010, 0x3232};

void lop3(Warp &warp, const Inst &inst, uint32_t mask) {
  // The table's bit abc says what the result is where a, b and c have those bits.
  const uint32_t table = static_cast<uint32_t>(inst.immediate);
  lanes<uint32_t, uint32_t, uint32_t, uint32_t>(warp, inst, mask, [table](uint32_t a, uint32_t b, uint32_t c) {
    uint32_t result = 0;
    for (int i = 0; i < 8; ++i) {
      const uint32_t present = (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
      result |= table >> i & 1 ? present : 0;
    }
    return result;
  });
}

void lop3Form(Decode &form) {
  form.expectOperands(5, 5);
  form.inst.d = form.destination(form.operand(0), 32);
  for (int i = 0; i < 3; ++i)
    form.inst.s[i] = form.source(form.operand(static_cast<size_t>(i) + 1), 32);
  form.inst.immediate = static_cast<uint64_t>(form.constant(form.operand(4)));
  form.inst.handler = lop3;
}

template <typename T> void insertForm(Decode &form) {
  form.expectOperands(5, 5);
  form.inst.d = form.destination(form.operand(0), sizeof(T) * 8);
  form.inst.s[0] = form.source(form.operand(1), sizeof(T) * 8);
  form.inst.s[1] = form.source(form.operand(2), sizeof(T) * 8);
  form.inst.s[2] = form.source(form.operand(3), 32);
  form.inst.s[3] = form.source(form.operand(4), 32);
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    const T *a = warp.row<T>(inst.s[0]), *b = warp.row<T>(inst.s[1]);
    const uint32_t *position = warp.row<uint32_t>(inst.s[2]), *length = warp.row<uint32_t>(inst.s[3]);
    T *d = warp.row<T>(inst.d);
    forEachLane(mask, [&](int lane) { d[lane] = insertField(a[lane], b[lane], position[lane], length[lane]); });
    warp.setUndefined(inst.d, mask,
                      warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]] | warp.undefined[inst.s[2]] |
                          warp.undefined[inst.s[3]]);
  };
}

/// and, or, xor and not of predicates: flags 0 to 3.
template <int operation> void predicateForm(Decode &form) {
  const bool unary = operation == 3;
  form.expectOperands(unary ? 2 : 3, unary ? 2 : 3);
  form.inst.d = form.destination(form.operand(0), 1);
  form.predicate(form.operand(1), 0);
  form.predicate(form.operand(unary ? 1 : 2), 1);
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    const uint32_t a = warp.predicateSource(inst, 0), b = warp.predicateSource(inst, 1);
    const uint32_t value = operation == 0 ? a & b : operation == 1 ? a | b : operation == 2 ? a ^ b : ~a;
    const uint32_t undefined = warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]];
    warp.setPredicate(inst.d, mask, value);
    warp.setUndefined(inst.d, mask, undefined);
  };
}

} // namespace

void addBitForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"and.pred", predicateForm<0>},
          {"or.pred", predicateForm<1>},
          {"xor.pred", predicateForm<2>},
          {"not.pred", predicateForm<3>},
          {"and.b16", LANES2(uint16_t, uint16_t, uint16_t, uint16_t(a & b))},
          {"and.b32", LANES2(uint32_t, uint32_t, uint32_t, a & b)},
          {"and.b64", LANES2(uint64_t, uint64_t, uint64_t, a & b)},
          {"or.b16", LANES2(uint16_t, uint16_t, uint16_t, uint16_t(a | b))},
          {"or.b32", LANES2(uint32_t, uint32_t, uint32_t, a | b)},
          {"or.b64", LANES2(uint64_t, uint64_t, uint64_t, a | b)},
          {"xor.b16", LANES2(uint16_t, uint16_t, uint16_t, uint16_t(a ^ b))},
          {"xor.b32", LANES2(uint32_t, uint32_t, uint32_t, a ^ b)},
          {"xor.b64", LANES2(uint64_t, uint64_t, uint64_t, a ^ b)},
          {"not.b16", LANES1(uint16_t, uint16_t, uint16_t(~a))},
          {"not.b32", LANES1(uint32_t, uint32_t, ~a)},
          {"not.b64", LANES1(uint64_t, uint64_t, ~a)},
          {"cnot.b16", LANES1(uint16_t, uint16_t, uint16_t(a == 0))},
          {"cnot.b32", LANES1(uint32_t, uint32_t, a == 0)},
          {"cnot.b64", LANES1(uint64_t, uint64_t, a == 0)},
          {"shl.{b16,u16,s16}", LANES2(uint16_t, uint16_t, uint32_t, shiftLeft(a, b))},
          {"shl.{b32,u32,s32}", LANES2(uint32_t, uint32_t, uint32_t, shiftLeft(a, b))},
          {"shl.{b64,u64,s64}", LANES2(uint64_t, uint64_t, uint32_t, shiftLeft(a, b))},
          {"shr.{b16,u16}", LANES2(uint16_t, uint16_t, uint32_t, shiftRight(a, b))},
          {"shr.{b32,u32}", LANES2(uint32_t, uint32_t, uint32_t, shiftRight(a, b))},
          {"shr.{b64,u64}", LANES2(uint64_t, uint64_t, uint32_t, shiftRight(a, b))},
          {"shr.s16", LANES2(int16_t, int16_t, uint32_t, shiftRight(a, b))},
          {"shr.s32", LANES2(int32_t, int32_t, uint32_t, shiftRight(a, b))},
          {"shr.s64", LANES2(int64_t, int64_t, uint32_t, shiftRight(a, b))},
          {"shf.l.wrap.b32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, funnel(a, b, c & 31, true))},
          {"shf.r.wrap.b32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, funnel(a, b, c & 31, false))},
          {"shf.l.clamp.b32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, funnel(a, b, std::min(c, 32u), true))},
          {"shf.r.clamp.b32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, funnel(a, b, std::min(c, 32u), false))},
          {"lop3.b32", lop3Form},
          {"prmt.b32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permute(a, b, c))},
          {"prmt.b32.f4e", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kForward))},
          {"prmt.b32.b4e", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kBackward))},
          {"prmt.b32.rc8", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kReplicate))},
          {"prmt.b32.ecl", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kEdgeLeft))},
          {"prmt.b32.ecr", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kEdgeRight))},
          {"prmt.b32.rc16", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, permuteMode(a, b, c, kHalfword))},
          {"bfe.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, extractField(a, b, c))},
          {"bfe.s32", LANES3(int32_t, int32_t, uint32_t, uint32_t, extractField(a, b, c))},
          {"bfe.u64", LANES3(uint64_t, uint64_t, uint32_t, uint32_t, extractField(a, b, c))},
          {"bfe.s64", LANES3(int64_t, int64_t, uint32_t, uint32_t, extractField(a, b, c))},
          {"bfi.b32", insertForm<uint32_t>},
          {"bfi.b64", insertForm<uint64_t>},
          {"bmsk.wrap.b32", LANES2(uint32_t, uint32_t, uint32_t, ((b & 31) ? (1u << (b & 31)) - 1 : 0) << (a & 31))},
          {"bmsk.clamp.b32", LANES2(uint32_t, uint32_t, uint32_t, shiftLeft(b >= 32 ? ~0u : (1u << b) - 1, a))},
          {"popc.b32", LANES1(uint32_t, uint32_t, uint32_t(__builtin_popcount(a)))},
          {"popc.b64", LANES1(uint32_t, uint64_t, uint32_t(__builtin_popcountll(a)))},
          {"clz.b32", LANES1(uint32_t, uint32_t, a ? uint32_t(__builtin_clz(a)) : 32)},
          {"clz.b64", LANES1(uint32_t, uint64_t, a ? uint32_t(__builtin_clzll(a)) : 64)},
          {"brev.b32", LANES1(uint32_t, uint32_t, bitReverse(a))},
          {"brev.b64", LANES1(uint64_t, uint64_t, bitReverse(a))},
          {"bfind.u32", LANES1(uint32_t, uint32_t, leadingSign(a, false))},
          {"bfind.s32", LANES1(uint32_t, int32_t, leadingSign(a, false))},
          {"bfind.u64", LANES1(uint32_t, uint64_t, leadingSign(a, false))},
          {"bfind.s64", LANES1(uint32_t, int64_t, leadingSign(a, false))},
          {"bfind.shiftamt.u32", LANES1(uint32_t, uint32_t, leadingSign(a, true))},
          {"bfind.shiftamt.s32", LANES1(uint32_t, int32_t, leadingSign(a, true))},
          {"bfind.shiftamt.u64", LANES1(uint32_t, uint64_t, leadingSign(a, true))},
          {"bfind.shiftamt.s64", LANES1(uint32_t, int64_t, leadingSign(a, true))},
      });
}

} // namespace camber::ptx
