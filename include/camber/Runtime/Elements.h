// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// f16 and bf16 as float64, written from the formats' definitions: every value of theirs is one.
#ifndef CAMBER_RUNTIME_ELEMENTS_H
#define CAMBER_RUNTIME_ELEMENTS_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace camber {

inline double halfToDouble(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  double value;
  if (exponent == 0)
    value = std::ldexp(fraction, -24);
  else if (exponent == 0x1f)
    value = fraction ? NAN : INFINITY;
  else
    value = std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

inline double bfloatToDouble(uint16_t bits) {
  const uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

} // namespace camber

#endif
