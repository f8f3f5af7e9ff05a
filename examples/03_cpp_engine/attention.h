// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Causal attention with ALiBi over a key/value cache: one interface, the kernels of the bundle and a reference.
#pragma once
#include "model.h"
#include "thread_pool.h"
#include <memory>

namespace engine {

/// One sequence, one layer. The queries are the last tokens of the sequence: query i is at position
/// keyCount - queryCount + i and sees the keys up to there. All of a prompt (queryCount = keyCount), one token of
/// decode (queryCount = 1), and a part of a prompt after what is in the cache are the same call.
struct AttentionCall {
  int64_t queryCount;   // 1 … keyCount
  int64_t keyCount;     // 1 … capacity
  int64_t capacity;     // tokens of memory per kv head in the cache
  int64_t queryStride;  // floats from one token's queries to the next's
  const float *queries; // [queryCount, heads, headDim], tokens `queryStride` apart
  const float *keys;    // [kvHeads, capacity, headDim], the first keyCount tokens of a head filled
  const float *values;  // as keys
  float *output;        // [queryCount, heads, headDim], dense; overlaps nothing above
};

/// Per head h, over the keys j <= p_i, where p_i is the position of query i:
///   o_i = sum_j softmax_j(q_i · k_j / sqrt(headDim) - slope_h (p_i - j)) v_j   with slope_h = 2^(-8 (h + 1) / heads)
class Attention {
public:
  virtual ~Attention() = default;
  virtual void run(const AttentionCall &call, ThreadPool &pool) = 0;
};

/// The kernels of the bundle. Throws std::runtime_error where they were compiled for other sizes than `config`, and,
/// from `run`, where a kernel refuses (for one, on a processor that none of its targets fits).
std::unique_ptr<Attention> makeKernelAttention(const ModelConfig &config);

/// Of the reference's outputs.
enum class Rounding {
  Nearest,   // to the nearest float32 number
  OneUlpOff, // to the next one above or below that, which is about what arithmetic in float32 can promise
};

/// The formula above in double precision. Throws std::invalid_argument where `heads` is no power of two, for which the
/// slopes are others.
std::unique_ptr<Attention> makeReferenceAttention(const ModelConfig &config, Rounding rounding);

} // namespace engine
