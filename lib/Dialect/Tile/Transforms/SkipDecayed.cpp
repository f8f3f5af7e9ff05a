// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-skip-decayed: near keys first, then only as far as scores are not negligible.
//
// A block of rows at positions [p0, p1] and the keys [lo, hi) it may see:
//
//     lo          t                    near                    t'        hi
//     | negligible|        below        |   p0 … p1   |  above  |negligible|
//                  3. then what is left  1. these first          4. and here
//                 2. found by bisection, comparing a bound on all keys of [lo, t) with what the rows have seen
//
// A bias may have its peak anywhere: the bound of the keys on its far side cannot fall below what was seen before
// the peak itself is left out, so this one order serves them all. The road not taken: comparing before every tile. It
// would cost a comparison per tile, and a loop that may end anywhere cannot be split into ranges of full tiles.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace camber::tile {
#define GEN_PASS_DEF_SKIPDECAYED
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber;
using namespace camber::tile;

namespace {
/// The ops of an instance that the pass builds on. Null members: it has another form.
struct Parts {
  ForKeysOp loop;
  ScoreOp score;
  LoadRowsOp queries;
  LoadKeysOp keys;
  CountTilesOp exist;

  explicit operator bool() const { return loop && score && queries && keys && exist; }
};

/// Replaces the loop of an instance.
class SkippingLoops {
public:
  SkippingLoops(Parts parts, InstancesOp instances, int64_t qLenMin)
      : parts(parts), instances(instances), qLenMin(qLenMin), b(parts.loop.getOperation()),
        loc(parts.score->getLoc()) {}
  LogicalResult build();

private:
  Value constant(int64_t v) { return arith::ConstantIndexOp::create(b, loc, v); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); }
  Value sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
  Value max(Value x, Value y) { return b.createOrFold<arith::MaxSIOp>(loc, x, y); }
  Value min(Value x, Value y) { return b.createOrFold<arith::MinSIOp>(loc, x, y); }
  Value clamp(Value x, Value lo, Value hi) { return min(max(x, lo), hi); }
  void findNear();
  ForKeysOp cloneLoop(Side side, Value from, Value to, ValueRange state);
  FailureOr<Value> narrow(Side side, Value from, Value to, ValueRange state);

  Parts parts;
  InstancesOp instances;
  int64_t qLenMin;
  OpBuilder b;
  Location loc;
  Value end, keys, nearLo, nearHi, rowNorms, keyNorms;
};

struct SkipDecayed : camber::tile::impl::SkipDecayedBase<SkipDecayed> {
  void runOnOperation() override {
    SmallVector<InstancesOp> all;
    getOperation()->walk([&](InstancesOp instances) { all.push_back(instances); });
    for (InstancesOp instances : all)
      if (failed(skip(instances)))
        return signalPassFailure();
  }
  LogicalResult skip(InstancesOp instances);
};
} // namespace

template <typename OpTy> static OpTy single(Block &block) {
  auto all = block.getOps<OpTy>();
  return !all.empty() && std::next(all.begin()) == all.end() ? *all.begin() : OpTy();
}

static Parts findParts(InstancesOp instances) {
  Parts parts;
  Block &body = instances.getBody().front();
  parts.loop = single<ForKeysOp>(body);
  parts.exist = single<CountTilesOp>(body);
  if (!parts.loop || parts.loop.getSide() || parts.loop.getInits().size() != 3)
    return {};
  parts.score = single<ScoreOp>(*parts.loop.getLoopBody());
  auto dot = parts.score ? parts.score.getScores().getDefiningOp<DotOp>() : DotOp();
  if (dot) {
    parts.queries = dot.getRows().getDefiningOp<LoadRowsOp>();
    parts.keys = dot.getKeys().getDefiningOp<LoadKeysOp>();
  }
  return parts;
}

/// Tiles, counted from the first key, that hold the block's own positions, and one more on either side, so that
/// every row that sees its neighbours has seen a tile of them.
void SkippingLoops::findNear() {
  Value lo = parts.loop.getLo(), step = constant(parts.loop.getStep()), keyBase = parts.score.getKeyBase();
  end = max(lo, parts.loop.getHi());
  keys = sub(end, lo);
  auto bounds = RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), parts.score.getRows(),
                                    parts.score.getQueryBase());
  Value first = sub(clamp(sub(bounds.getMin(), keyBase), lo, end), lo);
  Value last = sub(clamp(add(sub(bounds.getMax(), keyBase), constant(1)), lo, end), lo);
  Value tilesBefore = b.createOrFold<arith::DivSIOp>(loc, first, step);
  Value tilesTo = b.createOrFold<arith::CeilDivSIOp>(loc, last, step);
  nearLo = max(lo, add(lo, mul(sub(tilesBefore, constant(1)), step)));
  nearHi = min(end, add(lo, mul(add(tilesTo, constant(1)), step)));
  if (qLenMin <= 1)
    return;
  // With few queries the norms are not computed, and all keys are near.
  Value many =
      b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sge, instances.getQLen(), constant(qLenMin));
  nearLo = b.createOrFold<arith::SelectOp>(loc, many, nearLo, lo);
  nearHi = b.createOrFold<arith::SelectOp>(loc, many, nearHi, end);
}

ForKeysOp SkippingLoops::cloneLoop(Side side, Value from, Value to, ValueRange state) {
  auto clone = cast<ForKeysOp>(b.clone(*parts.loop));
  clone.getLoMutable().assign(from);
  clone.getHiMutable().assign(to);
  clone.getInitsMutable().assign(state);
  clone.setSide(side);
  return clone;
}

FailureOr<Value> SkippingLoops::narrow(Side side, Value from, Value to, ValueRange state) {
  ScoreOp score = parts.score;
  auto op = NarrowOp::create(b, loc, b.getIndexType(), side, from, to, parts.loop.getStep(), keys, score.getRows(),
                             score.getBatch(), score.getKvHead(), score.getQueryBase(), score.getKeyBase(), state[0],
                             state[1], rowNorms, keyNorms, score.getParams());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&op.getBody());
  Type i32 = b.getI32Type();
  body->addArguments({b.getF32Type(), i32, i32, i32, i32, i32}, SmallVector<Location>(6, loc));
  IRMapping mapping;
  Block *pairs = score.getScoreBody();
  mapping.map(pairs->getArgument(1), body->getArgument(1));
  mapping.map(pairs->getArgument(2), body->getArgument(2));
  for (BlockArgument param : pairs->getArguments().drop_front(ScoreOp::kNumPairArguments))
    mapping.map(param, body->addArgument(param.getType(), loc));
  attn::ScoreBound bound(b, loc, pairOf(score));
  bound.hi = body->getArgument(0);
  bound.lo = arith::NegFOp::create(b, loc, bound.hi);
  bound.batch = body->getArgument(1);
  bound.head = body->getArgument(2);
  bound.queryMin = bound.queryMax = body->getArgument(3);
  bound.keyMin = body->getArgument(4);
  bound.keyMax = body->getArgument(5);
  bool known = true;
  bound.lookup = [&](Value value) -> Value {
    known = known && succeeded(cloneSlice(b, value, mapping));
    return known ? mapping.lookup(value) : value;
  };
  bound.follow(pairs->getTerminator()->getOperand(0));
  if (!known)
    return score.emitOpError("has a modifier whose bound reads more than batch, head and parameters");
  YieldOp::create(b, loc, ValueRange{bound.hi});
  return op.getResult();
}

LogicalResult SkippingLoops::build() {
  ForKeysOp loop = parts.loop;
  TileType rowsType = cast<TileType>(loop.getInits()[0].getType());
  rowNorms = RowNormsOp::create(b, loc, rowsType, parts.queries.getTile());
  auto normsType = MemRefType::get({2, ShapedType::kDynamic}, b.getF32Type());
  keyNorms = KeyNormsOp::create(b, loc, normsType, parts.keys.getSource(), parts.keys.getBatch(),
                                parts.keys.getKvHead(), parts.exist.getBegin(), parts.exist.getEnd(), qLenMin);
  findNear();
  ForKeysOp near = cloneLoop(Side::near, nearLo, nearHi, loop.getInits());
  FailureOr<Value> from = narrow(Side::below, loop.getLo(), nearLo, near.getResults());
  if (failed(from))
    return failure();
  ForKeysOp below = cloneLoop(Side::below, *from, nearLo, near.getResults());
  FailureOr<Value> to = narrow(Side::above, nearHi, end, below.getResults());
  if (failed(to))
    return failure();
  ForKeysOp above = cloneLoop(Side::above, nearHi, *to, below.getResults());
  loop.replaceAllUsesWith(above.getResults());
  loop.erase();
  return success();
}

/// The bound of the query length, where attn-annotate-kernels has left one.
static int64_t mostQueries(InstancesOp instances) {
  Operation *function = instances->getParentWithTrait<OpTrait::IsIsolatedFromAbove>();
  auto most = function ? function->getAttrOfType<IntegerAttr>("camber.q_len_max") : IntegerAttr();
  return most ? most.getInt() : INT64_MAX;
}

LogicalResult SkipDecayed::skip(InstancesOp instances) {
  Parts parts = findParts(instances);
  if (!parts)
    return success();
  Location loc = parts.score.getLoc();
  auto options = remark::RemarkOpts::name("skip-decayed").category("camber");
  if (instances.getNoSkip()) {
    remark::missed(loc, options) << "every visible key is visited: no_skip";
    return success();
  }
  attn::ScoreDecay decay =
      attn::findDecay(parts.score.getScoreBody()->getTerminator()->getOperand(0), pairOf(parts.score));
  if (!decay.falls) {
    std::string why = "no bias falls without limit with the distance";
    if (decay.ending)
      why = ("nothing bounds the scores of far keys after '" + decay.ending->getName().getStringRef() + "'").str();
    remark::missed(loc, options) << ("every visible key is visited: " + why);
    return success();
  }
  GeometryAttr geometry = instances.getGeometry();
  int64_t qLenMin = attn::fewestQueriesToSkip(geometry.getHeads() / geometry.getKvHeads());
  auto queries = cast<MemRefType>(parts.queries.getSource().getType());
  bool isStatic = !queries.isDynamicDim(2);
  int64_t most = isStatic ? queries.getDimSize(2) : mostQueries(instances);
  if (most < qLenMin) {
    remark::missed(loc, options) << llvm::formatv("every visible key is visited: with at most {0} queries the norms of "
                                                  "keys would cost as much as skipping saves",
                                                  most)
                                        .str();
    return success();
  }
  if (isStatic)
    qLenMin = 0; // known to be enough
  if (failed(SkippingLoops(parts, instances, qLenMin).build()))
    return failure();
  ++numSkipping;
  remark::passed(loc, options) << "far keys are left out where the bias has made their scores negligible";
  return success();
}
