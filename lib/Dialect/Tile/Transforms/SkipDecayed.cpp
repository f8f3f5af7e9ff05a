// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-skip-decayed: near keys first, then only as far as scores are not negligible.
//
// A group of rows at positions [p0, p1] and the keys [lo, hi) it may see:
//
//     lo          t                    near                    t'        hi
//     | negligible|        below        |   p0 … p1   |  above  |negligible|
//                  3. then what is left  1. these first          4. and here
//                 2. found by bisection, comparing a bound on all keys of [lo, t) with what the rows have seen
//
// The loops are those of a block. How many groups a block has is the target's affair (tile.near_range).
//
// A bias may have its peak anywhere: the bound of the keys on its far side cannot fall below what was seen before
// the peak itself is skipped, so this one order serves them all. The road not taken: comparing before every tile. It
// would cost a comparison per tile, and a loop that may end anywhere cannot be split into ranges of full tiles.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Remarks.h"

namespace camber::tile {
#define GEN_PASS_DEF_SKIPDECAYED
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber;
using namespace camber::tile;

namespace {
/// The ops of a program that the pass builds on. Null members: it has another form.
struct Parts {
  KernelOp programs;
  ForKeysOp loop;
  ScoreOp score;
  LoadRowsOp queries;
  LoadKeysOp keys;
  KeyRangeOp exist;
  SplitKVOp share;

  explicit operator bool() const { return loop && score && queries && keys && exist && share; }
};

/// Replaces the loop of a program.
class SkippingLoops {
public:
  /// `skipsBeforeSplit`: the range can be narrowed before it is divided among splits.
  SkippingLoops(Parts parts, int64_t qLenMin, bool skipsBeforeSplit)
      : parts(parts), qLenMin(qLenMin), skipsBeforeSplit(skipsBeforeSplit), b(parts.share.getOperation()),
        loc(parts.score->getLoc()) {}
  LogicalResult build();

private:
  Value constant(int64_t v) { return arith::ConstantIndexOp::create(b, loc, v); }
  Value sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
  Value max(Value x, Value y) { return b.createOrFold<arith::MaxSIOp>(loc, x, y); }
  NearRangeOp findNear(Value lo, Value hi, Value useful);
  void buildNorms();
  void skipBeforeSplit(Value useful);
  ForKeysOp cloneLoop(Side side, Value from, Value to, ValueRange state);
  Value skipRange(Side side, Value from, Value to, Value keys, Value maximum, Value sum);
  attn::ScoreBound emitBound(Value limit, Value batch, Value head, Value query, Value first, Value last,
                             ValueRange params);

  Parts parts;
  int64_t qLenMin;
  bool skipsBeforeSplit, known = true;
  OpBuilder b;
  Location loc;
  Value rowNorms, keyNorms;
};

struct SkipDecayed : camber::tile::impl::SkipDecayedBase<SkipDecayed> {
  void runOnOperation() override {
    SmallVector<KernelOp> all;
    getOperation()->walk([&](KernelOp programs) { all.push_back(programs); });
    for (KernelOp programs : all)
      if (failed(skip(programs)))
        return signalPassFailure();
  }
  LogicalResult skip(KernelOp programs);
};
} // namespace

template <typename OpTy> static OpTy single(Block &block) {
  auto all = block.getOps<OpTy>();
  return !all.empty() && std::next(all.begin()) == all.end() ? *all.begin() : OpTy();
}

static Parts findParts(KernelOp programs) {
  Parts parts;
  Block &body = programs.getBody().front();
  parts.programs = programs;
  parts.loop = single<ForKeysOp>(body);
  parts.exist = single<KeyRangeOp>(body);
  parts.share = single<SplitKVOp>(body);
  if (!parts.loop || parts.loop.getSide() || parts.loop.getInits().size() != 3)
    return {};
  parts.score = single<ScoreOp>(*parts.loop.getLoopBody());
  auto dot = parts.score ? parts.score.getScores().getDefiningOp<DotOp>() : DotOp();
  if (dot && dot.getScale().isExactlyValue(1.0)) { // the norms bound rows · keys
    parts.queries = dot.getRows().getDefiningOp<LoadRowsOp>();
    parts.keys = dot.getKeys().getDefiningOp<LoadKeysOp>();
  }
  // Norms and ranges are computed where the keys are divided.
  if (parts && !(parts.queries->getBlock() == &body && parts.queries->isBeforeInBlock(parts.share) &&
                 parts.share->isBeforeInBlock(parts.loop) && parts.exist->isBeforeInBlock(parts.share)))
    return {};
  return parts;
}

/// Where not `useful` (null: it is), all keys are near.
NearRangeOp SkippingLoops::findNear(Value lo, Value hi, Value useful) {
  ScoreOp score = parts.score;
  return NearRangeOp::create(b, loc, SmallVector<Type>(4, b.getIndexType()), lo, max(lo, hi), parts.loop.getStep(),
                             score.getRows(), score.getQueryBase(), score.getKeyBase(), useful);
}

ForKeysOp SkippingLoops::cloneLoop(Side side, Value from, Value to, ValueRange state) {
  auto clone = cast<ForKeysOp>(b.clone(*parts.loop));
  clone.getLoMutable().assign(from);
  clone.getHiMutable().assign(to);
  clone.getInitsMutable().assign(state);
  clone.setSide(side);
  return clone;
}

/// The bound of the score body for one row and a range of key positions, at the builder, in a region that takes
/// `params`.
attn::ScoreBound SkippingLoops::emitBound(Value limit, Value batch, Value head, Value query, Value first, Value last,
                                          ValueRange params) {
  attn::ScoreArguments pair = parts.score.getScoreArguments();
  IRMapping mapping;
  mapping.map(pair.getBatch(), batch);
  mapping.map(pair.getHead(), head);
  mapping.map(pair.getParams(), params);
  attn::ScoreBound bound(b, loc, pairOf(parts.score));
  bound.hi = limit;
  bound.lo = arith::NegFOp::create(b, loc, limit);
  bound.batch = batch;
  bound.head = head;
  bound.queryMin = bound.queryMax = query;
  bound.keyMin = first;
  bound.keyMax = last;
  bound.lookup = [&](Value value) -> Value {
    known = known && succeeded(cloneSlice(b, value, mapping));
    return known ? mapping.lookup(value) : value;
  };
  bound.follow(parts.score.getScoreBody()->getTerminator()->getOperand(0));
  return bound;
}

/// The body of a region, of the arguments that `Arguments` names and the params of the score body.
template <typename Arguments>
static Arguments createBody(OpBuilder &b, Region &region, ValueRange params, Location loc) {
  SmallVector<Type> types = Arguments::getTypes(b.getContext());
  llvm::append_range(types, params.getTypes());
  return Arguments(*b.createBlock(&region, region.end(), types, SmallVector<Location>(types.size(), loc)));
}

Value SkippingLoops::skipRange(Side side, Value from, Value to, Value keys, Value maximum, Value sum) {
  ScoreOp score = parts.score;
  auto op = SkipRangeOp::create(b, loc, b.getIndexType(), side, from, to, parts.loop.getStep(), keys, score.getRows(),
                                score.getBatch(), score.getKvHead(), score.getQueryBase(), score.getKeyBase(), maximum,
                                sum, rowNorms, keyNorms, score.getParams());
  OpBuilder::InsertionGuard guard(b);
  auto in = createBody<RangeBoundArguments>(b, op.getBody(), score.getParams(), loc);
  attn::ScoreBound bound = emitBound(in.getLimit(), in.getBatch(), in.getHead(), in.getQueryPosition(),
                                     in.getFirstPosition(), in.getLastPosition(), in.getParams());
  YieldOp::create(b, loc, ValueRange{bound.hi});
  return op.getResult();
}

void SkippingLoops::buildNorms() {
  TileType rowsType = cast<TileType>(parts.loop.getInits()[0].getType());
  rowNorms = RowNormsOp::create(b, loc, rowsType, parts.queries.getTile());
  auto normsType = MemRefType::get({2, ShapedType::kDynamic}, b.getF32Type());
  keyNorms =
      KeyNormsOp::create(b, loc, normsType, parts.keys.getSource(), parts.keys.getBatch(), parts.keys.getKvHead(),
                         parts.exist.getBegin(), parts.exist.getEnd(), qLenMin, parts.exist.getNorms());
}

/// Narrows the whole range before it is divided, by what is certain of every row: splits agree on it without a word.
void SkippingLoops::skipBeforeSplit(Value useful) {
  SplitKVOp share = parts.share;
  ScoreOp score = parts.score;
  Value several = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, share.getSplits(), constant(1));
  useful = useful ? arith::AndIOp::create(b, loc, useful, several).getResult() : several;
  NearRangeOp near = findNear(share.getLo(), share.getHi(), useful);
  Type rowsType = rowNorms.getType();
  auto least = StateBoundOp::create(b, loc, rowsType, rowsType, useful, parts.exist.getBegin(), parts.exist.getEnd(),
                                    score.getRows(), score.getBatch(), score.getKvHead(), score.getQueryBase(),
                                    score.getKeyBase(), rowNorms, keyNorms, score.getParams());
  {
    OpBuilder::InsertionGuard guard(b);
    auto row = createBody<NearestArguments>(b, least.getNearest(), score.getParams(), loc);
    attn::RowKeys keys{b, loc, row.getQueryPosition(), row.getFirstPosition(), row.getLastPosition()};
    for (Attribute mask : score.getMasks())
      cast<attn::MaskAttrInterface>(mask).limitRow(keys);
    Value nearest = arith::MaxSIOp::create(b, loc, keys.first, arith::MinSIOp::create(b, loc, keys.query, keys.last));
    Value sees = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, keys.first, keys.last);
    Value none = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(INT32_MIN));
    YieldOp::create(b, loc, ValueRange{arith::SelectOp::create(b, loc, sees, nearest, none)});
    auto in = createBody<PairBoundArguments>(b, least.getScore(), score.getParams(), loc);
    attn::ScoreBound bound = emitBound(in.getLimit(), in.getBatch(), in.getHead(), in.getQueryPosition(),
                                       in.getKeyPosition(), in.getKeyPosition(), in.getParams());
    YieldOp::create(b, loc, ValueRange{bound.lo});
  }
  // What is skipped here and what each split skips take half of the 2^-26 each.
  Value keys = mul(sub(near.getHi(), near.getLo()), constant(2));
  Value lo = skipRange(Side::left, near.getLo(), near.getNearLo(), keys, least.getMaximum(), least.getSum());
  Value hi = skipRange(Side::right, near.getNearHi(), near.getHi(), keys, least.getMaximum(), least.getSum());
  share.getLoMutable().assign(lo);
  share.getHiMutable().assign(hi);
}

LogicalResult SkippingLoops::build() {
  ForKeysOp loop = parts.loop;
  Value useful;
  if (qLenMin > 1)
    useful = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, parts.programs.getQLen(), constant(qLenMin));
  buildNorms();
  if (skipsBeforeSplit)
    skipBeforeSplit(useful);
  b.setInsertionPoint(loop);
  NearRangeOp tiles = findNear(loop.getLo(), loop.getHi(), useful);
  Value keys = sub(tiles.getHi(), tiles.getLo());
  if (skipsBeforeSplit)
    keys = mul(keys, constant(2));
  ForKeysOp near = cloneLoop(Side::near, tiles.getNearLo(), tiles.getNearHi(), loop.getInits());
  Value from = skipRange(Side::left, tiles.getLo(), tiles.getLeftHi(), keys, near.getResult(0), near.getResult(1));
  ForKeysOp below = cloneLoop(Side::left, from, tiles.getLeftHi(), near.getResults());
  Value to = skipRange(Side::right, tiles.getRightLo(), tiles.getHi(), keys, below.getResult(0), below.getResult(1));
  ForKeysOp above = cloneLoop(Side::right, tiles.getRightLo(), to, below.getResults());
  if (!known)
    return parts.score.emitOpError("has a modifier whose bound reads more than batch, head and parameters");
  loop.replaceAllUsesWith(above.getResults());
  loop.erase();
  return success();
}

/// The bound of the query length, where attn-annotate-kernels has left one.
static int64_t mostQueries(KernelOp programs) {
  Operation *function = programs->getParentWithTrait<OpTrait::IsIsolatedFromAbove>();
  auto most = function ? function->getAttrOfType<IntegerAttr>("camber.q_len_max") : IntegerAttr();
  return most ? most.getInt() : INT64_MAX;
}

/// Whether the keys that a row sees are an interval that masks alone decide on: a modifier that hides, a document that
/// ends, and nothing is certain of the nearest key.
static bool seesIntervals(ScoreOp score) {
  Location loc = score.getLoc();
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(loc);
  OpBuilder builder = OpBuilder::atBlockEnd(scratch->getBody());
  for (auto op : score.getScoreBody()->getOps<attn::ScoreModifierOpInterface>())
    if (op.emitVisible(builder))
      return false;
  attn::RowKeys keys{builder, loc, {}, {}, {}};
  for (Value *value : {&keys.query, &keys.first, &keys.last})
    *value = scratch->getBody()->addArgument(builder.getI32Type(), loc);
  return llvm::all_of(score.getMasks(),
                      [&](Attribute mask) { return cast<attn::MaskAttrInterface>(mask).limitRow(keys); });
}

LogicalResult SkipDecayed::skip(KernelOp programs) {
  Parts parts = findParts(programs);
  if (!parts)
    return success();
  Location loc = parts.score.getLoc();
  auto options = remark::RemarkOpts::name("skip-decayed").category("camber");
  auto missed = [&](const std::string &why) {
    remark::missed(loc, options) << "every visible key is visited: " + why;
    return success();
  };
  if (programs.getNoSkip())
    return missed("no_skip");
  attn::eraseDeadOps(*parts.score.getScoreBody()); // a modifier that the score does not depend on hides nothing
  attn::ScoreDecay decay =
      attn::findDecay(parts.score.getScoreBody()->getTerminator()->getOperand(0), pairOf(parts.score));
  if (!decay.falls)
    return missed(decay.ending ? "nothing bounds the scores of far keys after '" +
                                     decay.ending->getName().getStringRef().str() + "'"
                               : "no bias falls without limit with the distance");
  GeometryAttr geometry = programs.getGeometry();
  int64_t qLenMin = attn::minQueriesToSkip(geometry.getHeads() / geometry.getKvHeads());
  auto queries = cast<MemRefType>(parts.queries.getSource().getType());
  bool isStatic = !queries.isDynamicDim(2), given = bool(parts.exist.getNorms());
  int64_t most = isStatic ? queries.getDimSize(2) : mostQueries(programs);
  if (most < qLenMin && !given)
    return missed("with at most " + std::to_string(most) +
                  " queries the norms of keys would cost as much as skipping saves; give them as key_norms");
  if (isStatic || given)
    qLenMin = 0; // known to pay
  bool skipsBeforeSplit = seesIntervals(parts.score);
  if (failed(SkippingLoops(parts, qLenMin, skipsBeforeSplit).build()))
    return failure();
  ++numSkipping;
  remark::passed(loc, options) << "far keys are skipped where the bias has made their scores negligible";
  if (!skipsBeforeSplit)
    remark::missed(loc, options) << "splits of the keys skip their own only: what a row sees is no interval";
  return success();
}
