// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #nvptx.ampere: threads, registers, and copies into shared memory by cp.async.
#include "Ampere.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::nvptx;
using namespace camber::nvptx::ampere;
using namespace camber::pipeline;

//===- limits -----------------------------------------------------------------===//

LogicalResult AmpereAttr::verifySizes(Operation *op, const BlockShape &block) const {
  auto [geometry, schedule] = block;
  int64_t fragment = 16 * schedule.getWarps();
  if (geometry.getRows() % fragment || geometry.getKeys() % 16 || geometry.getHeadDim() % 8)
    return op->emitOpError() << "rows, keys and head dim must be multiples of " << fragment << ", 16 and 8 for "
                             << schedule << ", got " << geometry;
  return success();
}

int64_t AmpereAttr::getColumnsUnit() const { return 16; }
int64_t AmpereAttr::getDotUnit() const { return 16; }
int64_t AmpereAttr::getMaxSharedBytes() const { return 232448; }

//===- threads ----------------------------------------------------------------===//

int64_t AmpereAttr::getGroupSize() const { return 32; }

/// An instruction that stays where it is, and is not combined with another.
static Value emitFixed(Num &n, const Twine &instruction, StringRef constraints, Type type, ValueRange operands) {
  return LLVM::InlineAsmOp::create(n.b, n.loc, type, operands, instruction.str(), constraints,
                                   /*has_side_effects=*/true, /*is_align_stack=*/false,
                                   LLVM::tailcallkind::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr())
      .getResult(0);
}

static Value readAgain(Num &n, StringRef name) {
  return emitFixed(n, "mov.u32 $0, %" + name + ";", "=r", n.b.getI32Type(), {});
}

SmallVector<Value> AmpereAttr::emitThreadIds(Num &n, bool rematerialize) const {
  Value thread =
      rematerialize ? readAgain(n, "tid.x") : NVVM::ThreadIdXOp::create(n.b, n.loc, n.b.getI32Type()).getResult();
  Value lane = n.bits(thread, 31), warp = n.shiftRight(thread, 5);
  Value laneGroup = n.shiftRight(lane, 2), lanePair = n.bits(lane, 3);
  return {thread, lane, warp, laneGroup, lanePair};
}

Value AmpereAttr::emitLane(Num &, ValueRange ids) const { return ids[kLane]; }
Value AmpereAttr::emitGroup(Num &, ValueRange ids) const { return ids[kWarp]; }

GridPosition AmpereAttr::emitGridPosition(Num &n, bool rematerialize) const {
  Type type = n.b.getI32Type();
  if (rematerialize) {
    Value blocks = readAgain(n, "nctaid.x");
    Value x = readAgain(n, "ctaid.x"), y = readAgain(n, "ctaid.y"), z = readAgain(n, "ctaid.z");
    return {blocks, x, y, z};
  }
  Value blocks = NVVM::GridDimXOp::create(n.b, n.loc, type);
  Value x = NVVM::BlockIdXOp::create(n.b, n.loc, type), y = NVVM::BlockIdYOp::create(n.b, n.loc, type),
        z = NVVM::BlockIdZOp::create(n.b, n.loc, type);
  return {blocks, x, y, z};
}

void AmpereAttr::emitBarrier(Num &n, ThreadGroup) const { NVVM::Barrier0Op::create(n.b, n.loc); }

Value AmpereAttr::emitBarrierAll(Num &n, ThreadGroup, Value condition) const {
  auto reduction = NVVM::BarrierReductionAttr::get(n.b.getContext(), NVVM::BarrierReduction::AND);
  Value predicate = arith::ExtUIOp::create(n.b, n.loc, n.b.getI32Type(), condition);
  auto together =
      NVVM::BarrierOp::create(n.b, n.loc, TypeRange{n.b.getI32Type()}, Value(), Value(), reduction, predicate);
  // A barrier's result is the same in all threads, but assemblers know it of a vote's only. Where they know it, loops
  // over keys need no way for threads that have parted, which costs dozens of registers.
  Value agreed = n.compare(arith::CmpIPredicate::ne, together.getResult(0), n.i32(0));
  return NVVM::VoteSyncOp::create(n.b, n.loc, n.b.getI1Type(), n.i32(-1), agreed, NVVM::VoteSyncKind::all);
}

Value AmpereAttr::emitShuffle(Num &n, Shuffle kind, Value value, int64_t by) const {
  NVVM::ShflKind instruction = kind == Shuffle::exclusiveOr ? NVVM::ShflKind::bfly
                               : kind == Shuffle::up        ? NVVM::ShflKind::up
                                                            : NVVM::ShflKind::idx;
  return NVVM::ShflOp::create(n.b, n.loc, value.getType(), n.i32(-1), value, n.i32(by),
                              n.i32(kind == Shuffle::up ? 0 : 31), instruction, UnitAttr());
}

//===- fragments --------------------------------------------------------------===//

FragmentLayout AmpereAttr::getLayout(const BlockShape &block, int64_t columns) const {
  FragmentLayout layout;
  int64_t rows = countRowFragments(block), fragments = columns / 8;
  for (int64_t row = 0; row < 2 * rows; ++row)
    layout.rowOffsets.push_back(8 * row);
  for (int64_t fragment = 0; fragment < fragments; ++fragment)
    for (int64_t c : {0, 1})
      layout.columnOffsets.push_back(8 * fragment + c);
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t fragment = 0; fragment < fragments; ++fragment)
      for (int64_t h : {0, 1})
        for (int64_t c : {0, 1})
          layout.elements.push_back({2 * m + h, 2 * fragment + c});
  return layout;
}

Value AmpereAttr::emitFirstRow(Num &n, ValueRange ids, const BlockShape &block) const {
  return n.add(n.mul(ids[kWarp], 16 * countRowFragments(block)), ids[kLaneGroup]);
}

Value AmpereAttr::emitFirstColumn(Num &n, ValueRange ids) const { return n.mul(ids[kLanePair], 2); }

int64_t AmpereAttr::getThreadsPerRow() const { return 4; }

Value AmpereAttr::emitNumberInRow(Num &, ValueRange ids) const { return ids[kLanePair]; }

//===- numbers ----------------------------------------------------------------===//

/// Functions of f32 as one instruction each, with the error bounds of the PTX ISA: 1 ulp and 2^-22. A correctly rounded
/// reciprocal or root calls a function for rare operands, and that call takes registers from the whole kernel.
static Value approximate(Num &n, StringRef function, Value x) {
  auto name = n.b.getStringAttr("llvm.nvvm." + function);
  return LLVM::CallIntrinsicOp::create(n.b, n.loc, n.b.getF32Type(), name, ValueRange{x}).getResults();
}

Value AmpereAttr::emitExp2(Num &n, Value x) const { return approximate(n, "ex2.approx.ftz.f32", x); }
Value AmpereAttr::emitLog2(Num &n, Value x) const { return approximate(n, "lg2.approx.ftz.f", x); }
Value AmpereAttr::emitReciprocal(Num &n, Value x) const { return approximate(n, "rcp.approx.ftz.f", x); }
Value AmpereAttr::emitSquareRoot(Num &n, Value x) const { return approximate(n, "sqrt.approx.ftz.f", x); }
Value AmpereAttr::pin(Num &n, Value x) const { return emitFixed(n, "mov.b32 $0, $1;", "=f,f", n.b.getF32Type(), x); }

//===- shared memory ------------------------------------------------------------===//

/// The eight rows that an ldmatrix reads a chunk of each from must lie in different banks: chunk c of row r is at c xor
/// (r mod 8) where a row has a multiple of eight chunks; otherwise rows are padded to an odd number of them.
static bool isSwizzled(StageType stage) { return getChunks(stage) % 8 == 0; }

static int64_t rowBytes(StageType stage) {
  return kChunkBytes * (isSwizzled(stage) ? getChunks(stage) : getChunks(stage) | 1);
}

int64_t AmpereAttr::getStageBytes(StageType stage) const { return stage.getRows() * rowBytes(stage); }

Value AmpereAttr::emitChunkPointer(Num &n, StageType stage, Value base, const ChunkCoord &coord) const {
  Value chunk = coord.chunk;
  int64_t bytes = coord.moreRows * rowBytes(stage);
  if (isSwizzled(stage)) {
    chunk = n.op<arith::XOrIOp>(n.add(chunk, coord.moreChunks % 8), n.bits(coord.row, 7));
    bytes += coord.moreChunks / 8 * 128;
  } else {
    bytes += coord.moreChunks * kChunkBytes;
  }
  Value varying = n.add(n.mul(coord.row, rowBytes(stage)), n.mul(chunk, kChunkBytes));
  return offsetPointer(n, offsetPointer(n, base, varying), bytes);
}

void AmpereAttr::emitCopyChunk(Num &n, Value to, Value from, Value exists) const {
  auto modifier = NVVM::LoadCacheModifierKindAttr::get(n.b.getContext(), NVVM::LoadCacheModifierKind::CG);
  NVVM::CpAsyncOp::create(n.b, n.loc, to, from, n.b.getI32IntegerAttr(kChunkBytes), modifier,
                          n.select(exists, n.i32(kChunkBytes), n.i32(0)));
}

/// All threads copy and read, and have met at a barrier in between.
void AmpereAttr::emitAcquire(Num &, ThreadGroup, Value) const {}
void AmpereAttr::emitRelease(Num &, ThreadGroup, Value) const {}

void AmpereAttr::emitCommit(Num &n, ThreadGroup, Value) const { NVVM::CpAsyncCommitGroupOp::create(n.b, n.loc); }

/// Products are complete where they stand.
void AmpereAttr::emitWait(Num &n, ThreadGroup, Pending pending) const {
  if (pending.copies)
    NVVM::CpAsyncWaitGroupOp::create(n.b, n.loc, *pending.copies);
}
