// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the elements of an operand lie in memory, and which of them a kernel may not use.
#ifndef CAMBER_LIB_HARNESS_PLACEMENT_H
#define CAMBER_LIB_HARNESS_PLACEMENT_H

#include "camber/Harness/Call.h"
#include <algorithm>

namespace camber::harness {

/// In elements.
std::vector<int64_t> stridesOf(const Operand &operand, const std::vector<int64_t> &shape, const Layout &layout);

/// Elements from the first to the last, both included.
int64_t spanOf(const std::vector<int64_t> &shape, const std::vector<int64_t> &strides);

/// Calls visit(dense index, element offset) for every element, in row-major order.
template <typename F>
void forEachElement(const std::vector<int64_t> &shape, const std::vector<int64_t> &strides, F &&visit) {
  int64_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  std::vector<int64_t> index(shape.size(), 0);
  int64_t offset = 0;
  for (int64_t i = 0; i < size; ++i) {
    visit(i, offset);
    for (size_t d = shape.size(); d-- > 0;) {
      offset += strides[d];
      if (++index[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

/// Keys and values outside the key range, and norms of keys that are: whatever they hold must not matter.
bool outsideKeyRange(const Operand &operand, const Problem &problem, int64_t denseIndex);

/// An operand as it lies in a device's memory.
struct Image {
  std::vector<int64_t> shape, strides;
  std::vector<uint8_t> bytes; ///< signalling NaNs where nothing is that a kernel may use
  std::vector<bool> used;     ///< elements that it may read, or has to write
};
Image imageOf(const Operand &operand, const Problem &problem, const Inputs &inputs, const Layout &layout);

/// The elements of an output, from where they lie in memory.
Tensor collectDense(const Operand &operand, const Image &image, const uint8_t *bytes);

} // namespace camber::harness

#endif
