// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small matrices.
#include "TensorCore.h"
#include "Machine.h"
#include "Numerics.h"
#include "camber/Support/Clones.h"
#include <algorithm>
#include <cstdlib>

namespace camber::ptx {

/// Eight neighbouring columns; two registers where the processor has only half as wide ones.
typedef float Columns __attribute__((vector_size(32)));

/// Four rows of eight columns at a time: their sums stay in registers, and none waits for the one before it.
CAMBER_CLONES("arch=x86-64-v3", "default")
static void multiplyInOrder(int rows, int columns, int depth, const float *a, const float *b, float *d) {
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

/// d + `depth` (at most 8) products, for eight neighbouring columns, cut off as described in the header. In integers: a
/// term is its 24-bit significand, shifted to the largest exponent of all.
CAMBER_CLONES("arch=x86-64-v3", "default")
static void truncatedSums(int columns, int depth, const float *a, const float *b, float *d) {
  uint32_t bits[9][8], most[8] = {};
  float plain[8];
  for (int k = 0; k <= depth; ++k)
    for (int i = 0; i < 8; ++i) {
      const float term = k < depth ? a[k] * b[k * columns + i] : d[i];
      plain[i] = k ? plain[i] + term : term;
      bits[k][i] = bitCast<uint32_t>(term);
      most[i] = std::max(most[i], bits[k][i] >> 23 & 0xff);
    }
  int32_t sums[8] = {};
  for (int k = 0; k <= depth; ++k)
    for (int i = 0; i < 8; ++i) {
      const uint32_t exponent = bits[k][i] >> 23 & 0xff;
      const uint32_t significand = exponent ? (bits[k][i] & 0x7fffff) | 0x800000 : 0; // subnormal terms count as zero
      const int32_t shifted = static_cast<int32_t>(significand >> std::min(most[i] - exponent, 31u));
      sums[i] += bits[k][i] >> 31 ? -shifted : shifted;
    }
  for (int i = 0; i < 8; ++i) {
    if (most[i] == 0xff || most[i] == 0) { // infinite or NaN, or next to nothing
      d[i] = plain[i];
      continue;
    }
    uint32_t magnitude = static_cast<uint32_t>(std::abs(sums[i]));
    const int drop = magnitude >> 24 ? 8 - __builtin_clz(magnitude) : 0;
    magnitude = magnitude >> drop << drop;
    const double unit = bitCast<double>(uint64_t(most[i] + 1023 - 150) << 52); // of the last bit
    d[i] = static_cast<float>((sums[i] < 0 ? -double(magnitude) : double(magnitude)) * unit);
  }
}

static void multiplyTruncated(int rows, int columns, int depth, const float *a, const float *b, float *d) {
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; column += 8)
      for (int k = 0; k < depth; k += 8)
        truncatedSums(columns, std::min(8, depth - k), a + row * depth + k, b + k * columns + column,
                      d + row * columns + column);
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
