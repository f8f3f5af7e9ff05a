// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi of the square root: -m · √abs(d).
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  return addBias<Real>(context, [s = *slopes](int64_t b, int64_t h, int64_t d) {
    return -s.at<Real>(b, h) * std::sqrt(std::abs(Real(d)));
  });
}

const BiasReference biases::alibi_sqrt = {bind<double>, bind<float>, drawAlibi};

} // namespace camber
