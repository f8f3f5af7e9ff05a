// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the unfused baseline knows of a problem before it is timed: modifiers, biases and masks as numbers in memory.
#ifndef CAMBER_LIB_HARNESS_BASELINEPROBLEM_H
#define CAMBER_LIB_HARNESS_BASELINEPROBLEM_H

#include "SoftmaxPass.h"
#include "camber/Harness/Baseline.h"

namespace camber::harness {

/// Numbers to add to a row's scores.
struct Addends {
  std::vector<float> values; ///< kRowPadding more than there are
  bool byDistance = false;
  bool perHead = true;
  int64_t heads = 0, qLen = 0, kvLen = 0;

  /// Those of a row, from key 0 on. By distance, rows are shifted against each other: [batch, head, q_len + kv_len −
  /// 1], and the first query begins where the last ends. Otherwise [batch, head, q_len, kv_len].
  const float *row(int64_t batch, int64_t head, int64_t query) const {
    const int64_t slice = perHead ? batch * heads + head : batch;
    return byDistance ? values.data() + slice * (qLen + kvLen - 1) + (qLen - 1 - query)
                      : values.data() + (slice * qLen + query) * kvLen;
  }
};

/// A step of every row.
struct Modifier {
  RowStep::Kind kind;
  float value = 0;    ///< of Scale and Softcap
  size_t addends = 0; ///< of Add: which
};

struct BaselineProblem {
  Sizes sizes;
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  std::vector<float> query, key, value; ///< dense
  std::vector<float> sink;              ///< [heads], or empty
  float scale = 1;                      ///< of the first modifier, where it is one: part of the product
  std::vector<Modifier> modifiers; ///< the others, in order; after them −∞ where masks hide keys between visible ones
  std::vector<Addends> addends;
  std::vector<KeyRange> ranges; ///< [batch, heads or 1, q_len]: from the first key that a row sees to the last
  bool rangesPerHead = false;

  const KeyRange &range(int64_t batch, int64_t head, int64_t queryIndex) const {
    return ranges[(rangesPerHead ? batch * heads + head : batch) * sizes.qLen + queryIndex];
  }
};

/// Fails as UnfusedBaseline::create does.
Result<BaselineProblem> makeBaselineProblem(const Problem &problem, BiasStorage storage, int threads);

} // namespace camber::harness

#endif
