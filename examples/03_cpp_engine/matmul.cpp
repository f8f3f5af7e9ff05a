// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 64 sums are kept in registers: 2 rows by 32 columns, or, for a row that is left over (a decode step has one
// only), 1 by 64. A task is one panel of the matrix, which stays in the cache, and up to 16 rows.
#include "matmul.h"
#include <algorithm>

namespace engine {
namespace {

constexpr int64_t rowBlock = 16; // of a task

/// Rows [0, rows) and columns [0, columns) of y. `panel` points to the first of these columns in its panel.
template <int rows, int columns>
void multiplyBlock(int64_t inputs, int64_t outputs, const float *x, const float *panel, float *y, Into into) {
  float sums[rows][columns] = {};
  for (int64_t k = 0; k < inputs; ++k)
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        sums[row][column] += x[row * inputs + k] * panel[k * Matrix::panelWidth + column];
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      float &out = y[row * outputs + column];
      out = into == Into::Add ? out + sums[row][column] : sums[row][column];
    }
}

} // namespace

void matmul(ThreadPool &pool, int64_t rows, const float *x, const Matrix &w, float *y, Into into) {
  const int64_t inputs = w.inputs(), outputs = w.outputs();
  const int64_t panels = outputs / Matrix::panelWidth, rowBlocks = (rows + rowBlock - 1) / rowBlock;
  pool.run(panels * rowBlocks, [&](int64_t task, int) {
    const float *panel = w.panel(task % panels);
    float *columns = y + task % panels * Matrix::panelWidth;
    int64_t row = task / panels * rowBlock;
    const int64_t rowEnd = std::min(row + rowBlock, rows);
    for (; row + 2 <= rowEnd; row += 2)
      for (int64_t c = 0; c < Matrix::panelWidth; c += 32)
        multiplyBlock<2, 32>(inputs, outputs, x + row * inputs, panel + c, columns + row * outputs + c, into);
    for (; row < rowEnd; ++row)
      multiplyBlock<1, Matrix::panelWidth>(inputs, outputs, x + row * inputs, panel, columns + row * outputs, into);
  });
}

} // namespace engine
