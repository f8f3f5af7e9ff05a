// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bounds on the scores of a block of pairs, composed; ScoreBound.h says what they mean.
#include "camber/Dialect/Attn/ScoreBound.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace camber::attn;

void ScoreBound::follow(Value score) {
  SmallVector<ScoreModifierOpInterface> chain;
  while (auto op = score.getDefiningOp<ScoreModifierOpInterface>()) {
    chain.push_back(op);
    score = op.getIncomingScore();
  }
  auto argument = dyn_cast<BlockArgument>(score);
  if (!argument || argument != ScoreArguments(*argument.getOwner()).getScore()) {
    setUnknown();
    ending = score.getDefiningOp();
  }
  for (ScoreModifierOpInterface op : llvm::reverse(chain)) {
    if (unknown) // which no modifier changes
      return;
    bool wasFalling = falls;
    op.bound(*this);
    if ((wasFalling && !falls) || unknown)
      ending = op;
    else if (falls)
      ending = nullptr;
  }
}

void ScoreBound::setUnknown() {
  unknown = true;
  falls = rises = false;
  const float infinity = std::numeric_limits<float>::infinity();
  lo = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(-infinity));
  hi = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(infinity));
}

Value ScoreBound::zeroIfFinite() {
  Value width = arith::SubFOp::create(builder, loc, hi, lo); // a width that overflows is as good as infinite
  return arith::MulFOp::create(builder, loc, width,
                               arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0)));
}

void ScoreBound::scale(double factor) {
  if (unknown)
    return;
  if (static_cast<float>(factor) == 0.0f) {
    lo = hi = zeroIfFinite();
    falls = rises = false;
    return;
  }
  Value c = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(factor));
  lo = arith::MulFOp::create(builder, loc, lo, c);
  hi = arith::MulFOp::create(builder, loc, hi, c);
  if (factor < 0) {
    std::swap(lo, hi);
    std::swap(falls, rises);
  }
}

void ScoreBound::applyMonotone(function_ref<Value(Value)> f) {
  if (unknown)
    return;
  // f may make an infinite end finite, though a score may be NaN where an end is infinite.
  Value zero = zeroIfFinite();
  falls = rises = false;
  for (Value *end : {&lo, &hi})
    *end = arith::AddFOp::create(builder, loc, f(*end), zero);
}

void ScoreBound::addBetween(Value a, Value b) {
  if (unknown)
    return;
  lo = arith::AddFOp::create(builder, loc, lo, arith::MinimumFOp::create(builder, loc, a, b));
  hi = arith::AddFOp::create(builder, loc, hi, arith::MaximumFOp::create(builder, loc, a, b));
}

void ScoreBound::addAffine(Value slope, Value a, Value b) {
  if (unknown)
    return;
  auto at = [&](Value x, Value score) -> Value { return math::FmaOp::create(builder, loc, slope, x, score); };
  lo = arith::MinimumFOp::create(builder, loc, at(a, lo), at(b, lo));
  hi = arith::MaximumFOp::create(builder, loc, at(a, hi), at(b, hi));
}

Value ScoreBound::distanceMin() {
  Value d = arith::SubIOp::create(builder, loc, keyMin, queryMax);
  return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), d);
}

Value ScoreBound::distanceMax() {
  Value d = arith::SubIOp::create(builder, loc, keyMax, queryMin);
  return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), d);
}
