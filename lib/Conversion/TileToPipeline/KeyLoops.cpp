// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over keys: one loop for those that follow each other, and copies that run ahead in it.
#include "KernelBuilder.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

LogicalResult KernelBuilder::takeLoops(Operation **&it, Operation **end, SmallVectorImpl<tile::ForKeysOp> &loops) {
  // Operations between loops that need no state that a loop leaves are moved before them. So are reads of parameters,
  // which nothing writes while a kernel runs.
  auto isMovable = [](Operation *op) { return isMemoryEffectFree(op) || isa<attn::LookupOp>(op); };
  Operation **last = it;
  llvm::SmallPtrSet<Operation *, 16> later;
  for (Operation **op = it; op != end; ++op) {
    if (auto loop = dyn_cast<tile::ForKeysOp>(*op)) {
      bool boundsAreKnown = llvm::none_of(ValueRange{loop.getLo(), loop.getHi()},
                                          [&](Value v) { return later.contains(v.getDefiningOp()); });
      if (!boundsAreKnown || (!loops.empty() && !llvm::equal(loop.getInits(), loops.back().getResults())))
        break;
      loops.push_back(loop);
      later.insert(loop);
      last = op + 1;
      continue;
    }
    if (!isMovable(*op) ||
        llvm::any_of((*op)->getOperands(), [&](Value operand) { return later.contains(operand.getDefiningOp()); }))
      later.insert(*op);
  }
  for (Operation **op = it; op != last; ++op)
    if (!isa<tile::ForKeysOp>(*op)) {
      if (later.contains(*op))
        return (*op)->emitOpError("stands between loops over keys that continue each other");
      if (failed(convert(**op)))
        return failure();
    }
  it = last;
  return success();
}

KernelBuilder::Ranges KernelBuilder::rangesOf(ArrayRef<tile::ForKeysOp> loops) {
  Ranges ranges;
  ranges.step = tile::ForKeysOp(loops.front()).getStep();
  Value end = n.i32(0);
  for (tile::ForKeysOp loop : loops) {
    Value lo = n.toI32(mapping.lookup(loop.getLo())), hi = n.toI32(mapping.lookup(loop.getHi()));
    end = n.add(end, n.ceilDiv(n.max(n.sub(hi, lo), n.i32(0)), n.i32(ranges.step)));
    ranges.lo.push_back(lo);
    ranges.hi.push_back(hi);
    ranges.end.push_back(end);
  }
  return ranges;
}

KernelBuilder::TileCoord KernelBuilder::coordOf(const Ranges &ranges, Value number) {
  Value step = n.i32(ranges.step);
  auto firstIn = [&](size_t range) {
    Value before = range ? ranges.end[range - 1] : n.i32(0);
    return n.add(ranges.lo[range], n.mul(n.sub(number, before), step));
  };
  Value range = n.index(0), first = firstIn(0), hi = ranges.hi[0];
  for (size_t next = 1; next < ranges.lo.size(); ++next) {
    Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, number, ranges.end[next - 1]);
    auto choose = [&](Value then, Value otherwise) -> Value {
      return arith::SelectOp::create(b, loc, reached, then, otherwise);
    };
    range = choose(n.index(next), range);
    first = choose(firstIn(next), first);
    hi = choose(ranges.hi[next], hi);
  }
  return {range, n.toIndex(first), n.toIndex(n.min(n.sub(hi, first), step))};
}

template <typename OpTy> static OpTy onlyOp(tile::ForKeysOp loop) {
  return *loop.getLoopBody()->getOps<OpTy>().begin();
}

Value KernelBuilder::leastDistance(tile::ScoreOp score, const TileCoord &coord, Value last) {
  return n.toI32(n.sub(n.add(coord.first, mapping.lookup(score.getKeyBase())), last));
}

LogicalResult KernelBuilder::tabulate(ArrayRef<tile::ForKeysOp> loops, const TileCoord &coord, Value last) {
  Value head = tile::BlockHeadOp::create(b, loc, b.getI32Type(), rows);
  auto fill = [&](tile::ForKeysOp loop) -> LogicalResult {
    auto score = onlyOp<tile::ScoreOp>(loop);
    SmallVector<Value> params = llvm::map_to_vector(score.getParams(), [&](Value v) { return mapping.lookup(v); });
    for (auto [structure, table] : llvm::zip_first(tile::findTabulated(score.getBody()), tables)) {
      auto op = TabulateOp::create(b, loc, table, leastDistance(score, coord, last), batch, head, params);
      if (failed(tile::outlineAddend(structure, score, op.getBody())))
        return failure();
    }
    return success();
  };
  if (loops.size() == 1)
    return fill(loops.front());
  SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(loops.size() - 1));
  auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange(), coord.range, cases, cases.size());
  for (auto [number, loop] : llvm::enumerate(loops)) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(number < cases.size() ? &choice.getCaseRegions()[number] : &choice.getDefaultRegion());
    if (failed(fill(loop)))
      return failure();
    scf::YieldOp::create(b, loc);
  }
  return success();
}

/// Replaces what is tabulated of a score body by entries of tables, for which the body gets two more params each.
static void readTables(tile::ScoreOp score, ArrayRef<Value> tables, Value least) {
  Block *body = score.getScoreBody();
  constexpr unsigned first = tile::ScoreOp::kNumPairArguments; // before segments, which come last
  for (auto [structure, table] : llvm::zip_first(tile::findTabulated(score.getBody()), tables)) {
    unsigned operand = score->getNumOperands() - score.getParams().size();
    score->insertOperands(operand, {table, least});
    Value entries = body->insertArgument(first, table.getType(), structure.getLoc());
    Value from = body->insertArgument(first + 1, least.getType(), structure.getLoc());
    OpBuilder b(structure);
    tile::replaceAddend(structure, EntryOp::create(b, structure.getLoc(), b.getF32Type(), entries, from,
                                                   structure.getQuery(), structure.getKey()));
  }
}

/// The scores of a tile of one of the loops.
Value KernelBuilder::convertScore(tile::ForKeysOp loop, Value dots, const TileCoord &coord, Value last) {
  IRMapping values(mapping);
  values.map(loop.getFirstKey(), coord.first);
  values.map(loop.getCount(), coord.count);
  tile::ScoreOp score;
  for (Operation &op : *loop.getLoopBody()) {
    if (auto dot = dyn_cast<tile::DotOp>(op))
      values.map(dot.getScores(), dots);
    else if (auto found = dyn_cast<tile::ScoreOp>(op))
      score = cast<tile::ScoreOp>(b.clone(op, values));
    else if (!isa_and_nonnull<tile::TileDialect>(op.getDialect()))
      b.clone(op, values);
  }
  if (last && !tile::findTabulated(score.getBody()).empty()) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(score);
    readTables(score, tables, leastDistance(onlyOp<tile::ScoreOp>(loop), coord, last));
  }
  if (loop.getFull())
    return score.getResult();
  return MaskTailOp::create(b, loc, score.getResult().getType(), score.getResult(), coord.count);
}

Value KernelBuilder::convertScores(ArrayRef<tile::ForKeysOp> loops, Value dots, const TileCoord &coord, Value last) {
  if (loops.size() == 1)
    return convertScore(loops.front(), dots, coord, last);
  SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(loops.size() - 1));
  auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange{dots.getType()}, coord.range, cases, cases.size());
  for (auto [number, loop] : llvm::enumerate(SmallVector<tile::ForKeysOp>(loops))) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(number < cases.size() ? &choice.getCaseRegions()[number] : &choice.getDefaultRegion());
    scf::YieldOp::create(b, loc, convertScore(loop, dots, coord, last));
  }
  return choice.getResult(0);
}

Value KernelBuilder::reserveTables(ArrayRef<tile::ForKeysOp> loops) {
  if (geometry.getPacked()) // rows of several heads have no table in common
    return {};
  size_t most = 0;
  for (tile::ForKeysOp loop : loops)
    most = std::max(most, tile::findTabulated(onlyOp<tile::ScoreOp>(loop).getBody()).size());
  if (most == 0)
    return {};
  auto type = MemRefType::get({geometry.getRows() + geometry.getKeys()}, b.getF32Type(), MemRefLayoutAttrInterface(),
                              b.getI64IntegerAttr(kSharedMemory));
  while (tables.size() < most)
    tables.push_back(TableOp::create(b, loc, type));
  remark::passed(loc, remark::RemarkOpts::name("tabulated").category("camber"))
      << "a function of the distance is evaluated once per distance of a tile, not once per pair";
  Value queryBase = mapping.lookup(onlyOp<tile::ScoreOp>(loops.front()).getQueryBase());
  return tile::RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), rows, queryBase).getMax();
}

LogicalResult KernelBuilder::convertLoops(ArrayRef<tile::ForKeysOp> loops) {
  tile::ForKeysOp front = loops.front();
  auto dot = onlyOp<tile::DotOp>(front);
  auto accumulate = onlyOp<tile::AccumulateOp>(front);
  auto update = onlyOp<tile::SoftmaxUpdateOp>(front);
  Value keys = mapping.lookup(dot.getKeys().getDefiningOp<tile::LoadKeysOp>().getSource());
  Value values = mapping.lookup(accumulate.getValues().getDefiningOp<tile::LoadKeysOp>().getSource());
  if (!keyRing) {
    keyRing = createRing(schedule.getKeyStages(), geometry.getKeys(), keys);
    valueRing = createRing(schedule.getValueStages(), geometry.getKeys(), values);
  }
  Ranges ranges = rangesOf(loops);
  auto copyTo = [&](Value source, Value ring, Value number, const TileCoord &coord) -> Value {
    return CopyKeysOp::create(b, loc, TokenType::get(b.getContext()), source, batch, kvHead, coord.first, coord.count,
                              stageOf(ring, n.toIndex(number)));
  };
  Value last = reserveTables(loops); // the position of the last row, where there are tables
  Value zero = n.i32(0), one = n.i32(1);
  Value firstCopy = copyTo(keys, keyRing, zero, coordOf(ranges, zero));
  SmallVector<Value> inits = llvm::map_to_vector(front.getInits(), [&](Value v) { return mapping.lookup(v); });
  inits.push_back(firstCopy);
  auto loop = scf::ForOp::create(b, loc, zero, ranges.end.back(), one, inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value number = loop.getInductionVar(), next = n.add(number, one);
    ValueRange state = loop.getRegionIterArgs().drop_back();
    TileCoord coord = coordOf(ranges, number);
    WaitOp::create(b, loc, loop.getRegionIterArgs().back());
    BarrierOp::create(b, loc);
    Value valueCopy = copyTo(values, valueRing, number, coord), keyCopy;
    if (last && failed(tabulate(loops, coord, last)))
      return failure();
    if (schedule.getKeyStages() > 1) // the stage of the next keys is not that of these
      keyCopy = copyTo(keys, keyRing, next, coordOf(ranges, next));
    Value dots = DotOp::create(b, loc, dot.getScores().getType(), rowStage, stageOf(keyRing, n.toIndex(number)),
                               Value(), dot.getScaleAttr());
    WaitOp::create(b, loc, valueCopy);
    BarrierOp::create(b, loc);
    if (!keyCopy)
      keyCopy = copyTo(keys, keyRing, next, coordOf(ranges, next));
    Value scores = convertScores(loops, dots, coord, last);
    auto softmax = SoftmaxUpdateOp::create(b, loc, update->getResultTypes(), ValueRange{scores, state[0], state[1]},
                                           ArrayRef<NamedAttribute>());
    Value output = AccumulateOp::create(b, loc, accumulate.getResult().getType(), softmax.getP(),
                                        stageOf(valueRing, n.toIndex(number)), state[2], softmax.getRescale());
    scf::YieldOp::create(b, loc, ValueRange{softmax.getNewMaximum(), softmax.getNewSum(), output, keyCopy});
  }
  lastCopy = loop.getResults().back();
  tile::ForKeysOp back = loops.back();
  mapping.map(back.getResults(), loop.getResults().drop_back());
  return success();
}
