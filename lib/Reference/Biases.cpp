// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi slopes and T5 buckets. Slow and exact on purpose; kernels get theirs from other code.
#include "camber/Reference/Biases.h"
#include <algorithm>
#include <cmath>

namespace camber {

std::vector<double> alibiSlopes(int64_t heads, double biasMax) {
  int64_t power = 1; // the largest power of two that is at most `heads`
  while (power * 2 <= heads)
    power *= 2;
  std::vector<double> slopes;
  for (int64_t h = 0; h < power; ++h)
    slopes.push_back(std::exp2(-biasMax * double(h + 1) / double(power)));
  // The rest lie halfway between the slopes of `power` heads, starting at the steepest.
  for (int64_t t = 0; t < heads - power; ++t)
    slopes.push_back(std::exp2(-biasMax / 2 * double(2 * t + 1) / double(power)));
  return slopes;
}

namespace {

/// A natural number of any size, in base 2^32, least significant digit first: just enough to compare products of
/// powers.
struct Natural {
  std::vector<uint32_t> digits{1};

  void multiply(uint64_t factor) {
    uint64_t carry = 0;
    for (uint32_t &digit : digits) {
      const uint64_t product = digit * factor + carry;
      digit = static_cast<uint32_t>(product);
      carry = product >> 32;
    }
    if (carry)
      digits.push_back(static_cast<uint32_t>(carry));
  }
  bool operator<(const Natural &other) const {
    if (digits.size() != other.digits.size())
      return digits.size() < other.digits.size();
    return std::lexicographical_compare(digits.rbegin(), digits.rend(), other.digits.rbegin(), other.digits.rend());
  }
};

/// a^n · b^m with 1 ≤ a, b < 2^32.
Natural powers(int64_t a, int64_t n, int64_t b, int64_t m) {
  Natural result;
  while (n-- > 0)
    result.multiply(static_cast<uint64_t>(a));
  while (m-- > 0)
    result.multiply(static_cast<uint64_t>(b));
  return result;
}

} // namespace

T5Buckets::T5Buckets(bool bidirectional, int64_t numBuckets, int64_t maxDistance)
    : bidirectional(bidirectional), side(bidirectional ? numBuckets / 2 : numBuckets) {
  const int64_t exact = side / 2;
  for (int64_t rel = 0; rel < exact; ++rel)
    firstRel.push_back(rel);
  // Bucket exact + t begins at the smallest rel with (rel / exact)^(side − exact) ≥ (maxDistance / exact)^t.
  for (int64_t t = 0; t < side - exact; ++t) {
    const Natural bound = powers(maxDistance, t, exact, side - exact);
    int64_t below = exact - 1, reached = maxDistance;
    while (reached - below > 1) {
      const int64_t middle = below + (reached - below) / 2;
      (powers(middle, side - exact, exact, t) < bound ? below : reached) = middle;
    }
    firstRel.push_back(reached);
  }
}

int64_t T5Buckets::operator()(int64_t distance) const {
  const bool after = bidirectional && distance > 0;
  const int64_t rel = bidirectional ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  // The last bucket whose first rel is at most this one: a bucket that no distance reaches shares its first rel with
  // the next.
  const auto next = std::upper_bound(firstRel.begin(), firstRel.end(), rel);
  return (after ? side : 0) + (next - firstRel.begin()) - 1;
}

} // namespace camber
