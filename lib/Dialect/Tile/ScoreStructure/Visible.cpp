// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.visible: score between two limits of the distance, else -∞.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "camber/Dialect/Tile/TileDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::tile;

LogicalResult VisibleOp::verify() {
  if (!attn::hasRequiredOperands(getProperties().operandSegmentSizes, 3)) // C1
    return emitOpError("takes one score, query and key");
  return success();
}

Value VisibleOp::lower(OpBuilder &b) {
  Location loc = getLoc();
  Value result = getScore();
  Value hidden = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  for (auto [limit, predicate] :
       {std::pair{getMin(), arith::CmpIPredicate::sge}, std::pair{getMax(), arith::CmpIPredicate::sle}})
    if (limit) {
      Value inside = emitCompareDistance(b, loc, predicate, getQuery(), getKey(), limit);
      result = arith::SelectOp::create(b, loc, inside, result, hidden);
    }
  return result;
}

void VisibleOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) { operands.push_back(&getScoreMutable()); }

std::optional<Limits> VisibleOp::getLimits() { return Limits{getScore(), getMin(), getMax()}; }

void VisibleOp::getBreakpoints(SmallVectorImpl<Breakpoint> &breakpoints) {
  if (getMin())
    breakpoints.push_back({getMin(), 0, Breakpoint::begin});
  if (getMax())
    breakpoints.push_back({getMax(), 1, Breakpoint::end});
}

bool VisibleOp::hides(ArrayRef<Relation> relations) {
  return (getMin() && relations.front() == Relation::before) || (getMax() && relations.back() == Relation::past);
}

Value VisibleOp::specialize(OpBuilder &b, ArrayRef<Relation> relations) {
  Value min = getMin(), max = getMax();
  if (min && relations.front() == Relation::past)
    min = {};
  if (max && relations.back() == Relation::before)
    max = {};
  if (min == getMin() && max == getMax())
    return {};
  if (!min && !max)
    return getScore();
  return VisibleOp::create(b, getLoc(), getType(), getScore(), getQuery(), getKey(), min, max);
}
