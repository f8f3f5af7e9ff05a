// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cvt. What attention kernels use most has loops of its own; the rest goes through one conversion of scalars.
#include "Decode.h"
#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace camber::ptx {

namespace {

enum class Number : uint8_t { U8, S8, U16, S16, U32, S32, U64, S64, F16, BF16, F32, F64 };

Number numberOf(const std::string &type) {
  static const std::map<std::string, Number> table = {
      {"u8", Number::U8},   {"s8", Number::S8},     {"u16", Number::U16}, {"s16", Number::S16},
      {"u32", Number::U32}, {"s32", Number::S32},   {"u64", Number::U64}, {"s64", Number::S64},
      {"f16", Number::F16}, {"bf16", Number::BF16}, {"f32", Number::F32}, {"f64", Number::F64}};
  return table.at(type);
}
bool isFloat(Number number) { return number >= Number::F16; }
bool isSigned(Number number) { return !isFloat(number) && static_cast<int>(number) % 2; }
int bitsOf(Number number) {
  static const int bits[] = {8, 8, 16, 16, 32, 32, 64, 64, 16, 16, 32, 64};
  return bits[static_cast<int>(number)];
}

/// Inst::flags
enum : uint8_t { kFtz = 1, kSat = 2, kRelu = 4, kWideSource = 8, kWideDestination = 16, kToIntegral = 32 };

/// A value on its way: an integer as its 64 bits, or a double.
struct Value {
  uint64_t bits = 0;
  double number = 0;
};

Value load(Number type, uint64_t cell, bool ftz) {
  Value value;
  switch (type) {
  case Number::F16:
    value.number = halfToFloat(static_cast<uint16_t>(cell));
    break;
  case Number::BF16:
    value.number = bfloatToFloat(static_cast<uint16_t>(cell));
    break;
  case Number::F32: {
    const float narrow = bitCast<float>(static_cast<uint32_t>(cell));
    value.number = ftz ? flush(narrow) : narrow;
    break;
  }
  case Number::F64:
    value.number = bitCast<double>(cell);
    break;
  default: {
    const int unused = 64 - bitsOf(type);
    value.bits = isSigned(type) ? static_cast<uint64_t>(static_cast<int64_t>(cell << unused) >> unused)
                                : cell << unused >> unused;
  }
  }
  return value;
}

double roundToIntegral(double value, Rounding mode) {
  switch (mode) {
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  default:
    return std::nearbyint(value); // in the default mode: to nearest, ties to even
  }
}

/// Out of range gives the nearest limit; NaN gives 0, or with 64 bits on either side the highest bit.
uint64_t toInteger(double value, Number to, bool from64) {
  const int bits = bitsOf(to);
  if (value != value)
    return from64 || bits == 64 ? uint64_t(1) << (bits - 1) : 0;
  const double limit = std::ldexp(1.0, isSigned(to) ? bits - 1 : bits);
  if (isSigned(to)) {
    const int64_t most = static_cast<int64_t>((uint64_t(1) << (bits - 1)) - 1);
    return static_cast<uint64_t>(value >= limit ? most : value < -limit ? -most - 1 : static_cast<int64_t>(value));
  }
  const uint64_t most = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  return value >= limit ? most : value <= 0 ? 0 : static_cast<uint64_t>(value);
}

/// .sat between integers: to the range of the destination.
uint64_t clampInteger(uint64_t bits, bool fromSigned, Number to) {
  const bool negative = fromSigned && static_cast<int64_t>(bits) < 0;
  const int width = bitsOf(to);
  const uint64_t most = isSigned(to)  ? (uint64_t(1) << (width - 1)) - 1
                        : width == 64 ? ~uint64_t(0)
                                      : (uint64_t(1) << width) - 1;
  if (!negative)
    return std::min(bits, most);
  if (!isSigned(to))
    return 0;
  return static_cast<uint64_t>(std::max(static_cast<int64_t>(bits), -static_cast<int64_t>(most) - 1));
}

/// An integer of up to 64 bits rounded to `precision` bits, as a double. (Where the format has too small a range,
/// roundTo sees to it afterwards.)
double roundInteger(uint64_t bits, bool isNegative, int precision, Rounding mode) {
  uint64_t magnitude = isNegative ? 0 - bits : bits;
  const int length = magnitude ? 64 - __builtin_clzll(magnitude) : 0;
  const int drop = std::max(0, length - precision);
  if (drop) {
    const uint64_t rest = magnitude & ((uint64_t(1) << drop) - 1), half = uint64_t(1) << (drop - 1);
    magnitude >>= drop;
    const bool away = mode == Rounding::Nearest ? rest > half || (rest == half && magnitude & 1)
                      : mode == Rounding::Up    ? rest && !isNegative
                      : mode == Rounding::Down  ? rest && isNegative
                                                : false;
    magnitude += away;
  }
  const double value = std::ldexp(static_cast<double>(magnitude), drop);
  return isNegative ? -value : value;
}

uint64_t storeFloat(double value, Number to, Rounding mode, uint8_t flags) {
  if (flags & kSat)
    value = value > 0 ? std::min(value, 1.0) : 0; // NaN becomes 0
  switch (to) {
  case Number::F16: {
    const uint16_t bits = roundToHalf(value, mode);
    return flags & kRelu && bits & 0x8000 ? 0 : bits;
  }
  case Number::BF16: {
    const uint16_t bits = roundToBfloat(value, mode);
    return flags & kRelu && bits & 0x8000 ? 0 : bits;
  }
  case Number::F32: {
    float narrow = canonical(static_cast<float>(roundTo(value, kFloatFormat, mode)));
    return bitCast<uint32_t>(flags & kFtz ? flush(narrow) : narrow);
  }
  default:
    return value != value ? uint64_t(0x7ff8000000000000) : bitCast<uint64_t>(value);
  }
}

uint64_t convertScalar(uint64_t cell, Number from, Number to, Rounding mode, uint8_t flags) {
  Value value = load(from, cell, flags & kFtz);
  if (isFloat(from)) {
    if (!isFloat(to))
      return toInteger(roundToIntegral(value.number, mode), to, from == Number::F64);
    if (flags & kToIntegral)
      value.number = roundToIntegral(value.number, mode);
    return storeFloat(value.number, to, mode, flags);
  }
  if (!isFloat(to))
    return flags & kSat ? clampInteger(value.bits, isSigned(from), to) : value.bits;
  const int precision = to == Number::F16 ? 11 : to == Number::BF16 ? 8 : to == Number::F32 ? 24 : 53;
  const bool isNegative = isSigned(from) && static_cast<int64_t>(value.bits) < 0;
  return storeFloat(roundInteger(value.bits, isNegative, precision, mode), to, mode, flags);
}

void convert(Warp &warp, const Inst &inst, uint32_t mask) {
  const Number from = static_cast<Number>(inst.immediate), to = static_cast<Number>(inst.immediate2);
  const Rounding mode = static_cast<Rounding>(inst.offset);
  forEachLane(mask, [&](int lane) {
    const uint64_t cell =
        inst.flags & kWideSource ? warp.row<uint64_t>(inst.s[0])[lane] : warp.row<uint32_t>(inst.s[0])[lane];
    uint64_t result = convertScalar(cell, from, to, mode, inst.flags);
    const int unused = 64 - bitsOf(to); // what is wider than the type is sign-extended, or filled with zeros
    result = isSigned(to) ? static_cast<uint64_t>(static_cast<int64_t>(result << unused) >> unused)
                          : result << unused >> unused;
    if (inst.flags & kWideDestination)
      warp.row<uint64_t>(inst.d)[lane] = result;
    else
      warp.row<uint32_t>(inst.d)[lane] = static_cast<uint32_t>(result);
  });
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

Rounding roundingOf(const Decode &form) {
  if (form.has("rz") || form.has("rzi"))
    return Rounding::Zero;
  if (form.has("rm") || form.has("rmi"))
    return Rounding::Down;
  if (form.has("rp") || form.has("rpi"))
    return Rounding::Up;
  return form.has("rna") ? Rounding::NearestAway : Rounding::Nearest;
}

void convertForm(Decode &form) {
  form.expectOperands(2, 2);
  Inst &inst = form.inst;
  const std::string &toType = form.token(form.statement.opcode.size() - 2);
  const Number from = numberOf(form.type()), to = numberOf(toType);
  inst.d = form.destination(form.operand(0), bitsOf(to), true);
  inst.s[0] = form.source(form.operand(1), bitsOf(from), true);
  inst.immediate = static_cast<uint64_t>(from);
  inst.immediate2 = static_cast<uint64_t>(to);
  inst.offset = static_cast<int64_t>(roundingOf(form));
  inst.flags = static_cast<uint8_t>((form.has("ftz") ? kFtz : 0) | (form.has("sat") ? kSat : 0) |
                                    (form.has("relu") ? kRelu : 0));
  if (form.registerBits(form.operand(1)) == 64 || bitsOf(from) == 64)
    inst.flags |= kWideSource;
  if (form.registerBits(form.operand(0)) == 64)
    inst.flags |= kWideDestination;
  if (isFloat(from) && isFloat(to) && (form.has("rni") || form.has("rzi") || form.has("rmi") || form.has("rpi")))
    inst.flags |= kToIntegral;
  inst.handler = convert;
}

/// Those with a loop of their own, where the registers are as wide as the types.
template <typename D, typename A> bool sameWidths(const Decode &form) {
  const int to = form.registerBits(form.operand(0)), from = form.registerBits(form.operand(1));
  return form.operandCount() == 2 && to == Lane<D>::bits && from == Lane<A>::bits;
}
#define FAST(D, A, ...)                                                                                                \
  [](Decode &form) {                                                                                                   \
    if (sameWidths<D, A>(form))                                                                                        \
      LANES1(D, A, __VA_ARGS__)(form);                                                                                 \
    else                                                                                                               \
      convertForm(form);                                                                                               \
  }

uint32_t halves(uint16_t low, uint16_t high) { return low | uint32_t(high) << 16; }
template <typename F> uint32_t narrowTwo(float high, float low, F round) { return halves(round(low), round(high)); }
uint16_t reluHalf(uint16_t a) { return a & 0x8000 && (a & 0x7fff) <= 0x7c00 ? 0 : a; }
uint16_t reluBfloat(uint16_t a) { return a & 0x8000 && (a & 0x7fff) <= 0x7f80 ? 0 : a; }
uint32_t toTf32(float a, Rounding mode, bool relu) {
  const uint32_t bits = roundToTf32(a, mode);
  return relu && bits & 0x80000000 ? 0 : bits;
}

#define INTEGERS "{u8,s8,u16,s16,u32,s32,u64,s64}"

} // namespace

void addConvertForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"cvt.f32.f16", FAST(float, Half, canonical(halfToFloat(a.bits)))},
          {"cvt.f32.bf16", FAST(float, Bfloat, canonical(bfloatToFloat(a.bits)))},
          // A subnormal bf16 is a subnormal f32, which .ftz flushes: the exponents are the same.
          {"cvt.ftz.f32.bf16", FAST(float, Bfloat, canonical(flush(bfloatToFloat(a.bits))))},
          {"cvt.rn.f16.f32", FAST(Half, float, Half{floatToHalf(a)})},
          {"cvt.rn.bf16.f32", FAST(Bfloat, float, Bfloat{floatToBfloat(a)})},
          {"cvt.rn.f32.s32", FAST(float, int32_t, static_cast<float>(a))},
          {"cvt.rn.f32.u32", FAST(float, uint32_t, static_cast<float>(a))},
          {"cvt.u64.u32", FAST(uint64_t, uint32_t, a)},
          {"cvt.s64.s32", FAST(int64_t, int32_t, a)},
          {"cvt.{u32,s32}.{u64,s64}", FAST(uint32_t, uint64_t, static_cast<uint32_t>(a))},
          {"cvt.rn.f16x2.f32", LANES2(uint32_t, float, float, narrowTwo(a, b, floatToHalf))},
          {"cvt.rn.relu.f16x2.f32",
           LANES2(uint32_t, float, float, narrowTwo(a, b, [](float x) { return reluHalf(floatToHalf(x)); }))},
          {"cvt.rz.f16x2.f32",
           LANES2(uint32_t, float, float, narrowTwo(a, b, [](float x) { return roundToHalf(x, Rounding::Zero); }))},
          {"cvt.rz.relu.f16x2.f32",
           LANES2(uint32_t, float, float,
                  narrowTwo(a, b, [](float x) { return reluHalf(roundToHalf(x, Rounding::Zero)); }))},
          {"cvt.rn.bf16x2.f32", LANES2(uint32_t, float, float, narrowTwo(a, b, floatToBfloat))},
          {"cvt.rn.relu.bf16x2.f32",
           LANES2(uint32_t, float, float, narrowTwo(a, b, [](float x) { return reluBfloat(floatToBfloat(x)); }))},
          {"cvt.rz.bf16x2.f32",
           LANES2(uint32_t, float, float, narrowTwo(a, b, [](float x) { return roundToBfloat(x, Rounding::Zero); }))},
          {"cvt.rz.relu.bf16x2.f32",
           LANES2(uint32_t, float, float,
                  narrowTwo(a, b, [](float x) { return reluBfloat(roundToBfloat(x, Rounding::Zero)); }))},
          {"cvt.rna.tf32.f32", LANES1(uint32_t, float, toTf32(a, Rounding::NearestAway, false))},
          {"cvt.rn.tf32.f32", LANES1(uint32_t, float, toTf32(a, Rounding::Nearest, false))},
          {"cvt.rz.tf32.f32", LANES1(uint32_t, float, toTf32(a, Rounding::Zero, false))},
          {"cvt.rn.relu.tf32.f32", LANES1(uint32_t, float, toTf32(a, Rounding::Nearest, true))},
          {"cvt.rz.relu.tf32.f32", LANES1(uint32_t, float, toTf32(a, Rounding::Zero, true))},
          {"cvt.sat?." INTEGERS "." INTEGERS, convertForm},
          {"cvt.{rni,rzi,rmi,rpi}.ftz?.sat?." INTEGERS ".{f32,f16}", convertForm},
          {"cvt.{rni,rzi,rmi,rpi}.sat?." INTEGERS ".{f64,bf16}", convertForm},
          {"cvt.{rn,rz,rm,rp}.sat?.{f16,bf16,f32,f64}." INTEGERS, convertForm},
          {"cvt.{rn,rz,rm,rp}.{ftz,sat,relu}?.{f16,bf16}.f32", convertForm},
          {"cvt.{rn,rz,rm,rp}.ftz?.sat?.f32.f64", convertForm},
          {"cvt.{rn,rz,rm,rp}.{f16,bf16}.f64", convertForm},
          {"cvt.ftz?.sat?.f32.f16", convertForm},
          {"cvt.ftz?.sat?.f64.f32", convertForm},
          {"cvt.f64.{f16,bf16}", convertForm},
          {"cvt.{rni,rzi,rmi,rpi}?.ftz?.sat?.f32.f32", convertForm},
          {"cvt.{rni,rzi,rmi,rpi}?.sat?.f64.f64", convertForm},
          {"cvt.{rni,rzi,rmi,rpi}?.ftz?.sat?.f16.f16", convertForm},
          {"cvt.{rni,rzi,rmi,rpi}?.bf16.bf16", convertForm},
      });
}

} // namespace camber::ptx
