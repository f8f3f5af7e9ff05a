// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Number formats: f16, bf16, tf32, their conversions, and rounding of doubles to any of them.
#ifndef CAMBER_PTXINTERPRETER_NUMERICS_H
#define CAMBER_PTXINTERPRETER_NUMERICS_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace camber::ptx {

template <typename To, typename From> inline To bitCast(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof(result));
  return result;
}

/// Registers hold these as their bits.
struct Half {
  uint16_t bits;
};
struct Bfloat {
  uint16_t bits;
};
struct Half2 {
  uint16_t low, high;
};
struct Bfloat2 {
  uint16_t low, high;
};
struct Predicate {}; ///< has a slot, no cells

/// PTX returns these where a result is NaN: the canonical NaNs.
inline constexpr uint32_t kFloatNan = 0x7fffffff;
inline constexpr uint16_t kHalfNan = 0x7fff, kBfloatNan = 0x7fff;

// Without branches, so that loops of them vectorise.
inline float halfToFloat(uint16_t half) {
  // A half's exponent and fraction, read as a float's, are 2^-112 times its value; that is so for subnormal ones too.
  const uint32_t magnitude = static_cast<uint32_t>(half & 0x7fff) << 13;
  const float scaled = bitCast<float>(magnitude) * 0x1p112f;
  const uint32_t special = (half & 0x7c00) == 0x7c00 ? 0x7f800000 | magnitude : bitCast<uint32_t>(scaled);
  return bitCast<float>(special | static_cast<uint32_t>(half & 0x8000) << 16);
}

inline float bfloatToFloat(uint16_t bfloat) { return bitCast<float>(static_cast<uint32_t>(bfloat) << 16); }

/// To nearest, ties to even.
inline uint16_t floatToHalf(float value) {
  const uint32_t bits = bitCast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  const uint32_t normal = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
  // Below 2^-14 the sum with a half has its last bit where the subnormal half has: the addition rounds.
  const uint32_t subnormal = bitCast<uint32_t>(bitCast<float>(magnitude) + 0.5f) - bitCast<uint32_t>(0.5f);
  uint32_t result = magnitude < (113u << 23) ? subnormal : normal;
  result = magnitude >= 0x47800000 || result > 0x7c00 ? 0x7c00 : result;
  return static_cast<uint16_t>(magnitude > 0x7f800000 ? kHalfNan : sign | result);
}

/// To nearest, ties to even.
inline uint16_t floatToBfloat(float value) {
  const uint32_t bits = bitCast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? kBfloatNan : rounded);
}

/// .ftz: subnormal numbers count as zeros of their sign.
inline float flush(float value) {
  const uint32_t bits = bitCast<uint32_t>(value);
  return bitCast<float>((bits & 0x7f800000) == 0 ? bits & 0x80000000 : bits);
}

/// The canonical NaN for any NaN.
inline float canonical(float value) { return value != value ? bitCast<float>(kFloatNan) : value; }

enum class Rounding : uint8_t { Nearest, Zero, Down, Up, NearestAway };

/// A binary format: `precision` bits with the leading one, exponents down to `least` (of the leading bit of normal
/// numbers) and up to `most`.
struct Format {
  int precision, least, most;
  double largest; ///< finite
};
inline constexpr Format kHalfFormat{11, -14, 15, 65504.0}, kBfloatFormat{8, -126, 127, 0x1.fep127},
    kTf32Format{11, -126, 127, 0x1.ffcp127}, kFloatFormat{24, -126, 127, 0x1.fffffep127};

/// A double rounded once to a format, subnormal numbers included; infinity where it is out of range, by the rules of
/// the rounding mode. NaNs stay NaNs.
double roundTo(double value, const Format &format, Rounding mode);
/// `value`, which the format represents, as its bits.
uint16_t encodeHalf(double value);
uint16_t encodeBfloat(double value);
uint16_t roundToHalf(double value, Rounding mode = Rounding::Nearest);
uint16_t roundToBfloat(double value, Rounding mode = Rounding::Nearest);
/// The bits of a float32 whose low 13 bits are zero.
uint32_t roundToTf32(float value, Rounding mode);

/// a·b+c of halves or bfloats, rounded once: the double in between is exact, or so far from a tie that it makes no
/// difference (products have 22 or 16 bits, sums of them with a third operand at most 53 unless one is negligible).
inline uint16_t halfFma(uint16_t a, uint16_t b, uint16_t c) {
  return roundToHalf(double(halfToFloat(a)) * halfToFloat(b) + halfToFloat(c));
}
inline uint16_t bfloatFma(uint16_t a, uint16_t b, uint16_t c) {
  return roundToBfloat(double(bfloatToFloat(a)) * bfloatToFloat(b) + bfloatToFloat(c));
}

} // namespace camber::ptx

#endif
