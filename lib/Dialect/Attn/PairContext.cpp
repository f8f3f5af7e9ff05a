// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pair of a query and a key, and what values of the body depend on.
#include "camber/Dialect/Attn/PairContext.h"

using namespace mlir;
using namespace camber::attn;

ScoreDependence PairContext::getDependence() const {
  Block &body = *cast<BlockArgument>(head).getOwner();
  llvm::DenseMap<Value, Dependence> known = {{ScoreArguments(body).getScore(), Dependence::pair},
                                              {head, Dependence::head}};
  for (Value row : {queryPosition, queryIndex, querySegment})
    if (row)
      known[row] = Dependence::row;
  for (Value column : {keyPosition, keyIndex, keySegment})
    if (column)
      known[column] = Dependence::column;
  ScoreDependence dependence(body, std::move(known));
  dependence.setPositions(queryPosition, keyPosition);
  return dependence;
}

bool PairContext::areUniform(ValueRange values) const { return getDependence().areWithin(values, Dependence::head); }
