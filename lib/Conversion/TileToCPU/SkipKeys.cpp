// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a task needs to skip keys: norms, of keys in workspace that all tasks of a kv head share, and narrowed
// ranges.
#include "TaskBuilder.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

/// The norms of this batch and kv head, which the caller passes as the workspace's origin: [2, blocks].
Value TaskBuilder::viewNorms(tile::KeyNormsOp op) {
  Value keys = memref::DimOp::create(b, loc, mapping.lookup(op.getSource()), 2);
  Value blocks = arith::CeilDivUIOp::create(b, loc, keys, index(tile::KeyNormsOp::kBlock));
  return memref::ViewOp::create(b, loc, cast<MemRefType>(op.getNorms().getType()), norms, index(0), ValueRange{blocks});
}

void TaskBuilder::convertRowNorms(tile::RowNormsOp op) {
  auto load = op.getRows().getDefiningOp<tile::LoadRowsOp>();
  rowNorms = scratch({geometry.getRows()}, b.getF32Type());
  RowNormsOp::create(b, loc, mapping.lookup(load.getSource()), batch, rowHead, rowIndex, rowCount, rowNorms, schedule);
}

void TaskBuilder::convertStateBound(tile::StateBoundOp op) {
  fillRowPositions(op.getQueryBase());
  auto map = [&](Value value) { return mapping.lookup(value); };
  boundMaximum = scratch({geometry.getRows()}, b.getF32Type());
  boundSum = scratch({geometry.getRows()}, b.getF32Type());
  SmallVector<Value> params = llvm::map_to_vector(op.getParams(), map);
  Value rows = arith::SelectOp::create(b, loc, map(op.getUseful()), rowCount, index(0));
  auto lowered = StateBoundOp::create(b, loc, map(op.getBegin()), map(op.getEnd()), map(op.getKeyBase()), batch,
                                      rowHead, rowPosition, rows, rowNorms, map(op.getKeyNorms()), boundMaximum,
                                      boundSum, params, !geometry.getPacked(), geometry.getHeadOffset(), schedule);
  for (auto [from, to] : {std::pair(&op.getNearest(), &lowered.getNearest()), {&op.getScore(), &lowered.getScore()}}) {
    IRMapping bodyMapping;
    from->cloneInto(to, bodyMapping);
  }
}

/// The groups of a block of one head are at positions that ascend; packed, every group may hold all positions.
void TaskBuilder::convertNearRange(tile::NearRangeOp op) {
  int64_t rows = geometry.getRows(), group = schedule.getGroupRows();
  Value base = mapping.lookup(op.getQueryBase());
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  auto near = [&](Value firstRow, Value lastRow) {
    return tile::findNearTiles(b, op, add(firstRow, base), add(lastRow, base), mapping);
  };
  if (!nearBegin) { // of the keys of all splits before, which need them no more
    nearBegin = scratch({llvm::divideCeilSigned(rows, group)}, b.getI32Type());
    nearEnd = scratch({llvm::divideCeilSigned(rows, group)}, b.getI32Type());
  }
  auto number = [&](Value row) -> Value { return arith::DivUIOp::create(b, loc, row, index(group)); };
  auto loop = scf::ForOp::create(b, loc, index(0), rowCount, index(group));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value row = loop.getInductionVar(), first = rowMin, last = rowMax;
    if (!geometry.getPacked()) {
      first = add(rowMin, row);
      last = arith::MinSIOp::create(b, loc, rowMax, add(first, index(group - 1)));
    }
    tile::NearTiles tiles = near(first, last);
    memref::StoreOp::create(b, loc, i32(tiles.begin), nearBegin, number(row));
    memref::StoreOp::create(b, loc, i32(tiles.end), nearEnd, number(row));
  }
  tile::NearTiles tiles = near(rowMin, rowMax);
  nearLo = tiles.begin, nearHi = tiles.end;
  Value lastGroup = number(arith::SubIOp::create(b, loc, rowCount, index(1)));
  auto load = [&](Value keys, Value at) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), memref::LoadOp::create(b, loc, keys, at));
  };
  Value belowHi = load(nearBegin, lastGroup), aboveLo = load(nearEnd, index(0));
  mapping.map(op.getResults(), ValueRange{nearLo, nearHi, belowHi, aboveLo});
}

void TaskBuilder::convertSkipRange(tile::SkipRangeOp op) {
  fillRowPositions(op.getQueryBase());
  auto map = [&](Value value) { return mapping.lookup(value); };
  SmallVector<Value> params = llvm::map_to_vector(op.getParams(), map);
  bool isStateBound = bool(op.getMaximum().getDefiningOp<tile::StateBoundOp>()); // else what the rows have seen so far
  bool above = op.getSide() == tile::Side::right;
  Value &ends = above ? endsRight : endsLeft;
  ends = scratch({llvm::divideCeilSigned(geometry.getRows(), schedule.getGroupRows())}, b.getI32Type());
  Value seen = isStateBound ? Value() : above ? nearEnd : nearBegin;
  auto lowered = SkipRangeOp::create(b, loc, b.getIndexType(), map(op.getLo()), map(op.getHi()), map(op.getKeys()),
                                     map(op.getKeyBase()), batch, rowHead, rowPosition, rowCount,
                                     isStateBound ? boundMaximum : maximum, isStateBound ? boundSum : sum, rowNorms,
                                     map(op.getKeyNorms()), ends, seen, params, op.getStep(), above,
                                     !geometry.getPacked(), geometry.getHeadOffset(), schedule);
  IRMapping bodyMapping;
  op.getBody().cloneInto(&lowered.getBody(), bodyMapping);
  mapping.map(op.getResult(), lowered.getResult());
}

/// Whether the rows from `begin` on, of one group, take the tile at `first` of a loop of that side.
Value TaskBuilder::isNeeded(tile::Side side, Value begin, Value first) {
  bool above = side == tile::Side::right, below = side == tile::Side::left;
  Value group = arith::DivUIOp::create(b, loc, begin, index(schedule.getGroupRows()));
  auto compare = [&](arith::CmpIPredicate predicate, Value keys) -> Value {
    Value key = memref::LoadOp::create(b, loc, keys, group);
    return arith::CmpIOp::create(b, loc, predicate, i32(first), key);
  };
  Value isPast = compare(arith::CmpIPredicate::sge, above ? nearEnd : below ? endsLeft : nearBegin);
  Value isBefore = compare(arith::CmpIPredicate::slt, above ? endsRight : below ? nearBegin : nearEnd);
  return arith::AndIOp::create(b, loc, isPast, isBefore);
}

/// @k_prepare computes the norms of one batch and kv head.
LogicalResult TaskBuilder::buildPrepare(func::FuncOp task) {
  auto all = programs.getBody().getOps<tile::KeyNormsOp>();
  if (all.empty())
    return success();
  tile::KeyNormsOp op = *all.begin();
  createFunction("_prepare");
  mapping.map(programs.getBody().getArgument(0), batch);
  mapping.map(programs.getBody().getArgument(1), kvHead);
  if (failed(tile::cloneNormBounds(b, op, mapping)))
    return failure();
  KeyNormsOp::create(b, loc, mapping.lookup(op.getSource()), batch, kvHead, mapping.lookup(op.getBegin()),
                     mapping.lookup(op.getEnd()), viewNorms(op),
                     op.getGiven() ? mapping.lookup(op.getGiven()) : Value(), schedule);
  func::ReturnOp::create(b, loc);
  // The interface runs it before the tasks, and reserves the workspace.
  task->setAttr("camber.prepare_q_len_min", b.getI64IntegerAttr(op.getQLenMin()));
  return success();
}
