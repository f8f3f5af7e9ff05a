// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A block runs a second time where values that are not finite could be in rows that do not see them.
#include "TaskBuilder.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

// Three rows, four keys, causal; v of key 2 is NaN:
//
//     first run             second run, values finite    reached         output
//     p         output      p         output
//     1 0 0 0   NaN (0·NaN) 1 0 0 0   right              0               right
//     . . 0 0   NaN         . . 0 0   right              0               right
//     . . . 0   NaN         . . . 0   finite             NaN             NaN
//
// The second run does what the first did in the same order, so rows without a special value get the bits they would
// have got had the value been 0.

/// Emits what `emit` does, in the second run only.
static void inSecondRun(OpBuilder &b, Location loc, Value secondRun, function_ref<void()> emit) {
  auto branch = scf::IfOp::create(b, loc, secondRun, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit();
}

/// What a second run needs, where a tile may hide pairs. Values that no buffer holds in f32 anyway need one for what is
/// finite of them.
void TaskBuilder::prepareSecondRun(func::FuncOp task) {
  WalkResult hiding = programs.walk([](tile::ScoreOp score) {
    return tile::mayHide(*score.getScoreBody()) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!hiding.wasInterrupted())
    return;
  // The caller runs a task again that leaves NaN there. A loop in here would be one around every register-tile kernel,
  // for which constants no longer stay in registers.
  task->setAttr("camber.not_finite_offset", b.getI64IntegerAttr(offset));
  notFinite = scratch({1}, b.getF32Type());
  Value zeroOrNaN = memref::LoadOp::create(b, loc, notFinite, index(0));
  secondRun = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, zeroOrNaN, zeroOrNaN);
  reached = scratch({geometry.getRows(), geometry.getHeadDim()}, b.getF32Type());
  if (valueBuffer)
    return;
  if (schedule.getLanes() == Lanes::rows) {
    finiteValues = keyScratch();
    return;
  }
  programs.walk([&](tile::AccumulateOp accumulate) {
    auto source = cast<MemRefType>(accumulate.getValues().getDefiningOp<tile::LoadKeysOp>().getSource().getType());
    finiteValues = scratch({geometry.getKeys(), geometry.getHeadDim()}, source.getElementType());
    return WalkResult::interrupt();
  });
}

/// The values of a tile that hides pairs: those that are finite, in the second run.
Value TaskBuilder::loadFiniteValues(tile::LoadKeysOp load) {
  Value view = viewKeys(load), count = mapping.lookup(load.getCount());
  Value buffer = valueBuffer ? valueBuffer : finiteValues;
  auto branch = scf::IfOp::create(b, loc, secondRun, /*withElseRegion=*/bool(valueBuffer));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    CopyKeysOp::create(b, loc, view, count, buffer, /*finite=*/true, schedule);
    if (valueBuffer) {
      b.setInsertionPointToStart(branch.elseBlock());
      CopyKeysOp::create(b, loc, view, count, buffer, /*finite=*/false, schedule);
    }
  }
  if (valueBuffer)
    return valueBuffer;
  return arith::SelectOp::create(b, loc, secondRun, memref::CastOp::create(b, loc, view.getType(), buffer), view);
}

void TaskBuilder::beginSecondRun() {
  if (secondRun)
    inSecondRun(b, loc, secondRun, [&] { fill(reached, 0.0); });
}

void TaskBuilder::endSecondRun() {
  if (!secondRun)
    return;
  inSecondRun(b, loc, secondRun, [&] {
    AddRowsOp::create(b, loc, reached, rowCount, output, schedule);
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    memref::StoreOp::create(b, loc, zero, notFinite, index(0));
  });
}

void TaskBuilder::reach(Value values, Value count, Value begin, Value end, Value keyEnd) {
  inSecondRun(b, loc, secondRun,
              [&] { ReachOp::create(b, loc, scores, values, count, begin, end, keyEnd, reached, schedule); });
}
