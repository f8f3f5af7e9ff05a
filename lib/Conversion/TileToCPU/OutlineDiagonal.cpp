// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of the diagonal leave the score body for a table that is filled before it.
#include "OutlineDiagonal.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

LogicalResult camber::cpu::outlineDiagonal(tile::DiagonalOp diagonal, tile::ScoreOp score, TabulateOp tabulate) {
  OpBuilder b(diagonal.getContext());
  Location loc = diagonal.getLoc();
  Block *body = b.createBlock(&tabulate.getBody());
  body->addArguments({b.getI32Type(), b.getI32Type(), b.getI32Type()}, {loc, loc, loc});
  IRMapping mapping;
  Block *outer = score.getScoreBody();
  mapping.map(outer->getArgument(1), body->getArgument(0));
  mapping.map(outer->getArgument(2), body->getArgument(1));
  for (BlockArgument param : outer->getArguments().drop_front(tile::ScoreOp::kNumPairArguments))
    mapping.map(param, body->addArgument(param.getType(), loc));
  Block &function = diagonal.getFunction().front();
  auto refuse = [&] { return diagonal.emitOpError("uses more than batch, head, distance and parameters"); };
  if (failed(tile::cloneSlice(b, diagonal.getHead(), mapping)))
    return refuse();
  mapping.map(function.getArgument(0), mapping.lookup(diagonal.getHead()));
  mapping.map(function.getArgument(1), body->getArgument(2));
  for (Operation &op : function) {
    for (Value operand : op.getOperands())
      if (failed(tile::cloneSlice(b, operand, mapping)))
        return refuse();
    b.clone(op, mapping);
  }
  return success();
}

void camber::cpu::readTable(tile::DiagonalOp diagonal, Block &body) {
  OpBuilder b(diagonal);
  Value entry = body.addArgument(b.getF32Type(), diagonal.getLoc());
  diagonal.replaceAllUsesWith(arith::AddFOp::create(b, diagonal.getLoc(), diagonal.getScore(), entry).getResult());
  diagonal.erase();
}
