// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.diagonal: score + f(head, distance).
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

using namespace mlir;
using namespace camber::tile;

LogicalResult DiagonalOp::verifyRegions() {
  auto isI32 = [](Type type) { return type.isInteger(32); };
  if (getFunction().getNumArguments() != 2 || !llvm::all_of(getFunction().getArgumentTypes(), isI32) ||
      !yieldsScore(getFunction().front())) // C1
    return emitOpError("region takes head and distance (i32) and yields one f32");
  return success();
}

Value DiagonalOp::lower(OpBuilder &b) {
  Block &function = getFunction().front();
  getFunctionHead().replaceAllUsesWith(getHead());
  getFunctionDistance().replaceAllUsesWith(emitDistance(b, getLoc(), getQuery(), getKey()));
  Operation *yield = function.getTerminator();
  Value value = yield->getOperand(0);
  yield->erase();
  (*this)->getBlock()->getOperations().splice((*this)->getIterator(), function.getOperations());
  return arith::AddFOp::create(b, getLoc(), getScore(), value);
}

void DiagonalOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) {
  operands.append({&getScoreMutable(), &getFunction().front().getTerminator()->getOpOperand(0)});
}

Value DiagonalOp::getAugend() { return getScore(); }

bool DiagonalOp::isTabulated() { return true; }

Value DiagonalOp::emitAddend(OpBuilder &b, Value distance, IRMapping &mapping) {
  if (failed(cloneSlice(b, getHead(), mapping)))
    return {};
  Block &function = getFunction().front();
  mapping.map(getFunctionHead(), mapping.lookup(getHead()));
  mapping.map(getFunctionDistance(), distance);
  for (Operation &op : function.without_terminator()) {
    for (Value operand : op.getOperands())
      if (failed(cloneSlice(b, operand, mapping)))
        return {};
    b.clone(op, mapping);
  }
  Value result = function.getTerminator()->getOperand(0);
  return succeeded(cloneSlice(b, result, mapping)) ? mapping.lookup(result) : Value();
}
