/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * C functions of the Camber runtime library: status texts, combining partial results, and the norms of a key cache.
 */
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

/* result = a combined with b, row by row: with M = max(lse_a, lse_b), w = exp(lse - M) and s = w_a + w_b,
 *   o = (w_a o_a + w_b o_b) / s,   lse = M + log s;   M = -inf gives o = 0, lse = -inf.
 * The o of a part whose lse is -inf is not read. `result` may be `a` or `b` itself but not overlap them otherwise.
 * Returns CAMBER_OK, CAMBER_ERROR_NULL_ARGS (a struct or a pointer of a non-empty part is NULL) or CAMBER_ERROR_STRIDE
 * (a negative size or stride, o_stride < head_dim or lse_stride < 1 in the result with more than one row). */
camber_status camber_combine(int64_t rows, int64_t head_dim, const camber_partial *a, const camber_partial *b,
                             const camber_partial *result);

/* The keys of one sequence in a cache, and the norms that its owner keeps for kernels with the operand key_norms.
 *   keys    [kv_heads, ..., head_dim] of `element`, strides in elements, head dimension contiguous
 *   norms   float32 [kv_heads, ...]: entry i of a head covers the keys CAMBER_KEY_BLOCK * i and the 63 after it */
typedef struct camber_key_cache {
  const void *keys;
  camber_element element;
  int64_t kv_heads, head_dim;
  int64_t head_stride, key_stride;
  float *norms;
  int64_t norms_head_stride;
} camber_key_cache;

/* To be called after keys [begin, end) were written. Makes each entry that covers one of them at least as large as
 *   sqrt(sum of k^2 + head_dim * 2^-126) * (1 + 1e-5)
 * of each (+inf where an element is NaN), which is what kernels rely on. Entries whose first key is in [begin, end) are
 * set, so a cache that starts over needs no clearing; the entry that begins before `begin` is raised, and must have
 * covered its keys before. No other key is read, no other entry is written. An entry may be larger than it needs to be,
 * after keys were removed or moved: kernels are right then, and skip less.
 * Returns CAMBER_OK, CAMBER_ERROR_NULL_ARGS (the struct, or a pointer of a non-empty cache, is NULL),
 * CAMBER_ERROR_KEY_RANGE (not 0 <= begin <= end) or CAMBER_ERROR_STRIDE (a negative size or stride, an unknown element,
 * or norms of two heads that may lie on one another). */
camber_status camber_update_key_norms(const camber_key_cache *cache, int64_t begin, int64_t end);

#ifdef __cplusplus
}
#endif

#endif
