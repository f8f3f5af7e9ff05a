// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one thread of a block does for each op of the pipeline level.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETONVVM_BLOCKEMITTER_H
#define CAMBER_LIB_CONVERSION_PIPELINETONVVM_BLOCKEMITTER_H

#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "mlir/IR/IRMapping.h"
#include <functional>

namespace camber::pipeline {

/// The elements of a tile value that one thread holds, in registers. The layout is that of the accumulators of
/// mma.sync m16n8: with lane = 4·g + t,
///
///     row fragment m, half h, column fragment n, c:    row 16·m + 8·h + g of the warp's rows, column 8·n + 2·t + c
///
/// [R,T] and [R,D] have element ((m · strips + n) · 2 + h) · 2 + c. [R] has element 2·m + h, and all four lanes of a
/// row have it; a running sum is what the columns of the lane add up to, and only the sum over the four is that of the
/// row.
using Fragment = llvm::SmallVector<mlir::Value>;

class BlockEmitter {
public:
  BlockEmitter(mlir::func::FuncOp function, tile::GeometryAttr geometry, ScheduleAttr schedule);
  mlir::LogicalResult emit();

private:
  using Value = mlir::Value;

  //===- small builders -----------------------------------------------------===//
  Value i32(int64_t v) { return mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  Value f32(double v) { return mlir::arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); }
  Value index(int64_t v) { return mlir::arith::ConstantIndexOp::create(b, loc, v); }
  template <typename OpTy> Value op(Value x, Value y) { return b.createOrFold<OpTy>(loc, x, y); }
  Value add(Value x, Value y) { return op<mlir::arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return y ? op<mlir::arith::AddIOp>(x, constantLike(x, y)) : x; }
  Value sub(Value x, Value y) { return op<mlir::arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return op<mlir::arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) { return op<mlir::arith::MulIOp>(x, constantLike(x, y)); }
  Value constantLike(Value x, int64_t v) { return x.getType().isIndex() ? index(v) : i32(v); }
  Value compare(mlir::arith::CmpIPredicate predicate, Value x, Value y) {
    return b.createOrFold<mlir::arith::CmpIOp>(loc, predicate, x, y);
  }
  Value select(Value condition, Value x, Value y) { return mlir::arith::SelectOp::create(b, loc, condition, x, y); }
  Value toI32(Value v) { return mlir::arith::IndexCastOp::create(b, loc, b.getI32Type(), v); }
  Value toUnsignedIndex(Value v) { return mlir::arith::IndexCastUIOp::create(b, loc, b.getIndexType(), v); }
  Value toIndex(Value v) { return mlir::arith::IndexCastOp::create(b, loc, b.getIndexType(), v); }
  /// Real arithmetic that may be contracted to FMAs.
  template <typename OpTy> Value real(Value x, Value y) {
    return OpTy::create(b, loc, x, y, mlir::arith::FastMathFlags::contract);
  }
  Value fma(Value x, Value y, Value z) { return mlir::math::FmaOp::create(b, loc, x, y, z); }
  /// Functions of f32 as one instruction each, with the error bounds of the PTX ISA: 1 ulp and 2^-22.
  /// A correctly rounded reciprocal or root calls a function for rare operands, and that call takes registers from the
  /// whole kernel.
  Value exp2(Value x) { return approximate("ex2.approx.ftz.f32", x); }
  Value log2(Value x) { return approximate("lg2.approx.ftz.f", x); }
  Value reciprocal(Value x) { return approximate("rcp.approx.ftz.f", x); }
  Value squareRoot(Value x) { return approximate("sqrt.approx.ftz.f", x); }
  Value approximate(llvm::StringRef function, Value x);
  Value shuffleXor(Value x, int64_t mask);
  /// The sum or maximum over the four lanes of a row.
  template <typename OpTy> Value overRow(Value x) {
    for (int64_t mask : {1, 2})
      x = real<OpTy>(x, shuffleXor(x, mask));
    return x;
  }

  /// What `emit` does, by the threads for which the condition holds.
  void when(Value condition, llvm::function_ref<void()> emit);
  /// What `compute` (f32) gives those threads; 0 for the others.
  Value orZero(Value condition, llvm::function_ref<Value()> compute);
  /// A loop that carries `inits`; `body` returns what it carries on.
  llvm::SmallVector<Value> forLoop(Value from, Value to, Value step, mlir::ValueRange inits,
                                   llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)> body);

  //===- layout --------------------------------------------------------------===//
  int64_t rowFragments() const { return geometry.getRows() / (16 * schedule.getWarps()); }
  /// Bytes of a row of a stage in shared memory.
  static int64_t rowBytes(StageType stage);
  static bool isSwizzled(StageType stage);
  static int64_t stageBytes(StageType stage) { return stage.getRows() * rowBytes(stage); }
  static int64_t chunks(StageType stage) {
    return stage.getColumns() * stage.getElementType().getIntOrFloatBitWidth() / 128;
  }
  /// A row and a chunk of 16 bytes of it, each in a part that threads differ in and a constant.
  struct ChunkCoord {
    Value row, chunk;       ///< i32
    int64_t moreRows = 0;   ///< a multiple of 8
    int64_t moreChunks = 0; ///< where rows are swizzled, `chunk` plus this mod 8 is below 8, or this is 0
  };
  /// Where it is in shared memory. The constants come last, so that they can become part of an instruction.
  Value chunkPointer(StageType stage, Value base, const ChunkCoord &coord);
  Value sharedOffset(Value pointer, Value bytes);
  Value sharedOffset(Value pointer, int64_t bytes);
  Value globalPointer(Value address); ///< from an index

  //===- ops -------------------------------------------------------------------===//
  mlir::LogicalResult emitBlock(mlir::Block &block);
  mlir::LogicalResult emitOp(mlir::Operation &op);
  void emitProgram(ProgramIdOp op);
  /// Sets the program's values, from the block's coord (i32) in the grid.
  void setProgram(ProgramIdOp op, Value x, Value y, Value z);
  void emitRing(RingOp op);
  void emitStage(StageOp op);
  /// 16 bytes that a thread copies into a stage.
  struct CopiedChunk {
    Value row, column;  ///< i32
    int64_t rowsOn = 0; ///< so many rows below the thread's last one, in its column; 0: anywhere
  };
  Value bytesBefore(const CopiedChunk &chunk) { return toIndex(mul(chunk.column, 16)); }
  /// Where it comes from (index), and whether there is anything.
  struct Source {
    Value address, exists;
  };
  /// Copies the rows of a stage.
  void emitCopy(StageType stage, Value base, llvm::function_ref<Source(const CopiedChunk &)> source);
  void emitCopyRows(CopyRowsOp op);
  void emitCopyKeys(CopyKeysOp op);
  /// Head (of the kernel) and query index of row `row` (i32) of the block. Rows past the last one repeat it, so that
  /// positions never leave the range of the block.
  std::pair<Value, Value> rowOf(Value row);
  /// The same of a row below `rowCount`.
  std::pair<Value, Value> existingRowOf(Value row);
  /// The same by a row's number among all of the program's kv head or query head.
  std::pair<Value, Value> coordOf(Value number);
  Value globalAddress(Value memref, mlir::ValueRange indices);
  llvm::SmallVector<Value> loadMatrices(Value pointer, bool transposed);
  /// Registers of an operand of a product; of float32, the large parts of the numbers and the small ones.
  struct Operand {
    llvm::SmallVector<Value> high, low;
  };
  Operand prepareOperand(llvm::ArrayRef<Value> registers, mlir::Type element);
  void multiply(llvm::ArrayRef<Value> x, llvm::ArrayRef<Value> y, llvm::MutableArrayRef<Value> c, mlir::Type element);
  void multiplyOperands(const Operand &x, const Operand &y, unsigned firstOfY, llvm::MutableArrayRef<Value> sums,
                        llvm::MutableArrayRef<Value> rest, mlir::Type element);
  llvm::SmallVector<Operand> probabilityOperands(const Fragment &p, int64_t m, mlir::Type element);
  Operand valueOperand(StageType stage, Value base, int64_t k, int64_t n);
  Value packPair(Value x, Value y, mlir::Type element);
  /// line · column, before the loop that the builder is in.
  Fragment lineOf(const Fragment &line, int64_t strips);
  void emitDot(DotOp op);
  void emitAccumulate(AccumulateOp op);
  void emitInitState(tile::InitStateOp op);
  /// What is the same for all pairs: the params of a region, after `numLeading` arguments, and its tables.
  mlir::IRMapping uniformValues(mlir::Block &body, unsigned numLeading, mlir::ValueRange params);
  /// What a region of a score body's operations yields, for the arguments in `values`.
  Value evaluate(mlir::Block &body, mlir::IRMapping &values);
  /// From the positions of this thread's rows to `position` (i32): a function of row (2·m + h) and of how many keys
  /// further on, which emits the distance in float32. Of rows past the last one, which nobody stores, it may be
  /// another.
  std::function<Value(int64_t, int64_t)> distancesTo(Value position, Value queryBase);
  mlir::LogicalResult emitScore(tile::ScoreOp op);
  void emitTable(TableOp op);
  mlir::LogicalResult emitTabulate(TabulateOp op);
  /// Where the entries of the thread's rows begin that its columns read: that of column (0, 0). Others are a constant
  /// from there.
  llvm::SmallVector<Value> entriesOf(EntryOp op, Value firstPosition, Value queryBase, mlir::IRMapping &uniform);
  /// A lookup outside of score bodies: a break that is read from a parameter.
  void emitLookup(attn::LookupOp op);
  void emitMaskTail(MaskTailOp op);
  void emitSoftmaxUpdate(SoftmaxUpdateOp op);
  void emitRowValues(RowValuesOp op);
  void emitRowOffsets(RowOffsetsOp op);
  void storePair(Value address, Value x, Value y, mlir::Type type);
  Value partialResult(Value batch, Value kvHead, Value splits, Value split);
  void emitEpilogue(EpilogueOp op);
  void emitCombine(CombineOp op);
  Value normOf(Value squares, int64_t dim);
  Value addSquares(Value pointer, mlir::Type element, Value sum);
  void emitRowNorms(RowNormsOp op);
  void emitKeyNorms(KeyNormsOp op);
  void emitStateBound(tile::StateBoundOp op);
  void emitSkipRange(tile::SkipRangeOp op);
  mlir::LogicalResult emitLoop(mlir::scf::ForOp op);
  mlir::LogicalResult emitSwitch(mlir::scf::IndexSwitchOp op);

  llvm::SmallVector<mlir::Type> registerTypes(mlir::Type type);
  void appendRegisters(Value value, llvm::SmallVectorImpl<Value> &registers);
  void mapRegisters(Value value, mlir::ValueRange &registers);
  /// The same number (f32), which is computed where this is.
  Value pin(Value x);
  /// Sets `thread` and what follows from it.
  void setThread(Value id);
  /// Thread and program as values of their own: what is computed from the first ones does not stay in registers until
  /// here.
  void rematerializeIds();
  /// Row of the block, as i32, of register (m, h) of this thread.
  Value threadRow(int64_t m, int64_t h) { return add(add(mul(warp, 16 * rowFragments()), laneGroup), 16 * m + 8 * h); }
  /// Column of register (n, c) of this thread, as i32.
  Value columnOf(int64_t n, int64_t c) { return add(mul(lanePair, 2), 8 * n + c); }

  mlir::func::FuncOp function;
  tile::GeometryAttr geometry;
  ScheduleAttr schedule;
  mlir::OpBuilder b;
  mlir::Location loc;
  mlir::IRMapping mapping;
  llvm::DenseMap<Value, Fragment> fragments;
  llvm::DenseMap<mlir::Operation *, int64_t> pending; ///< groups that a wait leaves
  Value thread, lane, warp, laneGroup, lanePair,
      shared; ///< i32: tid, lane, warp, lane / 4, lane % 4; a pointer to the memory
  ProgramIdOp program;
  Value blocks, gridBlock, head;                  ///< blocks of rows in the grid; the program's block and head; i32
  Value qLen, splits, firstRow, rowCount, rowEnd; ///< of the program, index
  llvm::SmallVector<Value> rowHeads, rowQueries;  ///< i32, of the rows of this thread
  int64_t sharedBytes = 0;
};

} // namespace camber::pipeline

#endif
