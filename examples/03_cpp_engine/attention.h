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

/// o_i = Σ_j softmax_j(q_i · k_j / sqrt(headDim) - slope_h (p_i - j)) v_j over j <= p_i, with slope_h = 2^(-8 (h+1) /
/// heads).
class Attention {
public:
  virtual ~Attention() = default;
  virtual void run(const AttentionCall &call, ThreadPool &pool) = 0;
};

/// The kernel of the bundle. Throws std::runtime_error where the bundle was compiled for other sizes than `config`,
/// and, from `run`, where the kernel refuses (for one, on a processor that none of its targets fits).
std::unique_ptr<Attention> makeKernelAttention(const ModelConfig &config);

enum class Rounding {
  Nearest,   // outputs are the float32 numbers nearest to the result
  OneUlpOff, // every output is the next float32 number above or below that: what float32 arithmetic could at best
             // promise
};

/// The formula above in double precision. Throws std::invalid_argument where `heads` is no power of two, for which the
/// slopes are others.
std::unique_ptr<Attention> makeReferenceAttention(const ModelConfig &config, Rounding rounding);

} // namespace engine
