// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Symmetric ALiBi: -m · abs(d).
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> Result<Step<Real>> biases::alibi_symmetric(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  return addAbsDistance<Real>(context, *slopes);
}

template Result<Step<double>> biases::alibi_symmetric<double>(const NodeContext &);
template Result<Step<float>> biases::alibi_symmetric<float>(const NodeContext &);

} // namespace camber
