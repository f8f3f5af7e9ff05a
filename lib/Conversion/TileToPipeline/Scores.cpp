// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores: tile.score stays, but reads what it would evaluate for every pair of a diagonal from a table, and hides keys
// that are not there.
#include "Patterns.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Support/Num.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// The tables of a score in a loop over keys, and what they are filled from.
struct ScoreTables {
  tile::ScoreOp score;
  SmallVector<tile::ScoreStructureOpInterface> structures;
  SmallVector<Value> tables; ///< one for each structure
  Value lastRow;             ///< position of the last row of the block, index

  /// The position of the tile's first key less that of the last row, i32.
  Value leastDistance(Num &n) { return n.toI32(n.sub(n.add(score.getFirstKey(), score.getKeyBase()), lastRow)); }
  LogicalResult fill(OpBuilder &b, Value head);
  void read();
};
} // namespace

LogicalResult ScoreTables::fill(OpBuilder &b, Value head) {
  Num n(b, score.getLoc());
  for (auto [structure, table] : llvm::zip_equal(structures, tables)) {
    auto op = TabulateOp::create(b, n.loc, table, leastDistance(n), score.getBatch(), head, score.getParams());
    if (failed(tile::outlineAddend(structure, score, op.getBody())))
      return failure();
  }
  return success();
}

/// Replaces what is tabulated of the body by entries of the tables, for which the body gets two more params each.
void ScoreTables::read() {
  OpBuilder b(score);
  Num n(b, score.getLoc());
  Value least = leastDistance(n);
  Block *body = score.getScoreBody();
  constexpr unsigned first = tile::ScoreOp::kNumPairArguments; // before segments, which come last
  for (auto [structure, table] : llvm::zip_equal(structures, tables)) {
    unsigned operand = score->getNumOperands() - score.getParams().size();
    score->insertOperands(operand, {table, least});
    Value entries = body->insertArgument(first, table.getType(), structure.getLoc());
    Value from = body->insertArgument(first + 1, least.getType(), structure.getLoc());
    OpBuilder inBody(structure);
    tile::replaceAddend(structure, EntryOp::create(inBody, structure.getLoc(), b.getF32Type(), entries, from,
                                                   structure.getQuery(), structure.getKey()));
  }
}

/// Tables are filled behind the first load of a tile, for which all threads wait: so they have read those of the tile
/// before. One loop after the other takes the same `tables`.
static LogicalResult tabulate(tile::ForKeysOp loop, tile::ScoreOp score, SmallVectorImpl<Value> &tables) {
  auto geometry = loop->getParentOfType<tile::KernelOp>().getGeometry();
  auto loads = loop.getLoopBody()->getOps<tile::LoadKeysOp>();
  ScoreTables use{score, tile::findTabulated(score.getBody()), {}, {}};
  if (use.structures.empty() || loads.empty() || score->getBlock() != loop.getLoopBody())
    return success();
  OpBuilder b(loop.getContext());
  Location loc = score.getLoc();
  if (tables.empty())
    remark::passed(loc, remark::RemarkOpts::name("tabulated").category("camber"))
        << "a function of the distance is evaluated once per distance of a tile, not once per pair";
  auto type = MemRefType::get({geometry.getRows() + geometry.getKeys()}, b.getF32Type(), MemRefLayoutAttrInterface(),
                              b.getI64IntegerAttr(kSharedMemory));
  b.setInsertionPoint(*loop->getBlock()->getOps<tile::ForKeysOp>().begin());
  while (tables.size() < use.structures.size())
    tables.push_back(TableOp::create(b, loc, type));
  b.setInsertionPoint(loop);
  use.tables.assign(tables.begin(), tables.begin() + use.structures.size());
  Type index = b.getIndexType();
  use.lastRow = tile::RowBoundsOp::create(b, loc, index, index, score.getRows(), score.getQueryBase()).getMax();
  Value head = tile::BlockHeadOp::create(b, loc, b.getI32Type(), score.getRows());
  b.setInsertionPointAfter(*loads.begin());
  if (failed(use.fill(b, head)))
    return failure();
  use.read();
  return success();
}

LogicalResult camber::pipeline::prepareScores(tile::KernelOp kernel) {
  SmallVector<Value> tables;
  WalkResult done = kernel.walk([&](tile::ScoreOp score) {
    auto loop = dyn_cast<tile::ForKeysOp>(score->getParentOp());
    if (!loop)
      return WalkResult::advance();
    if (!loop.getFull()) {
      OpBuilder b(score->getContext());
      b.setInsertionPointAfter(score);
      Value result = score.getResult();
      auto tail = MaskTailOp::create(b, score.getLoc(), result.getType(), result, loop.getCount());
      result.replaceAllUsesExcept(tail.getResult(), tail);
    }
    // Rows of several heads have no table in common.
    if (!kernel.getGeometry().getPacked() && loop->getParentOp() == kernel)
      return WalkResult(tabulate(loop, score, tables));
    return WalkResult::advance();
  });
  return failure(done.wasInterrupted());
}
