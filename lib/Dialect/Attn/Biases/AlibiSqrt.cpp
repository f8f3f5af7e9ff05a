// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi of the square root of the distance: a function of the distance that kernels tabulate.
#include "AlibiSlopes.h"
#include "PairOperands.h"

using namespace mlir;
using namespace camber::attn;

LogicalResult AlibiSqrtOp::verify() { return verifyAlibi(*this); }

void AlibiSqrtOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

void AlibiSqrtOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters, NamedAttrList &) {
  AlibiSlopes(*this).addParameters(parameters);
}

/// -m · √abs(d) at a distance (i32).
static Value biasAt(AlibiEmitter &e, Value head, Value distance) {
  Value root = math::SqrtOp::create(e.b, e.loc, e.absF(e.toF32(distance)));
  return arith::MulFOp::create(e.b, e.loc, e.negate(e.slope(head)), root);
}

Value AlibiSqrtOp::expand(OpBuilder &builder) {
  AlibiEmitter e(AlibiSlopes(*this), builder);
  return arith::AddFOp::create(builder, getLoc(), getScore(), biasAt(e, getHead(), e.distance()));
}

void AlibiSqrtOp::describe(ScoreForm &form) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(form.pair))
    return form.applyOpaque(*this);
  ScorePiece piece;
  piece.diagonals.push_back([slopes](OpBuilder &b, Location, Value head, Value distance) {
    AlibiEmitter e(slopes, b);
    return biasAt(e, head, distance);
  });
  form.addPieces({}, {piece});
}

void AlibiSqrtOp::bound(ScoreBound &bound) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(bound.pair))
    return bound.setUnknown();
  bound.falls = true;
  bound.rises |= bool(getSlopes()); // which may be negative
  AlibiEmitter e(slopes, bound);
  Value lo = bound.distanceMin(), hi = bound.distanceMax();
  Value slope = e.negate(e.slope(bound.head));
  auto bias = [&](Value x) -> Value {
    return arith::MulFOp::create(e.b, e.loc, slope, math::SqrtOp::create(e.b, e.loc, x));
  };
  Value nearest = bias(e.nearest(lo, hi));
  bound.addBetween(nearest, bias(e.farthest(lo, hi)));
}
