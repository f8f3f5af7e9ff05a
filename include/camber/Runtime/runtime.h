/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * C functions of the Camber runtime library: status texts and the merge of partial results. */
#ifndef CAMBER_RUNTIME_RUNTIME_H
#define CAMBER_RUNTIME_RUNTIME_H

#include "camber/Runtime/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "CAMBER_ERROR_STRIDE" and the like; "CAMBER_ERROR_UNKNOWN" for a number that is no status. Never NULL, static. */
const char *camber_status_name(camber_status status);

/* One sentence that says what is wrong. Never NULL, static. */
const char *camber_status_message(camber_status status);

/* One part of an attention result: the same rows over a part of the keys.
 *   o    float32 [rows, head_dim], row stride o_stride elements, head dimension contiguous
 *   lse  float32 [rows], stride lse_stride elements, natural log, -inf where the part shows the row nothing */
typedef struct camber_partial {
  float *o;
  float *lse;
  int64_t o_stride;
  int64_t lse_stride;
} camber_partial;

/* result = a merged with b, row by row: with M = max(lse_a, lse_b), w = exp(lse - M) and s = w_a + w_b,
 *   o = (w_a o_a + w_b o_b) / s,   lse = M + log s;   M = -inf gives o = 0, lse = -inf.
 * The o of a part whose lse is -inf is not read. `result` may be `a` or `b` itself but not overlap them otherwise.
 * Returns CAMBER_OK, CAMBER_ERROR_NULL_ARGS (a struct or a pointer of a non-empty part is NULL) or CAMBER_ERROR_STRIDE
 * (a negative size or stride, o_stride < head_dim or lse_stride < 1 in the result with more than one row). */
camber_status camber_merge(int64_t rows, int64_t head_dim, const camber_partial *a, const camber_partial *b,
                           const camber_partial *result);

#ifdef __cplusplus
}
#endif

#endif
