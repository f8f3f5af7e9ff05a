// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The formulas behind the named position biases, in float64 and exact integers.
#ifndef CAMBER_REFERENCE_BIASES_H
#define CAMBER_REFERENCE_BIASES_H

#include <cstdint>
#include <vector>

namespace camber {

/// The reference ALiBi slopes of `heads` heads, before rounding to float32.
std::vector<double> alibiSlopes(int64_t heads, double biasMax = 8.0);

/// T5's map from distance to bucket, by exact integer comparison.
class T5Buckets {
public:
  /// numBuckets ≥ 2 (even and ≥ 4 if bidirectional), maxDistance > the number of exact buckets of a side.
  T5Buckets(bool bidirectional, int64_t numBuckets, int64_t maxDistance);

  /// The bucket of distance d = key position − query position, any sign.
  int64_t operator()(int64_t distance) const;

private:
  bool bidirectional;
  int64_t side;                  ///< buckets per side
  std::vector<int64_t> firstRel; ///< of each bucket of a side, ascending
};

} // namespace camber

#endif
