// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fused pass of the unfused baseline: modifiers and softmax over one row of scores that stays in the cache.
#ifndef CAMBER_LIB_HARNESS_SOFTMAXPASS_H
#define CAMBER_LIB_HARNESS_SOFTMAXPASS_H

#include <cstdint>
#include <vector>

namespace camber::harness {

/// What is done to every score of a row, in this order.
struct RowStep {
  enum Kind {
    Scale,   ///< s · value
    Softcap, ///< value · tanh(s / value)
    Add      ///< s + addend[key]
  } kind;
  float value = 0;
  const float *addend = nullptr; ///< readable for kRowPadding more keys
};
constexpr int64_t kRowPadding = 16;

/// Replaces scores[0 … keys) by exp(score − max), 0 where the score is −∞, and returns their sum. `max` is the largest
/// score, at least what it was before; −∞ where all are. Writes up to kRowPadding elements more.
using SoftmaxPass = float (*)(float *scores, int64_t keys, const std::vector<RowStep> &steps, float &max);

/// The widest that this processor runs.
SoftmaxPass chooseSoftmaxPass();

} // namespace camber::harness

#endif
