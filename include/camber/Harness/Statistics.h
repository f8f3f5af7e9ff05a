// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order statistics of repeated measurements: a disturbed round moves them little.
#ifndef CAMBER_HARNESS_STATISTICS_H
#define CAMBER_HARNESS_STATISTICS_H

#include <vector>

namespace camber::harness {

/// Quartiles by linear interpolation between neighbours, as NumPy's default.
struct Summary {
  double min = 0, lowerQuartile = 0, median = 0, upperQuartile = 0;
  /// Interquartile range over median; 0 where that is 0.
  double spread() const;
};

/// Of at least one value.
Summary summarise(std::vector<double> values);
double median(std::vector<double> values);

/// The median of numerators[i] / denominators[i]: what was measured in one round is compared with the same round. Both
/// are of one length, at least one. Rounds with a denominator of 0 do not count; 0 where none is left.
double medianRatio(const std::vector<double> &numerators, const std::vector<double> &denominators);

} // namespace camber::harness

#endif
