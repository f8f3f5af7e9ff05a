// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a product q·k in float32 may be from the exact one: the model that tolerances and branches are judged by.
#ifndef CAMBER_LIB_REFERENCE_ROUNDING_H
#define CAMBER_LIB_REFERENCE_ROUNDING_H

#include <cmath>
#include <cstdint>

namespace camber {

constexpr double kUnit = 0x1p-24; ///< half an ulp of float32, relative

/// The variance of a product q·k formed in float32 by D additions in turn, whatever the order. An addition errs by at
/// most u times its result, uniformly: u²/3 · Σ (partial sum)², and the partial sums are a random walk from 0 to the
/// product whose steps q_d·k_d have the mean square |q|²·|k|²/D². Each q_d·k_d rounds as well.
inline double productVariance(double product, double querySquare, double keySquare, int64_t headDim) {
  const double walk = headDim * product * product / 3 + querySquare * keySquare * (1.0 / 6 + 1.0 / headDim);
  return kUnit * kUnit / 3 * walk;
}

/// A quarter of what cutting off may take from a product: of each of the D additions up to 2u times the largest number
/// in it, which grows to |q·k| in equal steps or is one of the walk's, |q|·|k|/√D. All errors go the same way.
inline double truncation(double product, double querySquare, double keySquare, int64_t headDim) {
  return 0.25 * headDim * 2 * kUnit * (std::abs(product) / 2 + std::sqrt(querySquare * keySquare / headDim));
}

} // namespace camber

#endif
