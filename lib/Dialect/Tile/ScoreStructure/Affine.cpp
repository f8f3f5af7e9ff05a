// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.affine: score + slope · (distance - origin).
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace camber::tile;

Value AffineOp::lower(OpBuilder &b) {
  // One rounding, in the FMA, and one of the distance from an origin.
  Value distance = emitRealDistance(b, getLoc(), getQuery(), getKey());
  if (getOrigin())
    distance = arith::SubFOp::create(b, getLoc(), distance, getOrigin());
  return math::FmaOp::create(b, getLoc(), getSlope(), distance, getScore());
}

void AffineOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) {
  operands.append({&getScoreMutable(), &getSlopeMutable()});
}

bool AffineOp::isFinite(function_ref<bool(Value)> isFiniteValue) { return isFiniteValue(getScore()); }

std::optional<Line> AffineOp::getLine() { return Line{getScore(), &getSlopeMutable(), getOrigin()}; }
