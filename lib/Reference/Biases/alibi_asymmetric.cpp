// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi with one slope left of an offset and another right of it: -m_left · max(0, o - d) - m_right · max(0, d - o).
#include "../AlibiSlopes.h"

namespace camber {

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context);
  if (!slopes)
    return Failure{slopes.error()};
  Result<const View *> right = parameterOf(context, "slopes_right"), offset = parameterOf(context, "offset");
  for (const auto *view : {&right, &offset})
    if (!*view)
      return Failure{view->error()};
  if (!stringAttribute(context.node.attrs, "slopes") || !*right || !*offset)
    return Failure{"needs slopes, slopes_right and offset"};
  for (const View *table : {*right, *offset})
    if (table->sizes.empty() || table->sizes.size() > 2)
      return Failure{"slopes and offsets must be [heads] or [batch, heads]"};
  return addBias<Real>(context, [s = *slopes, right = *right, offset = *offset](int64_t b, int64_t h, int64_t d) {
    const Real o = Real(headEntry(*offset, b, h - s.headOffset));
    const Real mRight = s.divided<Real>(headEntry(*right, b, h - s.headOffset));
    return -s.at<Real>(b, h) * std::max(Real(0), o - Real(d)) - mRight * std::max(Real(0), Real(d) - o);
  });
}

const BiasReference biases::alibi_asymmetric = {bind<double>, bind<float>, drawAlibi};

} // namespace camber
