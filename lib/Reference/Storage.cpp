// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions of float64 to storage types, written from the formats' definitions.
#include "camber/Reference/Storage.h"
#include <algorithm>

namespace camber {

/// Rounds to a format with `digits` significant bits and the given exponents of its smallest normal and its largest
/// value.
static double roundToFormat(double value, int digits, int smallestExponent, int largestExponent) {
  if (value == 0 || !std::isfinite(value))
    return value;
  const int exponent = std::max(std::ilogb(value), smallestExponent);
  const int unit = exponent - digits + 1;
  // nearbyint rounds to nearest even: nobody changes the rounding mode of this program.
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
  return std::abs(rounded) >= std::ldexp(1.0, largestExponent + 1) ? std::copysign(INFINITY, value) : rounded;
}

uint16_t doubleToHalf(double value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return sign | 0x7e00;
  const double magnitude = std::abs(roundToFormat(value, 11, -14, 15));
  if (std::isinf(magnitude))
    return sign | 0x7c00;
  if (magnitude < 0x1p-14)
    return sign | static_cast<uint16_t>(std::ldexp(magnitude, 24));
  const int exponent = std::ilogb(magnitude);
  return sign |
         static_cast<uint16_t>((exponent + 15) << 10 | (static_cast<int>(std::ldexp(magnitude, 10 - exponent)) - 1024));
}

uint16_t doubleToBfloat(double value) {
  const float rounded = static_cast<float>(std::isnan(value) ? NAN : roundToFormat(value, 8, -126, 127));
  uint32_t bits;
  std::memcpy(&bits, &rounded, sizeof(bits));
  return static_cast<uint16_t>(bits >> 16);
}

double roundTo(Element element, double value) {
  if (element == Element::F16)
    return roundToFormat(value, 11, -14, 15);
  if (element == Element::BF16)
    return roundToFormat(value, 8, -126, 127);
  return static_cast<float>(value);
}

View denseView(const void *data, Element element, std::vector<int64_t> sizes) {
  View view{data, element, std::move(sizes), {}};
  int64_t stride = 1;
  for (size_t i = view.sizes.size(); i-- > 0; stride *= view.sizes[i])
    view.strides[i] = stride;
  return view;
}

} // namespace camber
