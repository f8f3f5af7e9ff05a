// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What score bodies of the tile and of the schedule level are made of, and the ops that only they hold.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace camber;
using namespace camber::tile;

bool camber::tile::yieldsScore(Block &block) {
  return !block.empty() && isa<YieldOp>(block.back()) && block.back().getNumOperands() == 1 &&
         block.back().getOperand(0).getType().isF32();
}

Operation *camber::tile::findScoreModifier(Region &region) {
  Operation *found = nullptr;
  region.walk([&](attn::ScoreModifierOpInterface modifier) {
    found = modifier;
    return WalkResult::interrupt();
  });
  return found;
}

LogicalResult camber::tile::verifyScoreOps(Block &body, bool base2) {
  for (Operation &op : body.without_terminator()) {
    if (base2 && isa<attn::ScoreModifierOpInterface>(op))
      return op.emitOpError("is a score modifier, which is in natural units, and the scores here are in base 2");
    bool structure = op.hasTrait<InScoreBody>();
    bool arithmetic = op.getDialect() && isa<arith::ArithDialect, math::MathDialect>(op.getDialect()) &&
                      op.getNumRegions() == 0 && isMemoryEffectFree(&op);
    if (!structure && !arithmetic && !isa<attn::ScoreModifierOpInterface, attn::LookupOp>(op))
      return op.emitOpError(
          "is not allowed in a score body: use score modifiers, attn.lookup, arith, math, tile.piecewise, "
          "tile.affine, tile.diagonal, tile.visible or other ops that are marked as structure (InScoreBody)");
    if (arithmetic && failed(attn::verifyScalars(&op)))
      return failure();
    for (Region &region : op.getRegions())
      for (Block &block : region)
        if (failed(verifyScoreOps(block, base2)))
          return failure();
  }
  return success();
}

LogicalResult camber::tile::verifyScoreParams(Operation *op, ValueRange params) {
  for (auto [number, param] : llvm::enumerate(params)) {
    auto table = dyn_cast<MemRefType>(param.getType());
    Type element = table ? table.getElementType() : param.getType();
    if (!element.isF32() && !element.isInteger(32))
      return op->emitOpError() << "param " << number << " must be f32 or i32, or a ranked memref of these, got "
                               << param.getType();
  }
  return success();
}
