// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tile-fuse-scores composed, as arithmetic on one pair.
#include "BodyEmitter.h"
#include "camber/Dialect/Tile/TileDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

static Value emitDistance(OpBuilder &b, Location loc, Value query, Value key) {
  return arith::SubIOp::create(b, loc, key, query);
}

static void lowerAffine(tile::AffineOp affine) {
  // Both positions are below 2^24, so their conversions and difference are exact: one rounding, in the FMA, and one of
  // the distance from an origin.
  OpBuilder b(affine);
  Location loc = affine.getLoc();
  Value key = arith::SIToFPOp::create(b, loc, b.getF32Type(), affine.getKey());
  Value query = arith::SIToFPOp::create(b, loc, b.getF32Type(), affine.getQuery());
  Value distance = arith::SubFOp::create(b, loc, key, query);
  if (affine.getOrigin())
    distance = arith::SubFOp::create(b, loc, distance, affine.getOrigin());
  affine.replaceAllUsesWith(math::FmaOp::create(b, loc, affine.getSlope(), distance, affine.getScore()).getResult());
  affine.erase();
}

static void lowerPieces(tile::PiecesOp pieces) {
  OpBuilder b(pieces);
  Location loc = pieces.getLoc();
  Value distance = emitDistance(b, loc, pieces.getQuery(), pieces.getKey()), result;
  for (auto [k, region] : llvm::enumerate(pieces.getPieces())) {
    Block &block = region.front();
    block.getArgument(0).replaceAllUsesWith(distance);
    Operation *yield = block.getTerminator();
    Value value = yield->getOperand(0);
    yield->erase();
    pieces->getBlock()->getOperations().splice(pieces->getIterator(), block.getOperations());
    if (k == 0) {
      result = value;
      continue;
    }
    Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, distance, pieces.getBreaks()[k - 1]);
    result = arith::SelectOp::create(b, loc, reached, value, result);
  }
  pieces.replaceAllUsesWith(result);
  pieces.erase();
}

static void lowerVisible(tile::VisibleOp visible) {
  OpBuilder b(visible);
  Location loc = visible.getLoc();
  Value distance = emitDistance(b, loc, visible.getQuery(), visible.getKey()), result = visible.getScore();
  Value hidden = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  for (auto [limit, predicate] :
       {std::pair{visible.getMin(), arith::CmpIPredicate::sge}, std::pair{visible.getMax(), arith::CmpIPredicate::sle}})
    if (limit) {
      Value inside = arith::CmpIOp::create(b, loc, predicate, distance, limit);
      result = arith::SelectOp::create(b, loc, inside, result, hidden);
    }
  visible.replaceAllUsesWith(result);
  visible.erase();
}

void camber::cpu::lowerScoreStructure(Block &body) {
  // Outer ops first: pieces splice their regions into the block, whose ops are then lowered in turn.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &operation : llvm::make_early_inc_range(body)) {
      if (auto pieces = dyn_cast<tile::PiecesOp>(operation))
        lowerPieces(pieces), changed = true;
      else if (auto affine = dyn_cast<tile::AffineOp>(operation))
        lowerAffine(affine), changed = true;
      else if (auto visible = dyn_cast<tile::VisibleOp>(operation))
        lowerVisible(visible), changed = true;
      if (changed)
        break;
    }
  }
}
