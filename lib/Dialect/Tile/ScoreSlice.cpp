// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of a score body computed outside of it.
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

camber::attn::PairContext camber::tile::pairOf(ScoreOp score) {
  attn::PairContext pair = attn::PairContext::of(score.getScoreArguments());
  if (score.getSegments()) {
    auto segments = score.getScoreArguments().getParams().take_back(2);
    pair.querySegment = segments[0];
    pair.keySegment = segments[1];
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

LogicalResult camber::tile::outlineAddend(ScoreStructureOpInterface structure, ScoreOp score, Region &region) {
  OpBuilder b(structure.getContext());
  Location loc = structure.getLoc();
  SmallVector<Type> types = DistanceArguments::getTypes(b.getContext());
  attn::ScoreArguments pair = score.getScoreArguments();
  for (BlockArgument param : pair.getParams())
    types.push_back(param.getType());
  DistanceArguments body(*b.createBlock(&region, {}, types, SmallVector<Location>(types.size(), loc)));
  IRMapping mapping;
  mapping.map(pair.getBatch(), body.getBatch());
  mapping.map(pair.getHead(), body.getHead());
  mapping.map(pair.getParams(), body.getParams());
  Value addend = structure.emitAddend(b, body.getDistance(), mapping);
  if (!addend)
    return structure.emitOpError("uses more than batch, head, distance and parameters");
  YieldOp::create(b, loc, addend);
  return success();
}

SmallVector<camber::tile::ScoreStructureOpInterface> camber::tile::findTabulated(Region &body) {
  SmallVector<ScoreStructureOpInterface> tabulated;
  body.walk([&](ScoreStructureOpInterface structure) {
    if (structure.isTabulated())
      tabulated.push_back(structure);
  });
  return tabulated;
}

void camber::tile::replaceAddend(ScoreStructureOpInterface structure, Value entry) {
  OpBuilder b(structure);
  Value sum = arith::AddFOp::create(b, structure.getLoc(), structure.getAugend(), entry);
  structure->getResult(0).replaceAllUsesWith(sum);
  structure.erase();
}
