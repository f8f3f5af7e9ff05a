// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over key tiles: what a task does with each tile.
#include "OutlineDiagonal.h"
#include "TaskBuilder.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

Value TaskBuilder::loadKeys(tile::LoadKeysOp load) {
  Value source = mapping.lookup(load.getSource());
  auto type = cast<MemRefType>(source.getType());
  int64_t dim = geometry.getHeadDim();
  Value count = mapping.lookup(load.getCount());
  SmallVector<OpFoldResult> offsets = {mapping.lookup(load.getBatch()), mapping.lookup(load.getKvHead()),
                                       mapping.lookup(load.getFirst()), b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1), b.getIndexAttr(1), count, b.getIndexAttr(dim)};
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  SmallVector<int64_t> shape = {ShapedType::kDynamic, dim};
  auto resultType = memref::SubViewOp::inferRankReducedResultType(shape, type, offsets, sizes, strides);
  Value view = memref::SubViewOp::create(b, loc, cast<MemRefType>(resultType), source, offsets, sizes, strides);
  if (type.getElementType().isF32())
    return view;
  Value buffer = load->hasAttr("values") ? valueBuffer : keyBuffer;
  ConvertKeysOp::create(b, loc, view, count, buffer, schedule);
  return buffer;
}

/// A table for one diagonal function of a score body. Loops over different ranges of keys share it.
Value TaskBuilder::tableBuffer(unsigned number) {
  int64_t rows = geometry.getRows(), keys = geometry.getKeys();
  SmallVector<int64_t> shape = {rows + static_cast<int64_t>(llvm::alignTo(keys, schedule.getWidth()))};
  if (geometry.getPacked())
    shape = {keys, rows};
  if (number == tableOffsets.size()) {
    tableOffsets.push_back(offset);
    return scratch(shape, b.getF32Type());
  }
  return memref::ViewOp::create(b, loc, MemRefType::get(shape, b.getF32Type()), thread, index(tableOffsets[number]),
                                ValueRange{});
}

LogicalResult TaskBuilder::convertScore(tile::ForKeysOp loop, tile::ScoreOp score, Value first, Value keyCount) {
  auto dot = score.getScores().getDefiningOp<tile::DotOp>();
  Value keyView = loadKeys(dot.getKeys().getDefiningOp<tile::LoadKeysOp>());
  SmallVector<Value> params, tables;
  for (Value param : score.getParams())
    params.push_back(mapping.lookup(param));
  Value keyBase = mapping.lookup(score.getKeyBase());
  SmallVector<tile::DiagonalOp> diagonals;
  score.getBody().walk([&](tile::DiagonalOp diagonal) { diagonals.push_back(diagonal); });
  for (auto [number, diagonal] : llvm::enumerate(diagonals)) {
    tables.push_back(tableBuffer(number));
    auto tabulate = TabulateOp::create(b, loc, tables.back(), keyCount, first, keyBase, batch, rowHead, rowPosition,
                                       params, geometry.getHeadOffset(), schedule);
    if (failed(outlineDiagonal(diagonal, score, tabulate)))
      return failure();
  }
  if (!diagonals.empty())
    remark::passed(diagonals.front().getLoc(), remark::RemarkOpts::name("tabulated").category("camber"))
        << "a function of the distance is evaluated once per distance of a tile, not once per pair";
  auto lowered = ScoresOp::create(b, loc, packed, keyView, keyCount, first, keyBase, batch, rowHead, rowPosition,
                                  rowIndex, scores, maximum, newMaximum, params, tables, loop.getFull(),
                                  !geometry.getPacked(), geometry.getHeadOffset(), scoreGain(dot), schedule);
  IRMapping bodyMapping;
  score.getBody().cloneInto(&lowered.getBody(), bodyMapping);
  for (tile::DiagonalOp diagonal : diagonals)
    readTable(cast<tile::DiagonalOp>(bodyMapping.lookup(diagonal.getOperation())), lowered.getBody().front());
  return success();
}

LogicalResult TaskBuilder::convertLoopBody(tile::ForKeysOp loop, Value first, Value keyCount) {
  Block *body = loop.getLoopBody();
  mapping.map(body->getArgument(0), first);
  mapping.map(body->getArgument(1), keyCount);
  for (Operation &op : *body) {
    if (auto score = dyn_cast<tile::ScoreOp>(op)) {
      if (failed(convertScore(loop, score, first, keyCount)))
        return failure();
    } else if (isa<tile::SoftmaxUpdateOp>(op)) {
      ExponentiateOp::create(b, loc, scores, keyCount, maximum, newMaximum, sum, decay, schedule);
    } else if (auto accumulate = dyn_cast<tile::AccumulateOp>(op)) {
      auto values = accumulate.getValues().getDefiningOp<tile::LoadKeysOp>();
      values->setAttr("values", b.getUnitAttr());
      AccumulateOp::create(b, loc, scores, loadKeys(values), keyCount, output, decay, schedule);
    } else if (!isa<tile::LoadKeysOp, tile::DotOp, tile::YieldOp>(op)) {
      b.clone(op, mapping);
    }
  }
  return success();
}

/// Query positions of the rows, as score bodies see them.
void TaskBuilder::fillRowPositions(Value queryBase) {
  if (std::exchange(rowPositionsFilled, true))
    return;
  Value base = i32(mapping.lookup(queryBase));
  auto loop = scf::ForOp::create(b, loc, index(0), index(geometry.getRows()), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value query = memref::LoadOp::create(b, loc, rowIndex, loop.getInductionVar());
  memref::StoreOp::create(b, loc, arith::AddIOp::create(b, loc, query, base), rowPosition, loop.getInductionVar());
}

LogicalResult TaskBuilder::convertLoop(tile::ForKeysOp loop) {
  fillRowPositions((*loop.getLoopBody()->getOps<tile::ScoreOp>().begin()).getQueryBase());
  Value lo = mapping.lookup(loop.getLo()), hi = mapping.lookup(loop.getHi());
  Value step = index(loop.getStep());
  auto forOp = scf::ForOp::create(b, loc, lo, hi, step);
  Value zero = index(0);
  Value span = arith::MaxSIOp::create(b, loc, arith::SubIOp::create(b, loc, hi, lo), zero);
  count(TilesVisited, arith::CeilDivSIOp::create(b, loc, span, step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  Value first = forOp.getInductionVar();
  Value keyCount = step;
  if (!loop.getFull())
    keyCount = arith::MinSIOp::create(b, loc, step, arith::SubIOp::create(b, loc, hi, first));
  return convertLoopBody(loop, first, keyCount);
}
