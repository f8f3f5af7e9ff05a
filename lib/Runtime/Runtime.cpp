// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Status texts as C functions, and combining partial results.
#include "camber/Runtime/runtime.h"
#include "camber/Runtime/kernel.hpp"
#include <algorithm>
#include <cmath>
#include <limits>

const char *camber_status_name(camber_status status) { return camber::text_of(status).name; }

const char *camber_status_message(camber_status status) { return camber::text_of(status).message; }

camber_status camber_combine(int64_t rows, int64_t headDim, const camber_partial *a, const camber_partial *b,
                             const camber_partial *result) {
  if (!a || !b || !result)
    return CAMBER_ERROR_NULL_ARGS;
  if (rows < 0 || headDim < 0)
    return CAMBER_ERROR_STRIDE;
  for (const camber_partial *part : {a, b, result}) {
    if (part->o_stride < 0 || part->lse_stride < 0)
      return CAMBER_ERROR_STRIDE;
    if (rows > 0 && (!part->lse || (headDim > 0 && !part->o)))
      return CAMBER_ERROR_NULL_ARGS;
  }
  if (rows > 1 && (result->o_stride < headDim || result->lse_stride < 1))
    return CAMBER_ERROR_STRIDE;

  constexpr float hidden = -std::numeric_limits<float>::infinity();
  for (int64_t row = 0; row < rows; ++row) {
    const float lseA = a->lse[row * a->lse_stride], lseB = b->lse[row * b->lse_stride];
    const float *oA = a->o + row * a->o_stride, *oB = b->o + row * b->o_stride;
    float *o = result->o + row * result->o_stride;
    float *lse = result->lse + row * result->lse_stride;
    // A NaN on either side must survive, and std::max(x, NaN) would drop it.
    const float largest = std::isnan(lseA) || std::isnan(lseB) ? NAN : std::max(lseA, lseB);
    if (largest == hidden) {
      std::fill(o, o + headDim, 0.0f);
      *lse = hidden;
      continue;
    }
    const float weightA = std::exp(lseA - largest), weightB = std::exp(lseB - largest);
    const float sum = weightA + weightB;
    const float scaleA = weightA / sum, scaleB = weightB / sum;
    for (int64_t d = 0; d < headDim; ++d) {
      // A part that shows the row nothing has weight 0; whatever its o holds must not become 0 * NaN.
      const float fromA = lseA == hidden ? 0.0f : scaleA * oA[d];
      const float fromB = lseB == hidden ? 0.0f : scaleB * oB[d];
      o[d] = fromA + fromB;
    }
    *lse = largest + std::log(sum);
  }
  return CAMBER_OK;
}
