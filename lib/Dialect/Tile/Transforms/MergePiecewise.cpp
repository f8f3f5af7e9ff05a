// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-merge-piecewise: a sum with a function of the diagonal that is made of several becomes one with a single one.
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/Builders.h"

namespace camber::tile {
#define GEN_PASS_DEF_MERGEPIECEWISE
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber;
using namespace camber::tile;

/// Replaces an op that adds a function of the diagonal, made of several, by one that is tabulated.
static bool merge(ScoreStructureOpInterface structure) {
  auto score = structure->getParentOfType<ScoreOp>();
  Value augend = structure.getAugend();
  if (!score || !augend || structure.isTabulated())
    return false;
  OpBuilder b(structure);
  Location loc = structure.getLoc();
  attn::ScoreArguments pair = score.getScoreArguments();
  Value batch = pair.getBatch(), head = pair.getHead();
  auto merged = DiagonalOp::create(b, loc, augend.getType(), augend, head, structure.getQuery(), structure.getKey());
  Type i32 = b.getI32Type();
  b.createBlock(&merged.getFunction(), {}, {i32, i32}, {loc, loc});
  IRMapping mapping;
  mapping.map(batch, batch);
  mapping.map(head, merged.getFunctionHead());
  mapping.map(pair.getParams(), pair.getParams());
  Value addend = structure.emitAddend(b, merged.getFunctionDistance(), mapping);
  if (!addend) {
    merged.erase();
    return false;
  }
  YieldOp::create(b, loc, addend);
  structure->getResult(0).replaceAllUsesWith(merged.getResult());
  structure.erase();
  return true;
}

namespace {
struct MergePiecewise : camber::tile::impl::MergePiecewiseBase<MergePiecewise> {
  void runOnOperation() override {
    SmallVector<ScoreStructureOpInterface> all;
    getOperation()->walk([&](ScoreStructureOpInterface structure) { all.push_back(structure); });
    for (ScoreStructureOpInterface structure : all)
      numMerged += merge(structure);
  }
};
} // namespace
