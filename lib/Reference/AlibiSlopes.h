// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the variants of ALiBi in Biases/ share: the slope of a head.
#ifndef CAMBER_LIB_REFERENCE_ALIBISLOPES_H
#define CAMBER_LIB_REFERENCE_ALIBISLOPES_H

#include "BiasOps.h"

namespace camber {

/// The reference slopes of `heads` heads, before rounding to float32.
std::vector<double> alibiSlopes(int64_t heads, double biasMax = 8.0);

/// The slopes of an ALiBi node, each divided by the interpolation factor.
class AlibiSlopes {
public:
  /// Fails on attributes and operands that are not as in dialects/Attn/biases/ALiBi.td. Formula slopes are those of
  /// heads / `groups` heads, repeated for each group.
  static Result<AlibiSlopes> create(const NodeContext &context, int64_t groups = 1);

  template <typename Real> Real at(int64_t batch, int64_t head) const {
    const double slope = operand ? headEntry(*operand, batch, head - headOffset)
                                 : (*formula)[static_cast<size_t>(head) % formula->size()];
    return divided<Real>(slope);
  }
  template <typename Real> Real divided(double slope) const {
    return static_cast<Real>(slope) / static_cast<Real>(interpolation);
  }

  int64_t headOffset = 0;

private:
  const View *operand = nullptr;
  std::shared_ptr<const std::vector<double>> formula; ///< where there is no operand
  double interpolation = 1;
};

/// Values of slopes, offsets and interpolation.
std::optional<double> drawAlibi(const ParameterElement &element);

/// -m · abs(d).
template <typename Real> Step<Real> addAbsDistance(const NodeContext &context, const AlibiSlopes &slopes) {
  return addBias<Real>(context,
                       [=](int64_t b, int64_t h, int64_t d) { return -slopes.at<Real>(b, h) * std::abs(Real(d)); });
}

} // namespace camber

#endif
