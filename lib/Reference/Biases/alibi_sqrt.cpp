// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi of the square root: -m · √abs(d).
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> Result<Step<Real>> biases::alibi_sqrt(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  return addBias<Real>(context, [s = *slopes](int64_t b, int64_t h, int64_t d) {
    return -s.at<Real>(b, h) * std::sqrt(std::abs(Real(d)));
  });
}

template Result<Step<double>> biases::alibi_sqrt<double>(const NodeContext &);
template Result<Step<float>> biases::alibi_sqrt<float>(const NodeContext &);

} // namespace camber
