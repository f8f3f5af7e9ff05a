// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of a score body computed outside of it.
#include "camber/Dialect/Tile/ScoreSlice.h"

using namespace mlir;

LogicalResult camber::tile::cloneSlice(OpBuilder &b, Value value, IRMapping &mapping) {
  if (mapping.contains(value))
    return success();
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions()) // an argument that is not mapped, or a structure that reads the pair's positions
    return failure();
  for (Value operand : op->getOperands())
    if (failed(cloneSlice(b, operand, mapping)))
      return failure();
  b.clone(*op, mapping);
  return success();
}
