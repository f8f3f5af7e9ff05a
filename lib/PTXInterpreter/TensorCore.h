// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small matrices, as tensor cores compute them.
#ifndef CAMBER_PTXINTERPRETER_TENSORCORE_H
#define CAMBER_PTXINTERPRETER_TENSORCORE_H

#include <cstdint>

namespace camber::ptx {

class Machine;

/// d += a·b, where a has `rows` rows of `depth` (at most 16) and b `depth` rows of `columns`, all row-major and dense;
/// rows are a multiple of 4, columns of 8. The products of f16, bf16 and tf32 are exact in float32; the order and the
/// rounding of their sums are not specified:
/// - Approx::Exact: summed from zero in order, each sum rounded to nearest, then added to d.
/// - Approx::Worst: groups of eight products and d are aligned to the largest exponent among them, cut off at 24 bits
/// and
///   added; what is left is cut off at 24 bits again.
/// - Approx::Random: one or the other, element by element.
void multiplyMatrices(Machine &machine, int rows, int columns, int depth, const float *a, const float *b, float *d);

} // namespace camber::ptx

#endif
