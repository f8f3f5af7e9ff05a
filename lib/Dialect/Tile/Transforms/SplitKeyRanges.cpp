// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-split-key-ranges: one loop per interval of distances, full tiles without masks (picture in
// dialects/Tile/Passes.td).
#include "camber/Dialect/Attn/ScoreForm.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace camber::tile {
#define GEN_PASS_DEF_SPLITKEYRANGES
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber::tile;
using camber::attn::getConstant;

namespace {
/// A distance at which the score body changes.
struct Breakpoint {
  std::optional<int64_t> constant;
  Value inBody; ///< i32, where it is not constant
  int64_t plus = 0;
  Value value = {}; ///< constant or inBody + plus, as an index outside of the loop
};

/// The breakpoints of a score body in the order they are expected in, and which of them each op refers to. Interval k
/// lies between breakpoints k-1 and k. At run time breakpoints may turn out in another order: the split only takes a
/// tile for one of interval k if it lies past all of breakpoints 0 … k-1 and before all of breakpoints k …, so such a
/// tile is none of a pure range.
struct Distances {
  static constexpr int kNone = -1, kUnknown = -2;
  SmallVector<Breakpoint> breakpoints;
  SmallVector<SmallVector<int>> pieces;     ///< for each pieces op in walk order, the break each of its breakpoints is
  SmallVector<std::pair<int, int>> visible; ///< for each of limitsOf, the breakpoints of its minimum and maximum

  bool hasUnknown() const {
    return llvm::any_of(pieces, [](ArrayRef<int> breakpoints) { return llvm::is_contained(breakpoints, kUnknown); }) ||
           llvm::any_of(visible, [](auto v) { return v.first == kUnknown || v.second == kUnknown; });
  }
  bool isHidden(int k) const {
    return llvm::any_of(visible, [k](auto v) { return v.first >= k || (v.second >= 0 && v.second < k); });
  }
  bool isVisible(int k) const {
    return !isHidden(k) && llvm::none_of(visible, [](auto v) { return v.first == kUnknown || v.second == kUnknown; });
  }
};

struct SplitKeyRanges : camber::tile::impl::SplitKeyRangesBase<SplitKeyRanges> {
  void runOnOperation() override {
    SmallVector<ForKeysOp> loops;
    getOperation()->walk([&](ForKeysOp loop) {
      if (!loop.getFull() && !loop.getSplit())
        loops.push_back(loop);
    });
    // Which distances a mask or a bias has its breakpoints at, tile-fuse-scores writes down.
    for (ForKeysOp loop : loops)
      for (auto score : loop.getLoopBody()->getOps<ScoreOp>()) {
        Operation *modifier = findScoreModifier(score.getBody());
        if (!modifier && score.getMasks().empty())
          continue;
        if (modifier)
          modifier->emitOpError("was not fused; run tile-fuse-scores before tile-split-key-ranges");
        else
          score.emitOpError() << "masks " << score.getMasks()
                              << " were not fused; run tile-fuse-scores before tile-split-key-ranges";
        return signalPassFailure();
      }
    for (ForKeysOp loop : loops)
      split(loop);
  }
  void split(ForKeysOp loop);
};
} // namespace

/// The limits that end the score body, the last one first. One that is followed by anything else, or that the score
/// does not depend on, hides no pair for good.
static SmallVector<VisibleOp> limitsOf(ScoreOp score) {
  SmallVector<VisibleOp> limits;
  Value result = score.getScoreBody()->getTerminator()->getOperand(0);
  while (auto visible = result.getDefiningOp<VisibleOp>()) {
    limits.push_back(visible);
    result = visible.getScore();
  }
  return limits;
}

/// Puts one region of a pieces op in its place.
static void inlinePiece(PiecewiseOp pieces, size_t piece) {
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
}

/// Reduces the score body to what holds on the loop's side of the rows: below, distances are at most -1, above, at
/// least
/// 1. False where a limit hides them all.
static bool keepSide(ScoreOp score, Side side) {
  if (side == Side::near)
    return true;
  bool below = side == Side::left;
  SmallVector<PiecewiseOp> all;
  score.getBody().walk([&](PiecewiseOp pieces) { all.push_back(pieces); });
  for (PiecewiseOp pieces : all) {
    // Below, a break of at least 0 is never reached; above, one of at most 1 always is.
    size_t first = 0, last = pieces.getBreakpoints().size();
    for (size_t k = 0; k < pieces.getBreakpoints().size(); ++k)
      if (std::optional<int64_t> constant = getConstant(pieces.getBreakpoints()[k])) {
        if (below && *constant >= 0)
          last = std::min(last, k);
        if (!below && *constant <= 1)
          first = std::max(first, k + 1);
      }
    if (first == 0 && last == pieces.getBreakpoints().size())
      continue;
    if (first == last) {
      inlinePiece(pieces, first);
      continue;
    }
    OpBuilder b(pieces);
    auto breakpoints = llvm::to_vector(pieces.getBreakpoints().slice(first, last - first));
    auto fewer = PiecewiseOp::create(b, pieces.getLoc(), pieces.getType(), pieces.getQuery(), pieces.getKey(),
                                     breakpoints, last - first + 1);
    for (size_t k = first; k <= last; ++k)
      fewer.getPieces()[k - first].takeBody(pieces.getPieces()[k]);
    pieces.replaceAllUsesWith(fewer.getResult());
    pieces.erase();
  }
  for (VisibleOp visible : limitsOf(score)) {
    std::optional<int64_t> min = getConstant(visible.getMin()), max = getConstant(visible.getMax());
    if (below ? min && *min >= 0 : max && *max <= 0)
      return false;
    if (below && max && *max >= -1)
      visible.getMaxMutable().clear();
    if (!below && min && *min <= 1)
      visible.getMinMutable().clear();
    if (visible.getMin() || visible.getMax())
      continue;
    visible.replaceAllUsesWith(visible.getScore());
    visible.erase();
  }
  return true;
}

/// Breakpoints outside of the loop: constants, and, where all rows of a block are of one head, what can be computed
/// from that head, the batch and parameters.
static Distances findDistances(ScoreOp score, bool oneHead, OpBuilder &b) {
  Location loc = score.getLoc();
  struct Use {
    Value value;
    int64_t plus;
    int rank; ///< of breakpoints that are not constant: 0 before the constants, 1 before the constant end of what is
              ///< visible, 2 last
    Breakpoint found = {};
    bool known = true;
  };
  SmallVector<Use> uses;
  SmallVector<unsigned> piecesUses;
  SmallVector<std::pair<bool, bool>> visibleUses;
  score.getBody().walk([&](Operation *op) {
    if (auto pieces = dyn_cast<PiecewiseOp>(op)) {
      piecesUses.push_back(pieces.getBreakpoints().size());
      for (Value value : pieces.getBreakpoints())
        uses.push_back({value, 0, 1});
    }
  });
  for (VisibleOp visible : limitsOf(score)) {
    visibleUses.push_back({bool(visible.getMin()), bool(visible.getMax())});
    if (visible.getMin())
      uses.push_back({visible.getMin(), 0, 0});
    if (visible.getMax())
      uses.push_back({visible.getMax(), 1, 2});
  }

  IRMapping outside;
  if (oneHead) {
    Block *body = score.getScoreBody();
    Value batch = arith::IndexCastOp::create(b, loc, b.getI32Type(), score.getBatch());
    outside.map(body->getArgument(1), batch);
    outside.map(body->getArgument(2), BlockHeadOp::create(b, loc, b.getI32Type(), score.getRows()).getResult());
    outside.map(body->getArguments().drop_front(ScoreOp::kNumPairArguments), score.getParams());
  }
  std::optional<int64_t> visibleEnd;
  SmallVector<int64_t> constants;
  for (Use &use : uses) {
    use.found.inBody = use.value;
    use.found.plus = use.plus;
    if (std::optional<int64_t> constant = getConstant(use.value)) {
      use.found.constant = *constant + use.plus;
      constants.push_back(*use.found.constant);
      if (use.rank == 2)
        visibleEnd = std::min(visibleEnd.value_or(INT64_MAX), *use.found.constant);
    } else if (!oneHead || failed(cloneSlice(b, use.value, outside))) {
      use.known = false;
    }
  }
  llvm::sort(constants);
  constants.erase(llvm::unique(constants), constants.end());

  Distances result;
  DenseMap<std::pair<Value, int64_t>, int> positions;
  auto appendDynamic = [&](int rank) {
    for (Use &use : uses) {
      if (!use.known || use.found.constant || use.rank != rank ||
          !positions.try_emplace({use.value, use.plus}, result.breakpoints.size()).second)
        continue;
      Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), outside.lookup(use.value));
      use.found.value = b.createOrFold<arith::AddIOp>(loc, index, arith::ConstantIndexOp::create(b, loc, use.plus));
      result.breakpoints.push_back(use.found);
    }
  };
  DenseMap<int64_t, int> constantPositions;
  appendDynamic(0);
  bool piecesDone = false;
  for (int64_t constant : constants) {
    if (visibleEnd == constant)
      appendDynamic(1), piecesDone = true;
    constantPositions[constant] = result.breakpoints.size();
    result.breakpoints.push_back({constant, {}, 0, arith::ConstantIndexOp::create(b, loc, constant)});
  }
  if (!piecesDone)
    appendDynamic(1);
  appendDynamic(2);

  auto position = [&](const Use &use) {
    if (!use.known)
      return int(Distances::kUnknown);
    return use.found.constant ? constantPositions.lookup(*use.found.constant) : positions.lookup({use.value, use.plus});
  };
  const Use *next = uses.begin();
  for (unsigned count : piecesUses) {
    SmallVector<int> &breakpoints = result.pieces.emplace_back();
    for (unsigned i = 0; i < count; ++i)
      breakpoints.push_back(position(*next++));
  }
  for (auto [min, max] : visibleUses) {
    int first = min ? position(*next++) : int(Distances::kNone);
    result.visible.push_back({first, max ? position(*next++) : int(Distances::kNone)});
  }
  return result;
}

/// Reduces the score body to what holds in interval k of distances.
static void specialize(ScoreOp score, const Distances &distances, int k) {
  SmallVector<PiecewiseOp> all;
  score.getBody().walk([&](PiecewiseOp pieces) { all.push_back(pieces); });
  for (auto [pieces, breakpoints] : llvm::zip_equal(all, distances.pieces)) {
    if (llvm::is_contained(breakpoints, int(Distances::kUnknown)))
      continue;
    inlinePiece(pieces, llvm::count_if(breakpoints, [k](int position) { return position < k; }));
  }
  if (distances.isVisible(k))
    for (VisibleOp visible : limitsOf(score)) {
      visible.replaceAllUsesWith(visible.getScore());
      visible.erase();
    }
}

/// What is left of the value in a division by the factor (0 … factor - 1), where that is certain. Bounds of loops over
/// keys are made of few operations: where the lengths are whole tiles, so is every range, and no tile is partial.
static std::optional<int64_t> remainderOf(Value value, int64_t factor) {
  auto modulo = [&](int64_t x) { return (x % factor + factor) % factor; };
  if (std::optional<int64_t> constant = getConstant(value))
    return modulo(*constant);
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  using Remainder = std::optional<int64_t>;
  auto common = [&](Value x, Value y) -> Remainder {
    Remainder of = remainderOf(x, factor);
    return of && of == remainderOf(y, factor) ? of : std::nullopt;
  };
  return llvm::TypeSwitch<Operation *, Remainder>(op)
      .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) -> Remainder {
        Remainder x = remainderOf(op->getOperand(0), factor), y = remainderOf(op->getOperand(1), factor);
        if (isa<arith::MulIOp>(op))
          return x == 0 || y == 0 ? 0 : x && y ? Remainder(modulo(*x * *y)) : std::nullopt;
        return x && y ? Remainder(modulo(isa<arith::AddIOp>(op) ? *x + *y : *x - *y)) : std::nullopt;
      })
      .Case<arith::MinSIOp, arith::MaxSIOp>([&](auto) { return common(op->getOperand(0), op->getOperand(1)); })
      .Case<arith::SelectOp>([&](auto select) { return common(select.getTrueValue(), select.getFalseValue()); })
      .Case<SkipRangeOp, SplitKVOp>([&](auto range) {
        return range.getStep() % factor == 0 ? common(range.getLo(), range.getHi()) : std::nullopt;
      })
      .Case<NearRangeOp>([&](NearRangeOp near) {
        if (near.getStep() % factor != 0)
          return Remainder();
        bool isFromLo = value == near.getNearLo() || value == near.getLeftHi();
        return isFromLo ? remainderOf(near.getLo(), factor) : common(near.getLo(), near.getHi());
      })
      .Case<RowBoundsOp>([&](RowBoundsOp bounds) -> Remainder {
        // Blocks are of `rows` queries but the last, which ends where the queries end.
        auto programs = bounds->getParentOfType<KernelOp>();
        Remainder base = remainderOf(bounds.getBase(), factor);
        if (!base || !programs || programs.getGeometry().getPacked() || programs.getGeometry().getRows() % factor != 0)
          return std::nullopt;
        if (value == bounds.getMin())
          return base;
        return remainderOf(programs.getQLen(), factor) == 0 ? Remainder(modulo(*base - 1)) : std::nullopt;
      })
      .Default(std::nullopt);
}

static bool isMultiple(Value value, int64_t factor) { return remainderOf(value, factor) == 0; }

void SplitKeyRanges::split(ForKeysOp loop) {
  auto scores = loop.getLoopBody()->getOps<ScoreOp>();
  if (scores.empty())
    return;
  ScoreOp score = *scores.begin();
  if (loop.getSide() && !keepSide(score, *loop.getSide())) {
    remark::passed(loop.getLoc(), remark::RemarkOpts::name("key-ranges").category("camber"))
        << ("no loop over keys " + stringifySide(*loop.getSide()) + " of the rows: all are hidden").str();
    loop.replaceAllUsesWith(loop.getInits());
    loop.erase();
    return;
  }
  auto programs = loop->getParentOfType<KernelOp>();
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  Distances distances = findDistances(score, programs && !programs.getGeometry().getPacked(), b);
  auto constant = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, loc, v); };
  auto add = [&](Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); };
  auto sub = [&](Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); };
  auto max = [&](Value x, Value y) { return b.createOrFold<arith::MaxSIOp>(loc, x, y); };
  auto min = [&](Value x, Value y) { return b.createOrFold<arith::MinSIOp>(loc, x, y); };

  int64_t step = loop.getStep();
  Value lo = loop.getLo(), hi = loop.getHi(), stepValue = constant(step), zero = constant(0);
  auto bounds = RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), score.getRows(), score.getQueryBase());
  int64_t rows = cast<RowsType>(score.getRows().getType()).getCount();
  bool wholeTiles = loop.isSide(Side::left) || (isMultiple(lo, step) && isMultiple(hi, step));
  // Whole tiles from `lo` on; the partial one at the end, if there can be one, belongs to the last loop.
  Value fullTiles = b.createOrFold<arith::DivSIOp>(loc, max(sub(hi, lo), zero), stepValue);
  Value fullEnd = wholeTiles ? hi : add(lo, b.createOrFold<arith::MulIOp>(loc, fullTiles, stepValue));
  // The first key at or past `key` that begins a tile counted from `lo`.
  auto tileFrom = [&](Value key) {
    Value tiles = b.createOrFold<arith::CeilDivSIOp>(loc, max(sub(key, lo), zero), stepValue);
    return add(lo, b.createOrFold<arith::MulIOp>(loc, tiles, stepValue));
  };
  Value rowMin = sub(bounds.getMin(), score.getKeyBase()), rowMax = sub(bounds.getMax(), score.getKeyBase());
  // The first tile with any pair at or past the distance; with all pairs.
  auto anyFrom = [&](Value distance) { return tileFrom(add(rowMin, add(distance, constant(1 - step)))); };
  auto allFrom = [&](Value distance) { return tileFrom(add(rowMax, distance)); };
  // The last of the breakpoints before interval k, the first of those after it.
  int numBreaks = distances.breakpoints.size();
  SmallVector<Value> lower(numBreaks + 1), upper(numBreaks + 1);
  for (int k = 0; k < numBreaks; ++k)
    lower[k + 1] = k ? max(lower[k], distances.breakpoints[k].value) : distances.breakpoints[k].value;
  for (int k = numBreaks; k-- > 0;)
    upper[k] = k + 1 < numBreaks ? min(distances.breakpoints[k].value, upper[k + 1]) : distances.breakpoints[k].value;

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
    clone.setSplit(true);
    state = clone.getResults();
    return clone;
  };
  Value mixedFrom = lo;
  for (int k = 0; k <= numBreaks; ++k) {
    std::optional<int64_t> first = getConstant(lower[k]), end = getConstant(upper[k]);
    if (first && end && *end - *first < rows + step - 1)
      continue; // no tile of a whole block fits; its tiles are mixed
    if (distances.isHidden(k)) {
      ++hiddenRanges;
      if (!upper[k]) // hidden at the far end: nothing is left to do there
        hi = min(hi, allFrom(lower[k]));
      else if (mixedFrom == lo && position == lo) // hidden at the near end: start after it
        position = mixedFrom = max(position, min(fullEnd, anyFrom(upper[k])));
      continue;
    }
    Value from = lower[k] ? max(position, min(fullEnd, allFrom(lower[k]))) : position;
    Value to = upper[k] ? max(from, min(fullEnd, anyFrom(upper[k]))) : fullEnd;
    if (from != position || mixedFrom != position)
      emitLoop(mixedFrom, from, /*full=*/true);
    ForKeysOp pure = emitLoop(from, to, /*full=*/true);
    specialize(*pure.getLoopBody()->getOps<ScoreOp>().begin(), distances, k);
    position = mixedFrom = to;
    ++pureLoops;
    ++numLoops;
  }
  // Where all tiles are whole and the last range is pure, nothing is left.
  if (!wholeTiles || distances.isHidden(numBreaks) || position != fullEnd)
    emitLoop(mixedFrom, hi, wholeTiles);
  if (distances.hasUnknown())
    remark::missed(loc, remark::RemarkOpts::name("key-ranges").category("camber"))
        << (programs && programs.getGeometry().getPacked()
                ? "not split where a bias or mask depends on the head: rows of several heads are packed into a block"
                : "not split where a bias or mask depends on more than the head and parameters");
  remark::passed(loc, remark::RemarkOpts::name("key-ranges").category("camber"))
      << llvm::formatv("{0} {1} of full tiles, {2} hidden; boundary tiles between them keep the whole score body",
                       pureLoops, pureLoops == 1 ? "range" : "ranges", hiddenRanges)
             .str();
  loop.replaceAllUsesWith(state);
  loop.erase();
}
