// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// float64 rounded to storage types, and strided views of operands of any element type.
#ifndef CAMBER_REFERENCE_STORAGE_H
#define CAMBER_REFERENCE_STORAGE_H

#include "camber/Runtime/Elements.h"
#include "camber/Runtime/Manifest.h"
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace camber {

/// The other way than in Runtime/Elements.h rounds once, to nearest, ties to even.
uint16_t doubleToHalf(double value);
uint16_t doubleToBfloat(double value);

/// `value` as a float64 after one rounding to the element type (f32, f16 or bf16).
double roundTo(Element element, double value);

/// A tensor somewhere in memory, read as float64. Strides count elements; a size of 1 or a stride of 0 broadcasts
/// nothing or everything. Does not own its data.
struct View {
  const void *data = nullptr;
  Element element = Element::F32;
  std::vector<int64_t> sizes;
  std::array<int64_t, 4> strides{};

  int64_t offset(int64_t i = 0, int64_t j = 0, int64_t k = 0, int64_t l = 0) const {
    return i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3];
  }
  double at(int64_t offset) const {
    const char *bytes = static_cast<const char *>(data) + offset * elementBytes(element);
    if (element == Element::F32) {
      float value;
      std::memcpy(&value, bytes, sizeof(value));
      return value;
    }
    if (element == Element::I32) {
      int32_t value;
      std::memcpy(&value, bytes, sizeof(value));
      return value;
    }
    uint16_t value;
    std::memcpy(&value, bytes, sizeof(value));
    return element == Element::F16 ? halfToDouble(value) : bfloatToDouble(value);
  }
};

/// A view of densely packed row-major data.
View denseView(const void *data, Element element, std::vector<int64_t> sizes);

} // namespace camber

#endif
