// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice of the next token.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace engine {

/// The token chosen from `count` logits by a number `uniform` in [0, 1): the same number and nearly the same logits
/// give the same token, but for a choice on the edge. Temperature 0 takes the largest logit.
inline int sample(const float *logits, int64_t count, double temperature, double uniform) {
  const int64_t best = std::max_element(logits, logits + count) - logits;
  if (temperature == 0)
    return static_cast<int>(best);
  std::vector<double> sums(count); // of the weights up to and including each token
  double sum = 0;
  for (int64_t token = 0; token < count; ++token)
    sums[token] = sum += std::exp((static_cast<double>(logits[token]) - logits[best]) / temperature);
  const int64_t chosen = std::upper_bound(sums.begin(), sums.end(), uniform * sum) - sums.begin();
  return static_cast<int>(std::min(chosen, count - 1));
}

} // namespace engine
