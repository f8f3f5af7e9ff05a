// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounding of doubles to narrower formats.
#include "Numerics.h"
#include <algorithm>

namespace camber::ptx {

double roundTo(double value, const Format &format, Rounding mode) {
  if (value == 0 || !std::isfinite(value))
    return value;
  int exponent;
  std::frexp(value, &exponent); // |value| in [2^(exponent-1), 2^exponent)
  const int last = std::max(exponent - 1, format.least) - (format.precision - 1);
  const double scaled = std::ldexp(value, -last); // exact: a double has room for it
  double whole = std::trunc(scaled);
  const double rest = std::fabs(scaled - whole);
  const bool odd = std::fmod(whole, 2) != 0;
  bool away = false;
  switch (mode) {
  case Rounding::Nearest:
    away = rest > 0.5 || (rest == 0.5 && odd);
    break;
  case Rounding::NearestAway:
    away = rest >= 0.5;
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    away = rest > 0 && value < 0;
    break;
  case Rounding::Up:
    away = rest > 0 && value > 0;
    break;
  }
  if (away)
    whole += value < 0 ? -1 : 1;
  const double result = std::copysign(std::ldexp(whole, last), value);
  if (std::fabs(result) <= format.largest)
    return result;
  const bool stays =
      mode == Rounding::Zero || (mode == Rounding::Down && value > 0) || (mode == Rounding::Up && value < 0);
  return std::copysign(stays ? format.largest : INFINITY, value);
}

uint16_t encodeHalf(double value) { return floatToHalf(static_cast<float>(value)); }
uint16_t encodeBfloat(double value) { return floatToBfloat(static_cast<float>(value)); }

uint16_t roundToHalf(double value, Rounding mode) { return encodeHalf(roundTo(value, kHalfFormat, mode)); }
uint16_t roundToBfloat(double value, Rounding mode) { return encodeBfloat(roundTo(value, kBfloatFormat, mode)); }

uint32_t roundToTf32(float value, Rounding mode) {
  if (value != value)
    return kFloatNan;
  return bitCast<uint32_t>(static_cast<float>(roundTo(value, kTf32Format, mode)));
}

} // namespace camber::ptx
