// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Placement.h"
#include <cstring>

namespace camber::harness {

std::vector<int64_t> stridesOf(const Operand &operand, const std::vector<int64_t> &shape, const Layout &layout) {
  const bool isRow = operand.role <= Role::Output; // q, k, v and o, whose head dimension must be contiguous
  const int64_t unit = isRow ? std::max<int64_t>(layout.rowAlignment / elementBytes(operand.element), 1) : 1;
  std::vector<int64_t> strides(shape.size());
  // Odd gaps: rows then begin at every alignment that they may have.
  int64_t stride = layout.padded && !isRow ? 2 : 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride = stride * std::max<int64_t>(shape[i], 1) + (layout.padded ? 3 : 0);
    stride = (stride + unit - 1) / unit * unit;
  }
  return strides;
}

int64_t spanOf(const std::vector<int64_t> &shape, const std::vector<int64_t> &strides) {
  int64_t span = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0)
      return 0;
    span += (shape[i] - 1) * strides[i];
  }
  return span;
}

bool outsideKeyRange(const Operand &operand, const Problem &problem, int64_t denseIndex) {
  const Kernel &kernel = *problem.kernel;
  const bool isOfKeys = operand.role == Role::Key || operand.role == Role::Value || operand.role == Role::KeyNorms;
  if (!isOfKeys || !(kernel.find(Role::KeyBegin) || kernel.find(Role::KeyEnd)))
    return false;
  if (operand.role == Role::KeyNorms) {
    const int64_t blocks = operand.shape(problem.sizes)[2], first = denseIndex % blocks * CAMBER_KEY_BLOCK;
    const KeyRange keys = keyRange(problem, denseIndex / (kernel.kvHeads * blocks));
    return first + CAMBER_KEY_BLOCK <= keys.begin || first >= keys.end;
  }
  const int64_t rowsPerBatch = kernel.kvHeads * problem.sizes.kvLen;
  const int64_t row = denseIndex / kernel.headDim;
  const KeyRange range = keyRange(problem, row / rowsPerBatch);
  const int64_t key = row % problem.sizes.kvLen;
  return key < range.begin || key >= range.end;
}

Image imageOf(const Operand &operand, const Problem &problem, const Inputs &inputs, const Layout &layout) {
  Image image;
  image.shape = operand.shape(problem.sizes);
  image.strides = stridesOf(operand, image.shape, layout);
  const int64_t width = elementBytes(operand.element), elements = spanOf(image.shape, image.strides);
  const uint32_t filling = signallingNan(operand.element);
  image.bytes.resize(elements * width);
  for (int64_t at = 0; at < elements * width; at += width)
    std::memcpy(image.bytes.data() + at, &filling, width);
  image.used.resize(elements, false);
  const bool isOutput = isWritten(operand.role);
  forEachElement(image.shape, image.strides, [&](int64_t index, int64_t offset) {
    image.used[offset] = isOutput || !outsideKeyRange(operand, problem, index);
    if (!isOutput && image.used[offset])
      std::memcpy(image.bytes.data() + offset * width, inputs.at(operand.name).bytes.data() + index * width, width);
  });
  return image;
}

Tensor collectDense(const Operand &operand, const Image &image, const uint8_t *bytes) {
  const int64_t width = elementBytes(operand.element);
  Tensor tensor(operand.element, image.shape);
  forEachElement(image.shape, image.strides, [&](int64_t index, int64_t offset) {
    std::memcpy(tensor.bytes.data() + index * width, bytes + offset * width, width);
  });
  return tensor;
}

} // namespace camber::harness
