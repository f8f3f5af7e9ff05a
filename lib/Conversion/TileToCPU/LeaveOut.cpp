// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a task needs to leave out keys: norms, of keys in workspace that all tasks of a kv head share, and narrowed
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

void TaskBuilder::convertLeastState(tile::LeastStateOp op) {
  fillRowPositions(op.getQueryBase());
  auto map = [&](Value value) { return mapping.lookup(value); };
  leastMaximum = scratch({geometry.getRows()}, b.getF32Type());
  leastSum = scratch({geometry.getRows()}, b.getF32Type());
  SmallVector<Value> params = llvm::map_to_vector(op.getParams(), map);
  Value rows = arith::SelectOp::create(b, loc, map(op.getUseful()), rowCount, index(0));
  auto lowered = LeastStateOp::create(b, loc, map(op.getBegin()), map(op.getEnd()), map(op.getKeyBase()), batch,
                                      rowHead, rowPosition, rows, rowNorms, map(op.getKeyNorms()), leastMaximum,
                                      leastSum, params, !geometry.getPacked(), geometry.getHeadOffset(), schedule);
  for (auto [from, to] : {std::pair(&op.getNearest(), &lowered.getNearest()), {&op.getScore(), &lowered.getScore()}}) {
    IRMapping bodyMapping;
    from->cloneInto(to, bodyMapping);
  }
}

void TaskBuilder::convertNarrow(tile::NarrowOp op) {
  fillRowPositions(op.getQueryBase());
  auto map = [&](Value value) { return mapping.lookup(value); };
  SmallVector<Value> params = llvm::map_to_vector(op.getParams(), map);
  bool isLeast = bool(op.getMaximum().getDefiningOp<tile::LeastStateOp>()); // else what the rows have seen so far
  bool above = op.getSide() == tile::Side::above;
  Value &ends = above ? endsAbove : endsBelow;
  ends = scratch({llvm::divideCeilSigned(geometry.getRows(), schedule.getGroupRows())}, b.getI32Type());
  auto lowered =
      NarrowOp::create(b, loc, b.getIndexType(), map(op.getLo()), map(op.getHi()), map(op.getKeys()),
                       map(op.getKeyBase()), batch, rowHead, rowPosition, rowCount, isLeast ? leastMaximum : maximum,
                       isLeast ? leastSum : sum, rowNorms, map(op.getKeyNorms()), ends, params, op.getStep(), above,
                       !geometry.getPacked(), geometry.getHeadOffset(), schedule);
  IRMapping bodyMapping;
  op.getBody().cloneInto(&lowered.getBody(), bodyMapping);
  mapping.map(op.getResult(), lowered.getResult());
}

/// Whether the rows from `begin` on, of one group, need the tile at `first` of a loop below or above them (i1).
Value TaskBuilder::isNeeded(tile::Side side, Value begin, Value first) {
  Value group = arith::DivUIOp::create(b, loc, begin, index(schedule.getGroupRows()));
  Value end = memref::LoadOp::create(b, loc, side == tile::Side::above ? endsAbove : endsBelow, group);
  end = arith::IndexCastOp::create(b, loc, b.getIndexType(), end);
  auto predicate = side == tile::Side::above ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sge;
  return arith::CmpIOp::create(b, loc, predicate, first, end);
}

/// @k_prepare computes the norms of one batch and kv head.
LogicalResult TaskBuilder::buildPrepare(func::FuncOp task) {
  auto all = instances.getBody().getOps<tile::KeyNormsOp>();
  if (all.empty())
    return success();
  tile::KeyNormsOp op = *all.begin();
  createFunction("_prepare");
  mapping.map(instances.getBody().getArgument(0), batch);
  mapping.map(instances.getBody().getArgument(1), kvHead);
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
