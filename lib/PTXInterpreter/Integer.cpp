// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer arithmetic.
#include "Decode.h"
#include <algorithm>
#include <limits>

namespace camber::ptx {

namespace {

__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;

template <typename T> T highProduct(T a, T b) {
  if constexpr (std::is_same_v<T, uint64_t>)
    return static_cast<T>(Wide(a) * b >> 64);
  else if constexpr (std::is_same_v<T, int64_t>)
    return static_cast<T>(SignedWide(a) * b >> 64);
  else
    return static_cast<T>(int64_t(a) * int64_t(b) >> sizeof(T) * 8);
}
template <> uint32_t highProduct(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t(a) * b >> 32); }

/// What division by zero gives is unspecified; these are what GPUs return.
template <typename T> T quotient(T a, T b) {
  if (b == 0)
    return static_cast<T>(~T(0));
  if constexpr (std::is_signed_v<T>)
    if (b == -1)
      return static_cast<T>(0 - std::make_unsigned_t<T>(a)); // the least number has no opposite: it wraps round
  return static_cast<T>(a / b);
}
template <typename T> T remainder(T a, T b) {
  if (b == 0)
    return a;
  if constexpr (std::is_signed_v<T>)
    if (b == -1)
      return 0;
  return static_cast<T>(a % b);
}

int32_t saturate(int64_t value) {
  return static_cast<int32_t>(
      std::clamp<int64_t>(value, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
}
template <typename T> T magnitude(T a) { return a < 0 ? static_cast<T>(0 - std::make_unsigned_t<T>(a)) : a; }

/// 24-bit operands are the low bits of 32.
int64_t low24(int32_t a) { return int64_t(static_cast<int32_t>(static_cast<uint32_t>(a) << 8) >> 8); }
uint64_t low24(uint32_t a) { return a & 0xffffff; }

template <typename T> uint32_t distance(T a, T b) {
  return a > b ? uint32_t(a) - uint32_t(b) : uint32_t(b) - uint32_t(a);
}

/// Four products of bytes, signed or not, and a sum. `A` and `B` are int8_t or uint8_t.
template <typename A, typename B> uint32_t dot4(uint32_t a, uint32_t b, uint32_t c) {
  for (int i = 0; i < 4; ++i)
    c += static_cast<uint32_t>(int32_t(static_cast<A>(a >> 8 * i)) * int32_t(static_cast<B>(b >> 8 * i)));
  return c;
}
/// Two products of halves of `a` with the low (or high) two bytes of `b`.
template <typename A, typename B> uint32_t dot2(uint32_t a, uint32_t b, uint32_t c, bool high) {
  for (int i = 0; i < 2; ++i)
    c += static_cast<uint32_t>(int32_t(static_cast<A>(a >> 16 * i)) *
                               int32_t(static_cast<B>(b >> (8 * i + (high ? 16 : 0)))));
  return c;
}

template <typename T, typename F> uint32_t pairwise(uint32_t a, uint32_t b, F f) {
  const T low = f(static_cast<T>(a), static_cast<T>(b)), high = f(static_cast<T>(a >> 16), static_cast<T>(b >> 16));
  return uint32_t(static_cast<uint16_t>(low)) | uint32_t(static_cast<uint16_t>(high)) << 16;
}

/// Extended precision: add.cc writes the carry, addc adds it. flags: 1 writes it, 2 reads it, 4 subtracts, 8 the high
/// half of a product. s: a, b, (c of mad), the carry.
template <typename T, int sources> void withCarry(Warp &warp, const Inst &inst, uint32_t mask) {
  const uint32_t carries = warp.predicate(inst.s[3]);
  const T *a = warp.row<T>(inst.s[0]), *b = warp.row<T>(inst.s[1]), *c = warp.row<T>(inst.s[sources - 1]);
  T *d = warp.row<T>(inst.d);
  uint32_t result = 0;
  forEachLane(mask, [&](int lane) {
    T x = a[lane], y = b[lane];
    if (sources == 3) {
      const Wide product = inst.flags & 16
                               ? static_cast<Wide>(SignedWide(std::make_signed_t<T>(x)) * std::make_signed_t<T>(y))
                               : Wide(x) * y;
      x = static_cast<T>(inst.flags & 8 ? product >> sizeof(T) * 8 : product);
      y = c[lane];
    }
    const Wide in = inst.flags & 2 ? carries >> lane & 1 : 0;
    const Wide sum = inst.flags & 4 ? Wide(x) - y - in : Wide(x) + y + in;
    d[lane] = static_cast<T>(sum);
    result |= static_cast<uint32_t>(sum >> sizeof(T) * 8 & 1) << lane; // of a difference, the borrow
  });
  uint32_t undefined = warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]] | warp.undefined[inst.s[sources - 1]];
  if (inst.flags & 2)
    undefined |= warp.undefined[inst.s[3]];
  warp.setUndefined(inst.d, mask, undefined);
  if (inst.flags & 1) {
    warp.setPredicate(inst.s[3], mask, result);
    warp.setUndefined(inst.s[3], mask, undefined);
  }
}

template <int sources> void carryForm(Decode &form) {
  Inst &inst = form.inst;
  form.expectOperands(sources + 1, sources + 1);
  const std::string &opcode = form.statement.opcode[0];
  const bool wide = form.type().substr(1) == "64";
  inst.d = form.destination(form.operand(0), wide ? 64 : 32);
  for (int i = 0; i < sources; ++i)
    inst.s[i] = form.source(form.operand(static_cast<size_t>(i) + 1), wide ? 64 : 32);
  Operand carry;
  carry.kind = Operand::Name;
  carry.name = "%carry";
  inst.s[3] = form.source(carry, 1);
  inst.flags =
      static_cast<uint8_t>((form.has("cc") ? 1 : 0) | (opcode.back() == 'c' ? 2 : 0) | (opcode[0] == 's' ? 4 : 0) |
                           (form.has("hi") ? 8 : 0) | (form.type()[0] == 's' ? 16 : 0));
  inst.handler = wide ? withCarry<uint64_t, sources> : withCarry<uint32_t, sources>;
}

} // namespace

void addIntegerForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"add.{u16,s16,b16}", LANES2(uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(a + b))},
          {"add.{u32,s32,b32}", LANES2(uint32_t, uint32_t, uint32_t, a + b)},
          {"add.{u64,s64,b64}", LANES2(uint64_t, uint64_t, uint64_t, a + b)},
          {"add.sat.s32", LANES2(int32_t, int32_t, int32_t, saturate(int64_t(a) + b))},
          {"add.{u16x2,s16x2}",
           LANES2(uint32_t, uint32_t, uint32_t,
                  pairwise<uint16_t>(a, b, [](uint16_t x, uint16_t y) { return uint16_t(x + y); }))},
          {"{add,sub}.cc.{u32,s32,b32,u64,s64,b64}", carryForm<2>},
          {"{addc,subc}.cc?.{u32,s32,b32,u64,s64,b64}", carryForm<2>},
          {"mad.{lo,hi}.cc.{u32,s32,u64,s64}", carryForm<3>},
          {"madc.{lo,hi}.cc?.{u32,s32,u64,s64}", carryForm<3>},
          {"sub.{u16,s16,b16}", LANES2(uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(a - b))},
          {"sub.{u32,s32,b32}", LANES2(uint32_t, uint32_t, uint32_t, a - b)},
          {"sub.{u64,s64,b64}", LANES2(uint64_t, uint64_t, uint64_t, a - b)},
          {"sub.sat.s32", LANES2(int32_t, int32_t, int32_t, saturate(int64_t(a) - b))},
          {"mul.lo.{u16,s16}", LANES2(uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(uint32_t(a) * b))},
          {"mul.lo.{u32,s32}", LANES2(uint32_t, uint32_t, uint32_t, a * b)},
          {"mul.lo.{u64,s64}", LANES2(uint64_t, uint64_t, uint64_t, a * b)},
          {"mul.hi.u16", LANES2(uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(uint32_t(a) * b >> 16))},
          {"mul.hi.s16", LANES2(int16_t, int16_t, int16_t, static_cast<int16_t>(int32_t(a) * b >> 16))},
          {"mul.hi.u32", LANES2(uint32_t, uint32_t, uint32_t, highProduct(a, b))},
          {"mul.hi.s32", LANES2(int32_t, int32_t, int32_t, highProduct(a, b))},
          {"mul.hi.u64", LANES2(uint64_t, uint64_t, uint64_t, highProduct(a, b))},
          {"mul.hi.s64", LANES2(int64_t, int64_t, int64_t, highProduct(a, b))},
          {"mul.wide.u16", LANES2(uint32_t, uint16_t, uint16_t, uint32_t(a) * b)},
          {"mul.wide.s16", LANES2(int32_t, int16_t, int16_t, int32_t(a) * b)},
          {"mul.wide.u32", LANES2(uint64_t, uint32_t, uint32_t, uint64_t(a) * b)},
          {"mul.wide.s32", LANES2(int64_t, int32_t, int32_t, int64_t(a) * b)},
          {"mul24.lo.u32", LANES2(uint32_t, uint32_t, uint32_t, uint32_t(low24(a) * low24(b)))},
          {"mul24.lo.s32", LANES2(int32_t, int32_t, int32_t, int32_t(low24(a) * low24(b)))},
          {"mul24.hi.u32", LANES2(uint32_t, uint32_t, uint32_t, uint32_t(low24(a) * low24(b) >> 16))},
          {"mul24.hi.s32", LANES2(int32_t, int32_t, int32_t, int32_t(low24(a) * low24(b) >> 16))},
          {"mad.lo.{u16,s16}",
           LANES3(uint16_t, uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(uint32_t(a) * b + c))},
          {"mad.lo.{u32,s32}", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, a * b + c)},
          {"mad.lo.{u64,s64}", LANES3(uint64_t, uint64_t, uint64_t, uint64_t, a * b + c)},
          {"mad.hi.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, highProduct(a, b) + c)},
          {"mad.hi.s32", LANES3(uint32_t, int32_t, int32_t, uint32_t, uint32_t(highProduct(a, b)) + c)},
          {"mad.hi.sat.s32", LANES3(int32_t, int32_t, int32_t, int32_t, saturate(int64_t(highProduct(a, b)) + c))},
          {"mad.hi.u64", LANES3(uint64_t, uint64_t, uint64_t, uint64_t, highProduct(a, b) + c)},
          {"mad.hi.s64", LANES3(uint64_t, int64_t, int64_t, uint64_t, uint64_t(highProduct(a, b)) + c)},
          {"mad.wide.u16", LANES3(uint32_t, uint16_t, uint16_t, uint32_t, uint32_t(a) * b + c)},
          {"mad.wide.s16", LANES3(uint32_t, int16_t, int16_t, uint32_t, uint32_t(int32_t(a) * b) + c)},
          {"mad.wide.u32", LANES3(uint64_t, uint32_t, uint32_t, uint64_t, uint64_t(a) * b + c)},
          {"mad.wide.s32", LANES3(uint64_t, int32_t, int32_t, uint64_t, uint64_t(int64_t(a) * b) + c)},
          {"mad24.lo.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t(low24(a) * low24(b)) + c)},
          {"mad24.lo.s32", LANES3(uint32_t, int32_t, int32_t, uint32_t, uint32_t(low24(a) * low24(b)) + c)},
          {"sad.u16", LANES3(uint16_t, uint16_t, uint16_t, uint16_t, static_cast<uint16_t>(c + distance(a, b)))},
          {"sad.s16", LANES3(uint16_t, int16_t, int16_t, uint16_t, static_cast<uint16_t>(c + distance(a, b)))},
          {"sad.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, c + distance(a, b))},
          {"sad.s32", LANES3(uint32_t, int32_t, int32_t, uint32_t, c + distance(a, b))},
          {"div.u16", LANES2(uint16_t, uint16_t, uint16_t, quotient(a, b))},
          {"div.s16", LANES2(int16_t, int16_t, int16_t, quotient(a, b))},
          {"div.u32", LANES2(uint32_t, uint32_t, uint32_t, quotient(a, b))},
          {"div.s32", LANES2(int32_t, int32_t, int32_t, quotient(a, b))},
          {"div.u64", LANES2(uint64_t, uint64_t, uint64_t, quotient(a, b))},
          {"div.s64", LANES2(int64_t, int64_t, int64_t, quotient(a, b))},
          {"rem.u16", LANES2(uint16_t, uint16_t, uint16_t, remainder(a, b))},
          {"rem.s16", LANES2(int16_t, int16_t, int16_t, remainder(a, b))},
          {"rem.u32", LANES2(uint32_t, uint32_t, uint32_t, remainder(a, b))},
          {"rem.s32", LANES2(int32_t, int32_t, int32_t, remainder(a, b))},
          {"rem.u64", LANES2(uint64_t, uint64_t, uint64_t, remainder(a, b))},
          {"rem.s64", LANES2(int64_t, int64_t, int64_t, remainder(a, b))},
          {"abs.s16", LANES1(int16_t, int16_t, magnitude(a))},
          {"abs.s32", LANES1(int32_t, int32_t, magnitude(a))},
          {"abs.s64", LANES1(int64_t, int64_t, magnitude(a))},
          {"neg.s16", LANES1(uint16_t, uint16_t, static_cast<uint16_t>(0 - a))},
          {"neg.s32", LANES1(uint32_t, uint32_t, 0 - a)},
          {"neg.s64", LANES1(uint64_t, uint64_t, 0 - a)},
          {"min.u16", LANES2(uint16_t, uint16_t, uint16_t, std::min(a, b))},
          {"min.s16", LANES2(int16_t, int16_t, int16_t, std::min(a, b))},
          {"min.u32", LANES2(uint32_t, uint32_t, uint32_t, std::min(a, b))},
          {"min.s32", LANES2(int32_t, int32_t, int32_t, std::min(a, b))},
          {"min.relu.s32", LANES2(int32_t, int32_t, int32_t, std::max(0, std::min(a, b)))},
          {"min.u64", LANES2(uint64_t, uint64_t, uint64_t, std::min(a, b))},
          {"min.s64", LANES2(int64_t, int64_t, int64_t, std::min(a, b))},
          {"min.u16x2", LANES2(uint32_t, uint32_t, uint32_t,
                               pairwise<uint16_t>(a, b, [](uint16_t x, uint16_t y) { return std::min(x, y); }))},
          {"min.s16x2", LANES2(uint32_t, uint32_t, uint32_t,
                               pairwise<int16_t>(a, b, [](int16_t x, int16_t y) { return std::min(x, y); }))},
          {"max.u16", LANES2(uint16_t, uint16_t, uint16_t, std::max(a, b))},
          {"max.s16", LANES2(int16_t, int16_t, int16_t, std::max(a, b))},
          {"max.u32", LANES2(uint32_t, uint32_t, uint32_t, std::max(a, b))},
          {"max.s32", LANES2(int32_t, int32_t, int32_t, std::max(a, b))},
          {"max.relu.s32", LANES2(int32_t, int32_t, int32_t, std::max(0, std::max(a, b)))},
          {"max.u64", LANES2(uint64_t, uint64_t, uint64_t, std::max(a, b))},
          {"max.s64", LANES2(int64_t, int64_t, int64_t, std::max(a, b))},
          {"max.u16x2", LANES2(uint32_t, uint32_t, uint32_t,
                               pairwise<uint16_t>(a, b, [](uint16_t x, uint16_t y) { return std::max(x, y); }))},
          {"max.s16x2", LANES2(uint32_t, uint32_t, uint32_t,
                               pairwise<int16_t>(a, b, [](int16_t x, int16_t y) { return std::max(x, y); }))},
          {"dp4a.u32.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot4<uint8_t, uint8_t>(a, b, c))},
          {"dp4a.u32.s32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot4<uint8_t, int8_t>(a, b, c))},
          {"dp4a.s32.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot4<int8_t, uint8_t>(a, b, c))},
          {"dp4a.s32.s32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot4<int8_t, int8_t>(a, b, c))},
          {"dp2a.lo.u32.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot2<uint16_t, uint8_t>(a, b, c, false))},
          {"dp2a.hi.u32.u32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot2<uint16_t, uint8_t>(a, b, c, true))},
          {"dp2a.lo.s32.s32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot2<int16_t, int8_t>(a, b, c, false))},
          {"dp2a.hi.s32.s32", LANES3(uint32_t, uint32_t, uint32_t, uint32_t, dot2<int16_t, int8_t>(a, b, c, true))},
      });
}

} // namespace camber::ptx
