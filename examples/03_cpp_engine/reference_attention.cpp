// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention as its formula says it, in double precision; only the output is rounded.
#include "attention.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace engine {
namespace {

class ReferenceAttention final : public Attention {
public:
  ReferenceAttention(const ModelConfig &config, Rounding rounding) : config(config), rounding(rounding) {
    if ((config.heads & (config.heads - 1)) != 0)
      throw std::invalid_argument("the reference knows the ALiBi slopes of 2^n heads, not of " +
                                  std::to_string(config.heads));
  }

  void run(const AttentionCall &call, ThreadPool &pool) override {
    pool.run(config.heads * call.queryCount, [&](int64_t task, int) {
      const int64_t head = task % config.heads, query = task / config.heads;
      attend(call, head, query);
    });
  }

private:
  void attend(const AttentionCall &call, int64_t head, int64_t query) const {
    const int64_t dim = config.headDim, kvHead = head / (config.heads / config.kvHeads);
    const int64_t position = call.keyCount - call.queryCount + query;
    const double scale = 1 / std::sqrt(static_cast<double>(dim));
    const double slope = std::exp2(-8.0 * static_cast<double>(head + 1) / static_cast<double>(config.heads));
    const float *q = call.queries + query * call.queryStride + head * dim;
    const float *keys = call.keys + kvHead * call.capacity * dim, *values = call.values + kvHead * call.capacity * dim;

    std::vector<double> scores(position + 1); // of the keys that this query sees
    for (int64_t key = 0; key <= position; ++key) {
      double product = 0;
      for (int64_t d = 0; d < dim; ++d)
        product += static_cast<double>(q[d]) * keys[key * dim + d];
      scores[key] = product * scale - slope * static_cast<double>(position - key);
    }

    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    std::vector<double> weighted(dim, 0.0);
    for (int64_t key = 0; key <= position; ++key) {
      const double weight = std::exp(scores[key] - largest);
      sum += weight;
      for (int64_t d = 0; d < dim; ++d)
        weighted[d] += weight * values[key * dim + d];
    }
    float *output = call.output + (query * config.heads + head) * dim;
    for (int64_t d = 0; d < dim; ++d) {
      output[d] = static_cast<float>(weighted[d] / sum);
      if (rounding == Rounding::OneUlpOff) // up and down in turn, differently per head and query
        output[d] = std::nextafter(output[d], (d + head + query) % 2 ? infinity : -infinity);
    }
  }

  static constexpr float infinity = std::numeric_limits<float>::infinity();
  ModelConfig config;
  Rounding rounding;
};

} // namespace

std::unique_ptr<Attention> makeReferenceAttention(const ModelConfig &config, Rounding rounding) {
  return std::make_unique<ReferenceAttention>(config, rounding);
}

} // namespace engine
