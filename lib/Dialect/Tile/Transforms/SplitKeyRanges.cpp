// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-split-key-ranges: one loop per interval of distances, full tiles without masks (picture in
// dialects/Tile/Passes.td).
#include "camber/Dialect/Attn/ScoreBody.h"
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
using namespace camber;
using namespace camber::tile;
using camber::attn::getConstant;

namespace {
/// The structure of a score body that loops are split for: what changes at breakpoints, and the limits that end the
/// body, the last one first. A limit that is followed by anything else, or that the score does not depend on, hides no
/// pair for good.
struct Structure {
  SmallVector<ScoreStructureOpInterface> pieces, limits;

  explicit Structure(ScoreOp score) {
    score.getBody().walk([&](ScoreStructureOpInterface structure) {
      if (!structure.getLimits())
        pieces.push_back(structure);
    });
    Value result = score.getScoreBody()->getTerminator()->getOperand(0);
    while (auto structure = result.getDefiningOp<ScoreStructureOpInterface>()) {
      std::optional<Limits> kept = structure.getLimits();
      if (!kept)
        break;
      limits.push_back(structure);
      result = kept->score;
    }
  }
  /// All of them. An op comes after those in its regions, which may go away with it.
  SmallVector<ScoreStructureOpInterface> all() const {
    SmallVector<ScoreStructureOpInterface> result(pieces);
    llvm::append_range(result, limits);
    return result;
  }
};

/// The breakpoints of a score body in the order they are expected in, and which of them those of each op are. Interval
/// k lies between breakpoints k-1 and k. At run time breakpoints may turn out in another order: the split only takes a
/// tile for one of interval k if it lies past all of breakpoints 0 … k-1 and before all of breakpoints k …, so such a
/// tile is none of a pure range.
struct Partition {
  static constexpr int kUnknown = -1;
  struct Point {
    std::optional<int64_t> constant;
    Value value; ///< the distance, as an index outside of the loop
  };
  SmallVector<Point> points;
  SmallVector<SmallVector<int>> ofOps; ///< for each op of Structure::all, the point that each of its breakpoints is

  bool hasUnknown() const {
    return llvm::any_of(ofOps, [](ArrayRef<int> of) { return llvm::is_contained(of, kUnknown); });
  }
  /// Where interval k lies to the breakpoints of op number `op`.
  SmallVector<Relation> relations(size_t op, int k) const {
    return llvm::map_to_vector(ofOps[op], [k](int point) {
      return point == kUnknown ? Relation::unknown : point < k ? Relation::past : Relation::before;
    });
  }
  /// Whether a limit hides all of interval k.
  bool isHidden(const Structure &structure, int k) const {
    for (auto [number, op] : llvm::enumerate(structure.limits))
      if (ScoreStructureOpInterface limits = op; limits.hides(relations(structure.pieces.size() + number, k)))
        return true;
    return false;
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

/// Replaces the op by what it is for pairs that lie so to its breakpoints.
static void specialize(ScoreStructureOpInterface op, ArrayRef<Relation> relations) {
  OpBuilder b(op);
  if (Value simpler = op.specialize(b, relations)) {
    op->getResult(0).replaceAllUsesWith(simpler);
    op.erase();
  }
}

/// Reduces the score body to what holds on the loop's side of the rows: left of them distances are at most -1, right of
/// them at least 1. False where a limit hides them all.
static bool keepSide(ScoreOp score, Side side) {
  if (side == Side::near)
    return true;
  auto relationTo = [&](const Breakpoint &breakpoint) {
    std::optional<int64_t> constant = getConstant(breakpoint.value);
    if (!constant)
      return Relation::unknown;
    int64_t distance = *constant + breakpoint.plus;
    if (side == Side::left)
      return distance >= 0 ? Relation::before : Relation::unknown;
    return distance <= 1 ? Relation::past : Relation::unknown;
  };
  Structure structure(score);
  for (ScoreStructureOpInterface op : structure.all()) {
    SmallVector<Breakpoint> breakpoints;
    op.getBreakpoints(breakpoints);
    SmallVector<Relation> relations = llvm::map_to_vector(breakpoints, relationTo);
    if (op.hides(relations))
      return false;
    specialize(op, relations);
  }
  return true;
}

/// The breakpoints outside of the loop: constants, and what can be computed there from batch, parameters and, where all
/// rows of a block are of one head, that.
static Partition findPartition(ScoreOp score, const Structure &structure, bool oneHead, OpBuilder &b) {
  Location loc = score.getLoc();
  struct Use {
    Breakpoint breakpoint;
    std::optional<int64_t> constant = {};
    bool known = true;
  };
  SmallVector<SmallVector<Use>> ofOps;
  for (ScoreStructureOpInterface op : structure.all()) {
    SmallVector<Breakpoint> breakpoints;
    op.getBreakpoints(breakpoints);
    ofOps.push_back(llvm::map_to_vector(breakpoints, [](const Breakpoint &breakpoint) { return Use{breakpoint}; }));
  }

  IRMapping outside;
  attn::ScoreArguments pair = score.getScoreArguments();
  outside.map(pair.getBatch(), arith::IndexCastOp::create(b, loc, b.getI32Type(), score.getBatch()).getResult());
  outside.map(pair.getParams(), score.getParams());
  if (oneHead)
    outside.map(pair.getHead(), BlockHeadOp::create(b, loc, b.getI32Type(), score.getRows()).getResult());
  std::optional<int64_t> visibleEnd;
  SmallVector<int64_t> constants;
  for (SmallVector<Use> &uses : ofOps)
    for (Use &use : uses) {
      if (std::optional<int64_t> constant = getConstant(use.breakpoint.value)) {
        use.constant = *constant + use.breakpoint.plus;
        constants.push_back(*use.constant);
        if (use.breakpoint.order == Breakpoint::end)
          visibleEnd = std::min(visibleEnd.value_or(INT64_MAX), *use.constant);
      } else if (failed(cloneSlice(b, use.breakpoint.value, outside))) {
        use.known = false;
      }
    }
  llvm::sort(constants);
  constants.erase(llvm::unique(constants), constants.end());

  Partition result;
  DenseMap<std::pair<Value, int64_t>, int> positions;
  auto appendDynamic = [&](Breakpoint::Order order) {
    for (SmallVector<Use> &uses : ofOps)
      for (Use &use : uses) {
        auto [value, plus, ofUse] = use.breakpoint;
        if (!use.known || use.constant || ofUse != order ||
            !positions.try_emplace({value, plus}, result.points.size()).second)
          continue;
        Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), outside.lookup(value));
        Value distance = b.createOrFold<arith::AddIOp>(loc, index, arith::ConstantIndexOp::create(b, loc, plus));
        result.points.push_back({std::nullopt, distance});
      }
  };
  DenseMap<int64_t, int> constantPositions;
  appendDynamic(Breakpoint::begin);
  bool insideDone = false;
  for (int64_t constant : constants) {
    if (visibleEnd == constant)
      appendDynamic(Breakpoint::inside), insideDone = true;
    constantPositions[constant] = result.points.size();
    result.points.push_back({constant, arith::ConstantIndexOp::create(b, loc, constant)});
  }
  if (!insideDone)
    appendDynamic(Breakpoint::inside);
  appendDynamic(Breakpoint::end);

  for (SmallVector<Use> &uses : ofOps)
    result.ofOps.push_back(llvm::map_to_vector(uses, [&](const Use &use) {
      if (!use.known)
        return int(Partition::kUnknown);
      return use.constant ? constantPositions.lookup(*use.constant)
                          : positions.lookup({use.breakpoint.value, use.breakpoint.plus});
    }));
  return result;
}

/// Reduces the score body to what holds in interval k of distances.
static void specialize(ScoreOp score, const Partition &partition, int k) {
  for (auto [number, op] : llvm::enumerate(Structure(score).all()))
    specialize(op, partition.relations(number, k));
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
  Structure structure(score);
  Partition partition = findPartition(score, structure, programs && !programs.getGeometry().getPacked(), b);
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
  int numBreaks = partition.points.size();
  SmallVector<Value> lower(numBreaks + 1), upper(numBreaks + 1);
  for (int k = 0; k < numBreaks; ++k)
    lower[k + 1] = k ? max(lower[k], partition.points[k].value) : partition.points[k].value;
  for (int k = numBreaks; k-- > 0;)
    upper[k] = k + 1 < numBreaks ? min(partition.points[k].value, upper[k + 1]) : partition.points[k].value;

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
    if (partition.isHidden(structure, k)) {
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
    specialize(*pure.getLoopBody()->getOps<ScoreOp>().begin(), partition, k);
    position = mixedFrom = to;
    ++pureLoops;
    ++numLoops;
  }
  // Where all tiles are whole and the last range is pure, nothing is left.
  if (!wholeTiles || partition.isHidden(structure, numBreaks) || position != fullEnd)
    emitLoop(mixedFrom, hi, wholeTiles);
  if (partition.hasUnknown())
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
