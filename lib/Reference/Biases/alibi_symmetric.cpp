// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Symmetric ALiBi: -m · abs(d).
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  return addAbsDistance<Real>(context, *slopes);
}

const BiasReference biases::alibi_symmetric = {bind<double>, bind<float>, drawAlibi};

} // namespace camber
