// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Norms of the keys of a cache, no smaller than what kernels rely on.
#include "camber/Runtime/Elements.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace {

double load(const void *keys, camber_element element, int64_t index) {
  if (element == CAMBER_F32) {
    float value;
    std::memcpy(&value, static_cast<const char *>(keys) + index * 4, 4);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, static_cast<const char *>(keys) + index * 2, 2);
  return element == CAMBER_F16 ? camber::halfToDouble(bits) : camber::bfloatToDouble(bits);
}

float normOf(const camber_key_cache &cache, int64_t head, int64_t key) {
  double squares = static_cast<double>(cache.head_dim) * 0x1p-126;
  for (int64_t d = 0; d < cache.head_dim; ++d) {
    const double x = load(cache.keys, cache.element, head * cache.head_stride + key * cache.key_stride + d);
    squares += x * x;
  }
  // Rounding to float32 takes less than what is added. A NaN would be lost in a maximum.
  const float norm = static_cast<float>(std::sqrt(squares) * (1 + 1e-5));
  return std::isnan(norm) ? std::numeric_limits<float>::infinity() : norm;
}

} // namespace

camber_status camber_update_key_norms(const camber_key_cache *cache, int64_t begin, int64_t end) {
  if (!cache)
    return CAMBER_ERROR_NULL_ARGS;
  if (begin < 0 || begin > end)
    return CAMBER_ERROR_KEY_RANGE;
  const int64_t blocks = (end + CAMBER_KEY_BLOCK - 1) / CAMBER_KEY_BLOCK;
  const bool known = cache->element == CAMBER_F32 || cache->element == CAMBER_F16 || cache->element == CAMBER_BF16;
  if (!known || cache->kv_heads < 0 || cache->head_dim < 0 || cache->head_stride < 0 || cache->key_stride < 0 ||
      cache->norms_head_stride < 0 || (cache->kv_heads > 1 && cache->norms_head_stride < blocks))
    return CAMBER_ERROR_STRIDE;
  if (begin == end || cache->kv_heads == 0)
    return CAMBER_OK;
  if (!cache->norms || (!cache->keys && cache->head_dim > 0))
    return CAMBER_ERROR_NULL_ARGS;
  for (int64_t head = 0; head < cache->kv_heads; ++head)
    for (int64_t block = begin / CAMBER_KEY_BLOCK; block < blocks; ++block) {
      const int64_t first = block * CAMBER_KEY_BLOCK;
      float &norm = cache->norms[head * cache->norms_head_stride + block];
      float largest = first < begin ? norm : 0.0f;
      for (int64_t key = std::max(first, begin); key < std::min(first + CAMBER_KEY_BLOCK, end); ++key)
        largest = std::max(largest, normOf(*cache, head, key));
      norm = largest;
    }
  return CAMBER_OK;
}
