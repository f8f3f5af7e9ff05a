// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Half/half ALiBi: symmetric, and a mask: half of the heads see keys up to the query, half from it on.
#include "AlibiSlopes.h"
#include "PairOperands.h"

using namespace mlir;
using namespace camber::attn;

/// The heads of either half have the slopes of half of the heads.
static AlibiSlopes slopesOf(AlibiHalfOp op) { return AlibiSlopes(op, /*groups=*/2); }

LogicalResult AlibiHalfOp::verify() {
  if (failed(verifyAlibi(*this, /*groups=*/2)))
    return failure();
  if (getHeads() % 2) // C1
    return emitOpError("needs an even total number of `heads`, got ") << getHeads();
  return success();
}

void AlibiHalfOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

void AlibiHalfOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters, NamedAttrList &) {
  slopesOf(*this).addParameters(parameters);
}

/// Whether a head is of the first half, which looks back.
static Value looksBack(AlibiHalfOp op, AlibiEmitter &e, Value head) {
  return e.compare(arith::CmpIPredicate::slt, head, e.i32(op.getHeads() / 2));
}

Value AlibiHalfOp::expand(OpBuilder &builder) {
  AlibiEmitter e(slopesOf(*this), builder);
  return addAbsDistance(e, getScore());
}

Value AlibiHalfOp::emitVisible(OpBuilder &builder) {
  AlibiEmitter e(slopesOf(*this), builder);
  Value distance = e.distance();
  Value back = looksBack(*this, e, getHead());
  Value upToQuery = e.compare(arith::CmpIPredicate::sle, distance, e.i32(0));
  return e.select(back, upToQuery, e.compare(arith::CmpIPredicate::sge, distance, e.i32(0)));
}

void AlibiHalfOp::describe(ScoreForm &form) {
  AlibiSlopes slopes = slopesOf(*this);
  if (!slopes.isOfPair(form.pair))
    return form.applyOpaque(*this);
  AlibiEmitter e(slopes, form.builder);
  Value back = looksBack(*this, e, getHead()), zero = e.i32(0);
  Value first = e.select(back, e.i32(-kMaxLength * 2), zero);
  form.limitDistance(first, e.select(back, zero, e.i32(kMaxLength * 2)));
  describeAbsDistance(e, form);
}

void AlibiHalfOp::bound(ScoreBound &bound) {
  AlibiSlopes slopes = slopesOf(*this);
  if (!slopes.isOfPair(bound.pair))
    return bound.setUnknown();
  bound.falls = true;
  bound.rises |= bool(getSlopes()); // which may be negative
  AlibiEmitter e(slopes, bound);
  Value lo = bound.distanceMin(), hi = bound.distanceMax(), zero = e.f32(0.0);
  // Only the side that is visible counts.
  Value back = looksBack(*this, e, bound.head);
  for (Value *end : {&lo, &hi}) {
    Value before = e.smaller(*end, zero);
    *end = e.select(back, before, e.larger(*end, zero));
  }
  boundAbsDistance(e, bound, lo, hi);
}
