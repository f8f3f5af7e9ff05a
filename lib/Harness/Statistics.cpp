// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Medians and quartiles.
#include "camber/Harness/Statistics.h"
#include <algorithm>
#include <cassert>
#include <utility>

namespace camber::harness {

/// `sorted` is not empty; 0 ≤ q ≤ 1.
static double quantile(const std::vector<double> &sorted, double q) {
  const double at = q * double(sorted.size() - 1);
  const size_t below = static_cast<size_t>(at), above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

double Summary::spread() const { return median == 0 ? 0 : (upperQuartile - lowerQuartile) / median; }

Summary summarise(std::vector<double> values) {
  assert(!values.empty());
  std::sort(values.begin(), values.end());
  return {values.front(), quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)};
}

double median(std::vector<double> values) { return summarise(std::move(values)).median; }

double medianRatio(const std::vector<double> &numerators, const std::vector<double> &denominators) {
  assert(numerators.size() == denominators.size());
  std::vector<double> ratios;
  for (size_t i = 0; i < numerators.size(); ++i)
    if (denominators[i] != 0)
      ratios.push_back(numerators[i] / denominators[i]);
  return ratios.empty() ? 0 : median(std::move(ratios));
}

} // namespace camber::harness
