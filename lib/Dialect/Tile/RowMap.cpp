// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a block as IR.
#include "camber/Dialect/Tile/RowMap.h"

using namespace mlir;
using namespace camber;
using namespace camber::tile;

Value RowMap::emitNumBlocks(Num &n, Value qLen) const {
  if (!isOneHead())
    return n.ceilDiv(n.mul(qLen, getGroup()), geometry.getRows());
  return n.mul(n.ceilDiv(qLen, geometry.getRows()), getGroup());
}

RowMap::Block RowMap::emitBlock(Num &n, Value kvHead, Value block, Value qLen) const {
  Value head = n.mul(kvHead, getGroup()), end = qLen;
  if (isOneHead()) {
    head = n.add(head, n.rem(block, getGroup()));
    block = n.div(block, getGroup());
  } else {
    end = n.mul(qLen, getGroup());
  }
  Value firstRow = n.mul(block, geometry.getRows());
  if (firstRow.getType() != end.getType())
    firstRow = n.toIndex(firstRow);
  return {head, firstRow, end, n.min(n.index(geometry.getRows()), n.sub(end, firstRow))};
}

RowMap::RowCoord RowMap::emitRow(Num &n, Value row, Value head, Value qLen) const {
  if (isOneHead())
    return {head, row};
  return {n.add(head, n.div(row, qLen)), n.rem(row, qLen)};
}

std::pair<Value, Value> RowMap::emitQueryRange(Num &n, const Block &block, Value qLen) const {
  if (!isOneHead())
    return {n.index(0), n.add(qLen, -1)};
  return {block.firstRow, n.add(n.add(block.firstRow, block.count), -1)};
}
