// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shares with the graphs nothing but the numbers and T5's buckets.
#include "reference.h"
#include <algorithm>
#include <cmath>

namespace {

/// Slopes of a number of heads that is a power of two, which bloom-560m's 16 is.
double alibiSlope(int64_t head, int64_t heads) {
  return std::exp2(-8.0 * static_cast<double>(head + 1) / static_cast<double>(heads));
}

} // namespace

Reference computeReference(const Case &wanted, const LayerData &data) {
  const int64_t dim = wanted.headDim, heads = wanted.heads, width = dim * heads;
  Reference result;
  result.output.resize(wanted.batch() * wanted.queries * width);
  for (int64_t batch = 0; batch < wanted.batch(); ++batch)
    for (int64_t query = 0; query < wanted.queries; ++query)
      for (int64_t head = 0; head < heads; ++head) {
        const int64_t used = wanted.used[batch], position = used - wanted.queries + query;
        const int64_t keys = wanted.bias == Bias::T5Bidirectional ? used : position + 1;
        const int64_t row = ((batch * wanted.queries + query) * heads + head) * dim;
        std::vector<double> scores(keys);
        for (int64_t key = 0; key < keys; ++key) {
          const float *k = &data.k[((batch * wanted.keys + key) * heads + head) * dim];
          for (int64_t d = 0; d < dim; ++d)
            scores[key] += static_cast<double>(data.q[row + d]) * k[d];
          if (wanted.bias == Bias::Alibi)
            scores[key] = scores[key] * wanted.scale() - alibiSlope(head, heads) * static_cast<double>(position - key);
          else
            scores[key] += data.table[t5Bucket(key, position, wanted.bias == Bias::T5Bidirectional) * heads + head];
        }
        const double largest = *std::max_element(scores.begin(), scores.end());
        double sum = 0;
        double *output = &result.output[row];
        for (int64_t key = 0; key < keys; ++key) {
          const float *v = &data.v[((batch * wanted.keys + key) * heads + head) * dim];
          const double weight = std::exp(scores[key] - largest);
          sum += weight;
          for (int64_t d = 0; d < dim; ++d) {
            output[d] += weight * v[d];
            result.largestValue = std::max(result.largestValue, std::abs(static_cast<double>(v[d])));
          }
        }
        for (int64_t d = 0; d < dim; ++d) {
          output[d] /= sum;
          result.largestOutput = std::max(result.largestOutput, std::abs(output[d]));
        }
        result.largestScore = std::max(result.largestScore, std::abs(largest));
      }
  return result;
}
