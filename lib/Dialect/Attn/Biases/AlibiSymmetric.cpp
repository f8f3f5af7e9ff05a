// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Symmetric ALiBi: two affine pieces that meet at the query.
#include "AlibiSlopes.h"
#include "PairOperands.h"

using namespace mlir;
using namespace camber::attn;

LogicalResult AlibiSymmetricOp::verify() { return verifyAlibi(*this); }

void AlibiSymmetricOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

void AlibiSymmetricOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters, NamedAttrList &) {
  AlibiSlopes(*this).addParameters(parameters);
}

Value AlibiSymmetricOp::expand(OpBuilder &builder) {
  AlibiEmitter e(AlibiSlopes(*this), builder);
  return addAbsDistance(e, getScore());
}

void AlibiSymmetricOp::describe(ScoreForm &form) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(form.pair))
    return form.applyOpaque(*this);
  AlibiEmitter e(slopes, form.builder);
  describeAbsDistance(e, form);
}

void AlibiSymmetricOp::bound(ScoreBound &bound) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(bound.pair))
    return bound.setUnknown();
  bound.falls = true;
  bound.rises |= bool(getSlopes()); // which may be negative
  AlibiEmitter e(slopes, bound);
  Value lo = bound.distanceMin(), hi = bound.distanceMax();
  boundAbsDistance(e, bound, lo, hi);
}
