// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi as Press et al. define it: m · d.
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  // Bundles of earlier versions have other functions of the distance as forms of this operation.
  if (const auto form = stringAttribute(context.node.attrs, "form"); form && *form != "causal")
    return Failure{"form '" + *form + "': each form but causal is a separate operation now; compile the bundle again"};
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  return addBias<Real>(context, [s = *slopes](int64_t b, int64_t h, int64_t d) { return s.at<Real>(b, h) * Real(d); });
}

const BiasReference biases::alibi = {bind<double>, bind<float>, drawAlibi};

} // namespace camber
