// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small matrices.
#include "TensorCore.h"
#include "Clones.h"
#include "Machine.h"
#include "Numerics.h"
#include <algorithm>

namespace camber::ptx {

/// Eight columns at a time, so that their sums stay in registers.
CAMBER_CLONES static void multiplyInOrder(int rows, int columns, int depth, const float *a, const float *b, float *d) {
  for (int column = 0; column < columns; column += 8)
    for (int row = 0; row < rows; ++row) {
      float sums[8] = {};
      for (int k = 0; k < depth; ++k)
        for (int i = 0; i < 8; ++i)
          sums[i] += a[row * depth + k] * b[k * columns + column + i];
      for (int i = 0; i < 8; ++i)
        d[row * columns + column + i] += sums[i];
    }
}

/// c + the sum of `count` products, cut off as described in the header.
static float truncatedSum(const float *a, const float *b, int stride, int count, float c) {
  double terms[17];
  int most = -300;
  double plain = c;
  for (int i = 0; i < count; ++i) {
    terms[i] = double(a[i]) * b[i * stride];
    plain += terms[i];
  }
  terms[count] = c;
  if (!std::isfinite(plain))
    return static_cast<float>(plain);
  for (int i = 0; i <= count; ++i)
    if (terms[i] != 0)
      most = std::max(most, std::ilogb(terms[i]));
  if (most == -300)
    return 0;
  const double unit = std::ldexp(1.0, 23 - most);
  double sum = 0;
  for (int i = 0; i <= count; ++i)
    sum += std::trunc(terms[i] * unit);
  return static_cast<float>(roundTo(sum / unit, kFloatFormat, Rounding::Zero));
}

static void multiplyTruncated(int rows, int columns, int depth, const float *a, const float *b, float *d) {
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      float sum = d[row * columns + column];
      for (int k = 0; k < depth; k += 8)
        sum = truncatedSum(a + row * depth + k, b + k * columns + column, columns, std::min(8, depth - k), sum);
      d[row * columns + column] = sum;
    }
}

void multiplyMatrices(Machine &machine, int rows, int columns, int depth, const float *a, const float *b, float *d) {
  if (machine.options.approx == Approx::Exact) {
    multiplyInOrder(rows, columns, depth, a, b, d);
    return;
  }
  std::vector<float> truncated(d, d + rows * columns);
  multiplyInOrder(rows, columns, depth, a, b, d);
  multiplyTruncated(rows, columns, depth, a, b, truncated.data());
  for (int i = 0; i < rows * columns; ++i)
    if (machine.options.approx == Approx::Worst || machine.random() % 2)
      d[i] = truncated[i];
}

} // namespace camber::ptx
