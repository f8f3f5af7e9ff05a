// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of a score body computed outside of it.
#include "camber/Dialect/Tile/ScoreSlice.h"

using namespace mlir;

camber::attn::PairContext camber::tile::pairOf(ScoreOp score) {
  auto arguments = score.getScoreBody()->getArguments();
  attn::PairContext pair{arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6], {}, {}};
  if (score.getSegments()) {
    pair.querySegment = arguments.end()[-2];
    pair.keySegment = arguments.back();
  }
  return pair;
}

LogicalResult camber::tile::cloneSlice(OpBuilder &b, Value value, IRMapping &mapping) {
  // Each is cloned after what it is computed from. A stack, not recursion: a chain is as long as its author makes it.
  SmallVector<Value> wanted = {value};
  while (!wanted.empty()) {
    if (mapping.contains(wanted.back())) {
      wanted.pop_back();
      continue;
    }
    Operation *op = wanted.back().getDefiningOp();
    if (!op || op->getNumRegions()) // an argument that is not mapped, or a structure that reads the pair's positions
      return failure();
    size_t known = wanted.size();
    for (Value operand : llvm::reverse(op->getOperands()))
      if (!mapping.contains(operand))
        wanted.push_back(operand);
    if (wanted.size() == known)
      b.clone(*op, mapping);
  }
  return success();
}

LogicalResult camber::tile::outlineDiagonal(DiagonalOp diagonal, ScoreOp score, Region &region) {
  OpBuilder b(diagonal.getContext());
  Location loc = diagonal.getLoc();
  Block *body = b.createBlock(&region);
  body->addArguments({b.getI32Type(), b.getI32Type(), b.getI32Type()}, {loc, loc, loc});
  IRMapping mapping;
  Block *outer = score.getScoreBody();
  mapping.map(outer->getArgument(1), body->getArgument(0));
  mapping.map(outer->getArgument(2), body->getArgument(1));
  for (BlockArgument param : outer->getArguments().drop_front(ScoreOp::kNumPairArguments))
    mapping.map(param, body->addArgument(param.getType(), loc));
  Block &function = diagonal.getFunction().front();
  auto refuse = [&] { return diagonal.emitOpError("uses more than batch, head, distance and parameters"); };
  if (failed(cloneSlice(b, diagonal.getHead(), mapping)))
    return refuse();
  mapping.map(function.getArgument(0), mapping.lookup(diagonal.getHead()));
  mapping.map(function.getArgument(1), body->getArgument(2));
  for (Operation &op : function) {
    for (Value operand : op.getOperands())
      if (failed(cloneSlice(b, operand, mapping)))
        return refuse();
    b.clone(op, mapping);
  }
  return success();
}
