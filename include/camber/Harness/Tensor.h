// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dense array in host memory, and its .npy files.
#ifndef CAMBER_HARNESS_TENSOR_H
#define CAMBER_HARNESS_TENSOR_H

#include "camber/Reference/Storage.h"
#include "camber/Runtime/Result.h"

namespace camber::harness {

/// Row-major, densely packed.
struct Tensor {
  Element element = Element::F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  Tensor() = default;
  Tensor(Element element, std::vector<int64_t> shape);
  int64_t size() const; ///< number of elements
  View view() const { return denseView(bytes.data(), element, shape); }
  double get(int64_t index) const { return view().at(index); }
  /// Stores `value` rounded once to the element type.
  void set(int64_t index, double value);
};

/// "[2, 8, 128, 64]"
std::string shapeText(const std::vector<int64_t> &shape);

/// Reads a .npy file as `element`. Any NumPy integer or floating-point type of at most 8 bytes is accepted if each of
/// its values is one of `element` (NaN and infinities too); bf16 bits may come as '<V2' or '<u2'. Fails, naming the
/// file, on another type, big-endian or Fortran order, truncation, and on a value that would have to be rounded.
Result<Tensor> readNpy(const std::string &path, Element element);

/// Reads only the shape.
Result<std::vector<int64_t>> readNpyShape(const std::string &path);

/// Reads a .npy file of float64, float32 or float16 as doubles.
struct DoubleArray {
  std::vector<int64_t> shape;
  std::vector<double> values;
};
Result<DoubleArray> readNpyDoubles(const std::string &path);

/// Writes f32, f16 and i32 as such, bf16 widened to float32 (NumPy has no bf16). The file appears complete or not at
/// all; a device or pipe is written to.
Status writeNpy(const std::string &path, const Tensor &tensor);

} // namespace camber::harness

#endif
