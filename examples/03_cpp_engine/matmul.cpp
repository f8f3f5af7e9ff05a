// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 64 sums are kept in registers: 4 rows by 16 columns, or, for rows that are left over (a decode step has one
// only), 1 by 64. A task is 64 columns of up to 16 rows.
#include "matmul.h"
#include <algorithm>

namespace engine {
namespace {

constexpr int64_t rowBlock = 16; // of a task

/// Rows [0, rows) and columns [0, columns) of y; `outputs` is the length of a row of w and y.
template <int rows, int columns>
void multiplyBlock(int64_t inputs, int64_t outputs, const float *x, const float *w, float *y, Into into) {
  float sums[rows][columns] = {};
  for (int64_t k = 0; k < inputs; ++k)
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        sums[row][column] += x[row * inputs + k] * w[k * outputs + column];
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      float &out = y[row * outputs + column];
      out = into == Into::Add ? out + sums[row][column] : sums[row][column];
    }
}

} // namespace

void matmul(ThreadPool &pool, int64_t rows, int64_t inputs, int64_t outputs, const float *x, const Matrix &w, float *y,
            Into into) {
  const int64_t columnBlocks = outputs / columnBlock, rowBlocks = (rows + rowBlock - 1) / rowBlock;
  pool.run(columnBlocks * rowBlocks, [&](int64_t task, int) {
    const int64_t column = task % columnBlocks * columnBlock;
    int64_t row = task / columnBlocks * rowBlock;
    const int64_t rowEnd = std::min(row + rowBlock, rows);
    const float *panel = w.data() + column;
    for (; row + 4 <= rowEnd; row += 4)
      for (int64_t c = 0; c < columnBlock; c += 16)
        multiplyBlock<4, 16>(inputs, outputs, x + row * inputs, panel + c, y + row * outputs + column + c, into);
    for (; row < rowEnd; ++row)
      multiplyBlock<1, columnBlock>(inputs, outputs, x + row * inputs, panel, y + row * outputs + column, into);
  });
}

} // namespace engine
