// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-split-key-ranges: one loop per interval of distances, full tiles without masks (picture in dialects/Tile/Passes.td).
#include "camber/Dialect/Attn/ScoreForm.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace camber::tile {
#define GEN_PASS_DEF_SPLITKEYRANGES
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber::tile;
using camber::attn::getConstant;

namespace {
/// What the score body says of distances: constant breakpoints, and the visible interval as far as it is constant.
struct Distances {
  SmallVector<int64_t> breaks; ///< ascending, without repeats
  int64_t visibleMin = INT64_MIN, visibleMax = INT64_MAX;
  bool dynamicLimits = false;

  bool isHidden(int64_t first, int64_t last) const { return last < visibleMin || first > visibleMax; }
  bool isVisible(int64_t first, int64_t last) const {
    return !dynamicLimits && first >= visibleMin && last <= visibleMax;
  }
};

struct SplitKeyRanges : camber::tile::impl::SplitKeyRangesBase<SplitKeyRanges> {
  void runOnOperation() override {
    SmallVector<ForKeysOp> loops;
    getOperation()->walk([&](ForKeysOp loop) {
      if (!loop.getFull() && !loop->hasAttr("split"))
        loops.push_back(loop);
    });
    for (ForKeysOp loop : loops)
      split(loop);
  }
  void split(ForKeysOp loop);
};
} // namespace

static Distances findDistances(ScoreOp score) {
  Distances result;
  score.getBody().walk([&](Operation *op) {
    if (auto pieces = dyn_cast<PiecesOp>(op)) {
      for (Value value : pieces.getBreaks())
        if (std::optional<int64_t> constant = getConstant(value))
          result.breaks.push_back(*constant);
    } else if (auto visible = dyn_cast<VisibleOp>(op)) {
      for (Value limit : {visible.getMin(), visible.getMax()})
        if (limit && !getConstant(limit))
          result.dynamicLimits = true;
      if (std::optional<int64_t> min = getConstant(visible.getMin())) {
        result.visibleMin = std::max(result.visibleMin, *min);
        result.breaks.push_back(*min);
      }
      if (std::optional<int64_t> max = getConstant(visible.getMax())) {
        result.visibleMax = std::min(result.visibleMax, *max);
        result.breaks.push_back(*max + 1);
      }
    }
  });
  llvm::sort(result.breaks);
  result.breaks.erase(llvm::unique(result.breaks), result.breaks.end());
  return result;
}

/// Reduces the score body to what holds for distances in [first, last], all of them visible or all hidden by `visible`.
static void specialize(ScoreOp score, const Distances &distances, int64_t first, int64_t last) {
  score.getBody().walk([&](PiecesOp pieces) {
    // The piece is known where every break is constant and none lies inside of (first, last].
    size_t piece = 0;
    for (Value value : pieces.getBreaks()) {
      std::optional<int64_t> constant = getConstant(value);
      if (!constant || (*constant > first && *constant <= last))
        return;
      piece += *constant <= first;
    }
    Block &block = pieces.getPieces()[piece].front();
    OpBuilder b(pieces);
    if (!block.getArgument(0).use_empty())
      block.getArgument(0).replaceAllUsesWith(
          arith::SubIOp::create(b, pieces.getLoc(), pieces.getKey(), pieces.getQuery()));
    auto yield = cast<YieldOp>(block.getTerminator());
    Value result = yield.getOperand(0);
    yield.erase();
    pieces->getBlock()->getOperations().splice(pieces->getIterator(), block.getOperations());
    pieces.replaceAllUsesWith(result);
    pieces.erase();
  });
  if (distances.isVisible(first, last))
    score.getBody().walk([](VisibleOp visible) {
      visible.replaceAllUsesWith(visible.getScore());
      visible.erase();
    });
}

void SplitKeyRanges::split(ForKeysOp loop) {
  auto scores = loop.getLoopBody()->getOps<ScoreOp>();
  if (scores.empty())
    return;
  ScoreOp score = *scores.begin();
  Distances distances = findDistances(score);
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  auto constant = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, loc, v); };
  auto add = [&](Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); };
  auto sub = [&](Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); };
  auto max = [&](Value x, Value y) { return b.createOrFold<arith::MaxSIOp>(loc, x, y); };
  auto min = [&](Value x, Value y) { return b.createOrFold<arith::MinSIOp>(loc, x, y); };

  int64_t step = loop.getStep();
  Value lo = loop.getLo(), hi = loop.getHi(), stepValue = constant(step), zero = constant(0);
  auto bounds = RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), score.getRows(), score.getQueryBase());
  int64_t rows = cast<RowsType>(score.getRows().getType()).getCount();
  // Whole tiles from `lo` on; the partial one at the end belongs to the last loop.
  Value fullTiles = b.createOrFold<arith::DivSIOp>(loc, max(sub(hi, lo), zero), stepValue);
  Value fullEnd = add(lo, b.createOrFold<arith::MulIOp>(loc, fullTiles, stepValue));
  // The first tile, counted from `lo`, whose first key is at or past `key`; clamped to the whole tiles.
  auto tileFrom = [&](Value key) {
    Value tiles = b.createOrFold<arith::CeilDivSIOp>(loc, max(sub(key, lo), zero), stepValue);
    return min(fullEnd, add(lo, b.createOrFold<arith::MulIOp>(loc, tiles, stepValue)));
  };
  Value rowMin = sub(bounds.getMin(), score.getKeyBase()), rowMax = sub(bounds.getMax(), score.getKeyBase());
  // Any pair of the tile at or past the break; all pairs.
  auto anyFrom = [&](int64_t distance) { return tileFrom(add(rowMin, constant(distance - step + 1))); };
  auto allFrom = [&](int64_t distance) { return tileFrom(add(rowMax, constant(distance))); };

  Value position = lo;
  ValueRange state = loop.getInits();
  unsigned pureLoops = 0, hiddenRanges = 0;
  auto emitLoop = [&](Value from, Value to, bool full) {
    IRMapping mapping;
    auto clone = cast<ForKeysOp>(b.clone(*loop, mapping));
    clone.getLoMutable().assign(from);
    clone.getHiMutable().assign(to);
    clone.getInitsMutable().assign(state);
    clone.setFull(full);
    clone->setAttr("split", b.getUnitAttr());
    state = clone.getResults();
    return clone;
  };
  Value mixedFrom = lo;
  for (size_t k = 0; k <= distances.breaks.size(); ++k) {
    // Interval k of distances, and the tiles that lie in it whole.
    int64_t first = k == 0 ? INT64_MIN : distances.breaks[k - 1];
    int64_t last = k == distances.breaks.size() ? INT64_MAX : distances.breaks[k] - 1;
    bool bounded = first != INT64_MIN && last != INT64_MAX;
    if (bounded && last - first + 1 < rows + step - 1)
      continue; // no tile of a whole block fits; its tiles are mixed
    Value from = first == INT64_MIN ? position : max(position, allFrom(first));
    Value to = last == INT64_MAX ? fullEnd : max(from, anyFrom(last + 1));
    if (distances.isHidden(first, last)) {
      // Hidden at the far end: nothing left to do. Hidden at the near end: start after it.
      ++hiddenRanges;
      if (last == INT64_MAX)
        continue;
      if (mixedFrom == lo && position == lo) {
        position = mixedFrom = to;
        continue;
      }
      continue;
    }
    if (from != position || mixedFrom != position)
      emitLoop(mixedFrom, from, /*full=*/false);
    ForKeysOp pure = emitLoop(from, to, /*full=*/true);
    specialize(*pure.getLoopBody()->getOps<ScoreOp>().begin(), distances, first, last);
    position = mixedFrom = to;
    ++pureLoops;
    ++numLoops;
  }
  ForKeysOp rest = emitLoop(mixedFrom, hi, /*full=*/false);
  remark::passed(loc, remark::RemarkOpts::name("key-ranges").category("camber"))
      << "split into " << std::to_string(pureLoops) << " ranges of full tiles and the boundary between them, "
      << std::to_string(hiddenRanges) << " hidden";
  loop.replaceAllUsesWith(rest.getResults());
  loop.erase();
}
