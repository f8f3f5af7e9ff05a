// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small matrices.
#include "TensorCore.h"
#include "Clones.h"
#include "Machine.h"
#include "Numerics.h"
#include <algorithm>

namespace camber::ptx {

/// Eight neighbouring columns; two registers where the processor has only half as wide ones.
typedef float Columns __attribute__((vector_size(32)));

/// Four rows of eight columns at a time: their sums stay in registers, and none waits for the one before it.
CAMBER_CLONES static void multiplyInOrder(int rows, int columns, int depth, const float *a, const float *b, float *d) {
  for (int column = 0; column < columns; column += 8)
    for (int row = 0; row < rows; row += 4) {
      Columns sums[4] = {}, c;
      const float *from = a + row * depth;
      for (int k = 0; k < depth; ++k) {
        std::memcpy(&c, b + k * columns + column, sizeof(c));
        sums[0] += from[k] * c;
        sums[1] += from[depth + k] * c;
        sums[2] += from[2 * depth + k] * c;
        sums[3] += from[3 * depth + k] * c;
      }
      for (int r = 0; r < 4; ++r) {
        float *to = d + (row + r) * columns + column;
        std::memcpy(&c, to, sizeof(c));
        c += sums[r];
        std::memcpy(to, &c, sizeof(c));
      }
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
