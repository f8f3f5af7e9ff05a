// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention over 64 tokens, all at once and one after the other: the family takes another kernel for each.
#include "kernels.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>

enum { kHeads = 8, kTokens = 64, kDim = 64 };
constexpr int64_t kHeadStride = kTokens * kDim;

int main() {
  std::vector<float> q(kHeads * kHeadStride), k(q), v(q), together(q), single(q);
  for (size_t i = 0; i < q.size(); ++i) {
    q[i] = std::sin(0.37f * i);
    k[i] = std::cos(0.11f * i);
    v[i] = std::sin(0.05f * i);
  }
  try {
    camber::workspace memory; // kept between calls
    attention::operands<float> all;
    all.q = {q.data(), {1, kHeads, kTokens, kDim}};
    all.k = {k.data(), {1, kHeads, kTokens, kDim}};
    all.v = {v.data(), {1, kHeads, kTokens, kDim}};
    all.o = {together.data(), {1, kHeads, kTokens, kDim}};
    attention::call(all, memory);

    // One query, and the part of the cache that is filled by then: views of the same memory, with its strides.
    for (int64_t token = 0; token < kTokens; ++token) {
      auto part = [&](auto *data, int64_t tokens) {
        return camber::view(data, {1, kHeads, tokens, kDim}, {kHeads * kHeadStride, kHeadStride, kDim, 1});
      };
      attention::operands<float> one;
      one.q = part(static_cast<const float *>(q.data()) + token * kDim, 1);
      one.k = part(static_cast<const float *>(k.data()), token + 1);
      one.v = part(static_cast<const float *>(v.data()), token + 1);
      one.o = part(single.data() + token * kDim, 1);
      attention::call(one, memory);
    }
  } catch (const camber::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  float difference = 0;
  for (size_t i = 0; i < together.size(); ++i)
    difference = std::max(difference, std::fabs(together[i] - single[i]));
  std::printf("%d tokens: one by one %s all at once\n", kTokens, difference <= 2e-6f ? "as" : "not as");
  return difference <= 2e-6f ? 0 : 1;
}
