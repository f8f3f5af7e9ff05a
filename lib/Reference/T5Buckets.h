// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// T5's buckets, by exact integer comparison.
#ifndef CAMBER_LIB_REFERENCE_T5BUCKETS_H
#define CAMBER_LIB_REFERENCE_T5BUCKETS_H

#include <cstdint>
#include <vector>

namespace camber {

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
