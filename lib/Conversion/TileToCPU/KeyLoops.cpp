// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over key tiles: what a task does with each tile.
#include "TaskBuilder.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

/// The caller's keys or values of a tile.
Value TaskBuilder::viewKeys(tile::LoadKeysOp load) {
  Value source = mapping.lookup(load.getSource()), count = mapping.lookup(load.getCount());
  auto type = cast<MemRefType>(source.getType());
  int64_t dim = geometry.getHeadDim();
  SmallVector<OpFoldResult> offsets = {mapping.lookup(load.getBatch()), mapping.lookup(load.getKvHead()),
                                       mapping.lookup(load.getFirst()), b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1), b.getIndexAttr(1), count, b.getIndexAttr(dim)};
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  SmallVector<int64_t> shape = {ShapedType::kDynamic, dim};
  auto resultType = memref::SubViewOp::inferRankReducedResultType(shape, type, offsets, sizes, strides);
  return memref::SubViewOp::create(b, loc, cast<MemRefType>(resultType), source, offsets, sizes, strides);
}

/// The keys or values of a tile: the caller's, or `buffer` with their copy in f32, if there is one.
Value TaskBuilder::loadKeys(tile::LoadKeysOp load, Value buffer) {
  Value view = viewKeys(load);
  if (!buffer)
    return view;
  CopyKeysOp::create(b, loc, view, mapping.lookup(load.getCount()), buffer, /*finite=*/false, schedule);
  return buffer;
}

/// A table for one diagonal function of a score body. Loops over different ranges of keys share it.
Value TaskBuilder::tableBuffer(unsigned number) {
  int64_t rows = geometry.getRows(), keys = geometry.getKeys();
  int64_t vectorKeys = llvm::alignTo(keys, schedule.getWidth());
  SmallVector<int64_t> shape = {rows + vectorKeys};
  if (schedule.getLanes() == Lanes::keys)
    shape = {rows, vectorKeys};
  else if (geometry.getPacked())
    shape = {keys, rows};
  if (number == tableOffsets.size()) {
    tableOffsets.push_back(offset);
    return scratch(shape, b.getF32Type());
  }
  return memref::ViewOp::create(b, loc, MemRefType::get(shape, b.getF32Type()), thread, index(tableOffsets[number]),
                                ValueRange{});
}

LogicalResult TaskBuilder::tabulate(tile::ScoreOp score, Value first, Value keyCount,
                                    ArrayRef<tile::ScoreStructureOpInterface> tabulated,
                                    SmallVectorImpl<Value> &tables) {
  SmallVector<Value> params;
  for (Value param : score.getParams())
    params.push_back(mapping.lookup(param));
  Value keyBase = mapping.lookup(score.getKeyBase());
  for (auto [number, structure] : llvm::enumerate(tabulated)) {
    tables.push_back(tableBuffer(number));
    auto op = TabulateOp::create(b, loc, tables.back(), keyCount, first, keyBase, batch, rowHead, rowPosition, params,
                                 geometry.getHeadOffset(), schedule);
    if (failed(tile::outlineAddend(structure, score, op.getBody())))
      return failure();
  }
  if (!tabulated.empty())
    remark::passed(tabulated.front()->getLoc(), remark::RemarkOpts::name("tabulated").category("camber"))
        << "a function of the distance is evaluated once per distance of a tile, not once per pair";
  return success();
}

LogicalResult TaskBuilder::convertLoopBody(tile::ForKeysOp loop, Value first, Value keyCount) {
  Block *body = loop.getLoopBody();
  mapping.map(body->getArgument(0), first);
  mapping.map(body->getArgument(1), keyCount);
  auto score = *body->getOps<tile::ScoreOp>().begin(); // checkLoop counted them
  auto accumulate = *body->getOps<tile::AccumulateOp>().begin();
  auto dot = score.getScores().getDefiningOp<tile::DotOp>();
  for (Operation &op : *body)
    if (!isa_and_nonnull<tile::TileDialect>(op.getDialect()))
      b.clone(op, mapping);
  Value keys = loadKeys(dot.getKeys().getDefiningOp<tile::LoadKeysOp>(), keyBuffer);
  auto loadValues = accumulate.getValues().getDefiningOp<tile::LoadKeysOp>();
  bool hides = tile::mayHide(*score.getScoreBody());
  Value values = hides ? loadFiniteValues(loadValues) : loadKeys(loadValues, valueBuffer);
  SmallVector<Value> params, tables;
  SmallVector<tile::ScoreStructureOpInterface> tabulated = tile::findTabulated(score.getBody());
  for (Value param : score.getParams())
    params.push_back(mapping.lookup(param));
  if (failed(tabulate(score, first, keyCount, tabulated, tables)))
    return failure();

  // All rows share the tile of keys, a group at a time.
  Value keyBase = mapping.lookup(score.getKeyBase());
  VisibleRows visible = visibleRows(loop, score, first, keyCount);
  int64_t step = visible.byPanel ? schedule.getPanelRows() : schedule.getGroupRows();
  auto groups = scf::ForOp::create(b, loc, visible.begin, visible.end, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(groups.getBody());
  Value begin = groups.getInductionVar(), end = arith::AddIOp::create(b, loc, begin, index(step));
  if (loop.getSide())
    b.setInsertionPointToStart(
        scf::IfOp::create(b, loc, isNeeded(*loop.getSide(), begin, first), /*withElseRegion=*/false).thenBlock());
  if (!visible.byPanel)
    end = arith::MinSIOp::create(b, loc, end, visible.end);
  else if (visible.keyEnd)
    keyCount = arith::MinSIOp::create(b, loc, keyCount, arith::AddIOp::create(b, loc, visible.keyEnd, end));
  auto convertRows = [&](bool full, Value count, Value keyEnd) {
    auto lowered =
        ScoresOp::create(b, loc, packed, keys, count, first, keyBase, batch, begin, end, rowHead, rowPosition, rowIndex,
                         scores, maximum, newMaximum, params, tables, scoresScratch, keyEnd, full, !geometry.getPacked(),
                         geometry.getHeadOffset(), scoreScale(dot), schedule);
    IRMapping bodyMapping;
    score.getBody().cloneInto(&lowered.getBody(), bodyMapping);
    for (tile::ScoreStructureOpInterface structure : tabulated) // entries are the last arguments of the body
      tile::replaceAddend(cast<tile::ScoreStructureOpInterface>(bodyMapping.lookup(structure.getOperation())),
                          lowered.getBody().addArgument(b.getF32Type(), structure.getLoc()));
    if (hides) { // what is the same for both branches below is the same kernel
      bool byRow = schedule.endsWithRow();
      reach(viewKeys(loadValues), byRow ? mapping.lookup(loadValues.getCount()) : count, begin, end,
            byRow ? visible.keyEnd : Value());
    }
    SoftmaxUpdateOp::create(b, loc, scores, count, begin, end, keyEnd, maximum, newMaximum, sum, rescale, schedule);
    AccumulateOp::create(b, loc, scores, values, count, begin, end, output, rescale, keyEnd, outputScratch, schedule);
    return lowered;
  };
  if (!visible.byPanel || !schedule.endsWithRow()) {
    convertRows(loop.getFull(), keyCount, /*keyEnd=*/Value());
    return success();
  }
  // Most panels of a boundary tile see all of it. In the others, keys behind a row's last are skipped by the vector
  // and the row, not by the panel.
  auto branch = scf::IfOp::create(b, loc, seesAll(visible, begin, end, keyCount), /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  tile::ScoreStructureOpInterface limits =
      limitsOf(convertRows(/*full=*/true, index(loop.getStep()), /*keyEnd=*/Value()).getBody().front());
  limits->getResult(0).replaceAllUsesWith(limits.getLimits()->score);
  limits.erase();
  b.setInsertionPointToStart(branch.elseBlock());
  convertRows(/*full=*/false, keyCount, visible.keyEnd);
  return success();
}

/// Query positions of the rows, as score bodies see them.
void TaskBuilder::fillRowPositions(Value queryBase) {
  if (std::exchange(rowPositionsFilled, true))
    return;
  Value base = i32(mapping.lookup(queryBase));
  auto loop = scf::ForOp::create(b, loc, index(0), rowEnd, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value query = memref::LoadOp::create(b, loc, rowIndex, loop.getInductionVar());
  memref::StoreOp::create(b, loc, arith::AddIOp::create(b, loc, query, base), rowPosition, loop.getInductionVar());
}

/// A tile that some groups take as a near one and others as one left or right of them counts once.
void TaskBuilder::countVisited(tile::ForKeysOp loop, Value lo, Value hi) {
  if (loop.isSide(tile::Side::left))
    hi = arith::MinSIOp::create(b, loc, hi, nearLo);
  if (loop.isSide(tile::Side::right))
    lo = arith::MaxSIOp::create(b, loc, lo, nearHi);
  Value span = arith::MaxSIOp::create(b, loc, arith::SubIOp::create(b, loc, hi, lo), index(0));
  count(TilesVisited, arith::CeilDivSIOp::create(b, loc, span, index(loop.getStep())));
}

LogicalResult TaskBuilder::convertLoop(tile::ForKeysOp loop) {
  fillRowPositions((*loop.getLoopBody()->getOps<tile::ScoreOp>().begin()).getQueryBase());
  Value lo = mapping.lookup(loop.getLo()), hi = mapping.lookup(loop.getHi());
  Value step = index(loop.getStep());
  auto forOp = scf::ForOp::create(b, loc, lo, hi, step);
  countVisited(loop, lo, hi);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  Value first = forOp.getInductionVar();
  Value keyCount = step;
  if (!loop.getFull())
    keyCount = arith::MinSIOp::create(b, loc, step, arith::SubIOp::create(b, loc, hi, first));
  return convertLoopBody(loop, first, keyCount);
}
