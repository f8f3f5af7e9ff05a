// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #test_machine.scalar, written as the author of a machine outside of this repository would: a thread per row, rows of
// shared memory one after the other, nothing asynchronous.
#include "TestMachine.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using namespace camber::test;

#include "TestMachineDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "TestMachineAttributes.cpp.inc"

void TestMachineDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "TestMachineAttributes.cpp.inc"
      >();
}

LogicalResult ScalarAttr::verifySizes(Operation *op, const BlockShape &block) const {
  auto [geometry, schedule] = block;
  int64_t threads = schedule.getWarps() * getGroupSize();
  if (geometry.getRows() != threads)
    return op->emitOpError() << "needs a thread per row, got " << geometry.getRows() << " rows and " << threads
                             << " threads";
  return success();
}

int64_t ScalarAttr::getColumnsUnit() const { return 1; }
int64_t ScalarAttr::getDotUnit() const { return 1; }
int64_t ScalarAttr::getMaxSharedBytes() const { return 48 * 1024; }

int64_t ScalarAttr::getGroupSize() const { return 32; }

SmallVector<Value> ScalarAttr::emitThreadIds(Num &n, bool) const {
  return {NVVM::ThreadIdXOp::create(n.b, n.loc, n.b.getI32Type()).getResult()};
}
Value ScalarAttr::emitLane(Num &n, ValueRange ids) const { return n.bits(ids[0], 31); }
Value ScalarAttr::emitGroup(Num &n, ValueRange ids) const { return n.shiftRight(ids[0], 5); }

GridPosition ScalarAttr::emitGridPosition(Num &n, bool) const {
  Type type = n.b.getI32Type();
  return {NVVM::GridDimXOp::create(n.b, n.loc, type), NVVM::BlockIdXOp::create(n.b, n.loc, type),
          NVVM::BlockIdYOp::create(n.b, n.loc, type), NVVM::BlockIdZOp::create(n.b, n.loc, type)};
}

void ScalarAttr::emitBarrier(Num &n, ThreadGroup) const { NVVM::Barrier0Op::create(n.b, n.loc); }

Value ScalarAttr::emitBarrierAll(Num &n, ThreadGroup, Value condition) const {
  auto reduction = NVVM::BarrierReductionAttr::get(n.b.getContext(), NVVM::BarrierReduction::AND);
  Value predicate = arith::ExtUIOp::create(n.b, n.loc, n.b.getI32Type(), condition);
  auto all = NVVM::BarrierOp::create(n.b, n.loc, TypeRange{n.b.getI32Type()}, Value(), Value(), reduction, predicate);
  return n.compare(arith::CmpIPredicate::ne, all.getResult(0), n.i32(0));
}

Value ScalarAttr::emitShuffle(Num &n, Shuffle kind, Value value, int64_t by) const {
  NVVM::ShflKind instruction = kind == Shuffle::exclusiveOr ? NVVM::ShflKind::bfly
                               : kind == Shuffle::up        ? NVVM::ShflKind::up
                                                            : NVVM::ShflKind::idx;
  return NVVM::ShflOp::create(n.b, n.loc, value.getType(), n.i32(-1), value, n.i32(by),
                              n.i32(kind == Shuffle::up ? 0 : 31), instruction, UnitAttr());
}

FragmentLayout ScalarAttr::getLayout(const BlockShape &, int64_t columns) const {
  FragmentLayout layout;
  layout.rowOffsets = {0};
  for (int64_t column = 0; column < columns; ++column) {
    layout.columnOffsets.push_back(column);
    layout.elements.push_back({0, column});
  }
  return layout;
}

Value ScalarAttr::emitFirstRow(Num &, ValueRange ids, const BlockShape &) const { return ids[0]; }
Value ScalarAttr::emitFirstColumn(Num &n, ValueRange) const { return n.i32(0); }
int64_t ScalarAttr::getThreadsPerRow() const { return 1; }
Value ScalarAttr::emitNumberInRow(Num &n, ValueRange) const { return n.i32(0); }

static Value approximate(Num &n, StringRef function, Value x) {
  auto name = n.b.getStringAttr("llvm.nvvm." + function);
  return LLVM::CallIntrinsicOp::create(n.b, n.loc, n.b.getF32Type(), name, ValueRange{x}).getResults();
}
Value ScalarAttr::emitExp2(Num &n, Value x) const { return approximate(n, "ex2.approx.ftz.f32", x); }
Value ScalarAttr::emitLog2(Num &n, Value x) const { return approximate(n, "lg2.approx.ftz.f", x); }
Value ScalarAttr::emitReciprocal(Num &n, Value x) const { return approximate(n, "rcp.approx.ftz.f", x); }
Value ScalarAttr::emitSquareRoot(Num &n, Value x) const { return approximate(n, "sqrt.approx.ftz.f", x); }
Value ScalarAttr::pin(Num &, Value x) const { return x; }

static int64_t rowBytes(StageType stage) { return getChunks(stage) * kChunkBytes; }

int64_t ScalarAttr::getStageBytes(StageType stage) const { return stage.getRows() * rowBytes(stage); }

Value ScalarAttr::emitChunkPointer(Num &n, StageType stage, Value base, const ChunkCoord &coord) const {
  Value bytes = n.add(n.mul(coord.row, rowBytes(stage)), n.mul(coord.chunk, kChunkBytes));
  return offsetPointer(n, offsetPointer(n, base, bytes),
                       coord.moreRows * rowBytes(stage) + coord.moreChunks * kChunkBytes);
}

void ScalarAttr::emitCopyChunk(Num &n, Value to, Value from, Value exists) const {
  auto type = VectorType::get(4, n.b.getI32Type());
  auto branch = scf::IfOp::create(n.b, n.loc, TypeRange{type}, exists, /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(n.b);
    n.b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(n.b, n.loc, LLVM::LoadOp::create(n.b, n.loc, type, from, kChunkBytes).getResult());
    n.b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(n.b, n.loc, arith::ConstantOp::create(n.b, n.loc, n.b.getZeroAttr(type)).getResult());
  }
  LLVM::StoreOp::create(n.b, n.loc, branch.getResult(0), to, kChunkBytes);
}

void ScalarAttr::emitAcquire(Num &, ThreadGroup, Value) const {}
void ScalarAttr::emitRelease(Num &, ThreadGroup, Value) const {}
void ScalarAttr::emitCommit(Num &, ThreadGroup, Value) const {}
void ScalarAttr::emitWait(Num &, ThreadGroup, Pending) const {}

/// An element of a stage as f32.
static Value loadElement(Num &n, StageType stage, Value base, Value row, Value column) {
  int64_t bytes = stage.getElementType().getIntOrFloatBitWidth() / 8;
  Value pointer = offsetPointer(n, base, n.add(n.mul(row, rowBytes(stage)), n.mul(column, bytes)));
  Value element = LLVM::LoadOp::create(n.b, n.loc, stage.getElementType(), pointer);
  return stage.getElementType().isF32() ? element
                                        : arith::ExtFOp::create(n.b, n.loc, n.b.getF32Type(), element).getResult();
}

Fragment ScalarAttr::emitDot(Num &n, DotOp op, Value rows, Value keys, ArrayRef<Value> line, ValueRange ids,
                             const BlockShape &) const {
  StageType rowStage = op.getRows().getType(), keyStage = op.getKeys().getType();
  Fragment inits(keyStage.getRows(), n.f32(0.0));
  for (auto [key, score] : llvm::enumerate(inits))
    if (!line.empty())
      score = n.mulF(line[0], n.f32(key));
  Fragment scores = n.loop(n.i32(0), n.i32(rowStage.getColumns()), n.i32(1), inits, [&](Value d, ValueRange sums) {
    Value q = loadElement(n, rowStage, rows, ids[0], d);
    Fragment next;
    for (auto [key, sum] : llvm::enumerate(sums))
      next.push_back(n.fma(q, loadElement(n, keyStage, keys, n.i32(key), d), sum));
    return next;
  });
  for (Value &score : scores)
    score = n.mulF(score, n.f32(op.getScale().convertToDouble()));
  return scores;
}

Fragment ScalarAttr::emitAccumulate(Num &n, AccumulateOp op, ArrayRef<Value> p, Value values, ArrayRef<Value> output,
                                    ArrayRef<Value> rescale, ValueRange, const BlockShape &) const {
  StageType stage = op.getValues().getType();
  Fragment result;
  for (auto [column, before] : llvm::enumerate(output)) {
    Value sum = n.mulF(before, rescale[0]);
    for (auto [key, weight] : llvm::enumerate(p))
      sum = n.fma(weight, loadElement(n, stage, values, n.i32(key), n.i32(column)), sum);
    result.push_back(sum);
  }
  return result;
}
