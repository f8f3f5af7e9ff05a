// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi with one slope left of an offset and another right of it: two affine pieces that meet at the offset.
#include "AlibiSlopes.h"
#include "PairOperands.h"

using namespace mlir;
using namespace camber::attn;

LogicalResult AlibiAsymmetricOp::verify() {
  if (!hasRequiredOperands(getProperties().operandSegmentSizes, 7))
    return emitOpError("takes one score, head, query, key, slopes, slopes_right and offset");
  auto type = cast<ShapedType>(getSlopes().getType()); // C1
  if (!type.hasRank() || type.getRank() != 1 || isKnownEmpty(type) || getSlopesRight().getType() != type ||
      getOffset().getType() != type)
    return emitOpError("slopes, slopes_right and offset must have one shape [H], with at least one entry");
  return AlibiSlopes(*this).verify();
}

void AlibiAsymmetricOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

void AlibiAsymmetricOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters,
                                             NamedAttrList &) {
  AlibiSlopes(*this).addParameters(parameters);
  parameters.append({{"slopes_right", getSlopesRight()}, {"offset", getOffset()}});
}

namespace {
struct Emitter : AlibiEmitter {
  using AlibiEmitter::AlibiEmitter;
  Value slopeRight(AlibiAsymmetricOp op, Value head) { return divided(read(op.getSlopesRight(), head)); }
  Value offset(AlibiAsymmetricOp op, Value head) { return read(op.getOffset(), head); }
  Value difference(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
};
} // namespace

Value AlibiAsymmetricOp::expand(OpBuilder &builder) {
  Emitter e(AlibiSlopes(*this), builder);
  Value distance = e.toF32(e.distance()), zero = e.f32(0.0);
  Value offset = e.offset(*this, getHead());
  Value left = e.larger(e.difference(offset, distance), zero);
  Value right = e.larger(e.difference(distance, offset), zero);
  Value result = e.fma(e.negate(e.slope(getHead())), left, getScore());
  return e.fma(e.negate(e.slopeRight(*this, getHead())), right, result);
}

void AlibiAsymmetricOp::describe(ScoreForm &form) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(form.pair))
    return form.applyOpaque(*this);
  Emitter e(slopes, form.builder);
  // m_left·(d - o) below the offset, -m_right·(d - o) from it on. The two lines meet at the real offset, so the
  // breakpoint is the first integer distance that is not below it.
  Value left = e.slope(getHead()), right = e.slopeRight(*this, getHead()), offset = e.offset(*this, getHead());
  Value ceil = math::CeilOp::create(e.b, e.loc, offset);
  Value bound = e.f32(double(kMaxLength) * 2);
  ceil = e.smaller(e.larger(ceil, e.negate(bound)), bound);
  Value first = arith::FPToSIOp::create(e.b, e.loc, e.b.getI32Type(), ceil);
  form.addPieces({first}, {affinePiece(left, offset), affinePiece(e.negate(right), offset)});
}

void AlibiAsymmetricOp::bound(ScoreBound &bound) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(bound.pair))
    return bound.setUnknown();
  bound.falls = bound.rises = true; // slopes may be negative
  Emitter e(slopes, bound);
  Value lo = bound.distanceMin(), hi = bound.distanceMax(), zero = e.f32(0.0);
  // Two lines that meet at the offset: extremes are at the ends of the block and at its distance nearest to the
  // offset.
  Value offset = e.offset(*this, bound.head);
  Value left = e.negate(e.slope(bound.head)), right = e.negate(e.slopeRight(*this, bound.head));
  auto score = [&](Value d, Value incoming) {
    Value before = e.larger(e.difference(offset, d), zero), after = e.larger(e.difference(d, offset), zero);
    return e.fma(right, after, e.fma(left, before, incoming));
  };
  Value middle = e.smaller(e.larger(offset, lo), hi);
  Value smallest = e.smaller(e.smaller(score(lo, bound.lo), score(hi, bound.lo)), score(middle, bound.lo));
  bound.hi = e.larger(e.larger(score(lo, bound.hi), score(hi, bound.hi)), score(middle, bound.hi));
  bound.lo = smallest;
}
