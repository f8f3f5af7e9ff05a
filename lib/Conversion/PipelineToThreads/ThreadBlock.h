// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the patterns of this directory share: the block that a thread is of, its rows, and bodies of scores.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_THREADBLOCK_H
#define CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_THREADBLOCK_H

#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Pipeline/Machine.h"
#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Tile/RowMap.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/DialectConversion.h"

namespace camber::pipeline {

/// What is the same for all ops of a function: known before any of them is converted.
struct ThreadBlock {
  BlockShape shape;
  MachineAttrInterface machine;
  llvm::SmallVector<int64_t> rowOffsets;              ///< of the thread's rows (FragmentLayout)
  llvm::SmallVector<mlir::Value> ids;                 ///< MachineAttrInterface::emitThreadIds, at the entry
  mlir::Value shared;                                 ///< pointer to the block's shared memory
  llvm::DenseMap<mlir::Operation *, int64_t> offsets; ///< bytes from there, of rings and tables
  llvm::DenseMap<mlir::Operation *, Pending> pending; ///< what a wait leaves

  tile::RowMap rowMap() const { return tile::RowMap(shape.geometry); }
  FragmentLayout layout(int64_t columns) const { return machine.getLayout(shape, columns); }
  /// Rows that a thread holds.
  unsigned numRows() const { return rowOffsets.size(); }
  mlir::Value thread() const { return ids.front(); }
  /// The number of the thread in its group and that of the group.
  mlir::Value lane(Num &n) const { return machine.emitLane(n, ids); }
  mlir::Value group(Num &n) const { return machine.emitGroup(n, ids); }
  int64_t numGroups() const { return shape.schedule.getWarps(); }
  /// All threads of the block: they copy, multiply and wait together.
  ThreadGroup threads() const { return {0, numThreads()}; }
  int64_t numThreads() const { return numGroups() * machine.getGroupSize(); }
  /// Number `i` of the thread's rows, in the block.
  mlir::Value row(Num &n, unsigned i) const { return n.add(machine.emitFirstRow(n, ids, shape), rowOffsets[i]); }
  mlir::Value isFirstInRow(Num &n) const {
    return n.compare(mlir::arith::CmpIPredicate::eq, machine.emitNumberInRow(n, ids), n.i32(0));
  }
  /// What `emit` does for numbers below `count`, divided among the threads: for number `first` + that of the thread, in
  /// the threads where that is one of them.
  void forEach(Num &n, int64_t count, llvm::function_ref<void(mlir::Value number, int64_t first)> emit) const {
    for (int64_t first = 0, threads = numThreads(); first < count; first += threads) {
      mlir::Value number = n.add(thread(), first);
      if (first + threads <= count)
        emit(number, first);
      else
        n.when(n.compare(mlir::arith::CmpIPredicate::ult, number, n.i32(count)), [&] { emit(number, first); });
    }
  }
  /// The sum or maximum over the threads that share a row.
  template <typename OpTy> mlir::Value overRow(Num &n, mlir::Value x) const {
    for (int64_t mask = 1; mask < machine.getThreadsPerRow(); mask *= 2)
      x = n.real<OpTy>(x, machine.emitShuffle(n, Shuffle::exclusiveOr, x, mask));
    return x;
  }
};

/// What `!tile.rows` becomes: the program that the block computes, and the rows of this thread. Rows past the last one
/// repeat it, so that positions never leave the range of the block.
struct ThreadRows {
  struct Program {
    mlir::Value batch, kvHead, split; ///< index
  };
  Program program;
  mlir::Value blocks;    ///< row blocks of the grid, i32
  mlir::Value gridBlock; ///< row block, i32; under a causal mask the last ones, which come first, have the most keys
  tile::RowMap::Block block;
  mlir::Value qLen, splits;                      ///< index
  llvm::SmallVector<mlir::Value> heads, queries; ///< i32; a head before the geometry's offset

  static llvm::SmallVector<mlir::Type> types(mlir::MLIRContext *context, unsigned numRows);
  static ThreadRows unpack(mlir::ValueRange values);
  llvm::SmallVector<mlir::Value> pack() const;

  /// The program at a place in the grid, without the rows of the thread.
  static ThreadRows emit(Num &n, const ThreadBlock &block, const GridPosition &grid, mlir::Value qLen,
                         mlir::Value splits);
  /// Head (of the kernel) and query of row `row` (i32) of the block, of the last row where it is past that.
  tile::RowMap::RowCoord rowOf(Num &n, const ThreadBlock &block, mlir::Value row) const;
  /// The same of a row below the block's count.
  tile::RowMap::RowCoord existingRowOf(Num &n, const ThreadBlock &block, mlir::Value row) const;
  /// The head of row number `i` of the thread as score bodies see it.
  mlir::Value globalHead(Num &n, const ThreadBlock &block, unsigned i) const {
    return n.add(heads[i], block.shape.geometry.getHeadOffset());
  }
};

/// Whether threads can hold the operands and results of an op, where it stands: tiles are fragments of all rows of the
/// block, memrefs have addresses, and all threads come here together. Reports what is not so.
mlir::LogicalResult checkForThreads(mlir::Operation *op, const ThreadBlock &block);

/// A pattern for one op of a thread block. `lower` reports at the op what it lacks, before it emits anything.
template <typename OpTy> class ThreadPattern : public mlir::OpConversionPattern<OpTy> {
public:
  ThreadPattern(const mlir::TypeConverter &types, const ThreadBlock &block)
      : mlir::OpConversionPattern<OpTy>(types, block.shape.geometry.getContext()), block(block) {}

protected:
  using Adaptor = typename mlir::OpConversionPattern<OpTy>::OneToNOpAdaptor;
  virtual mlir::LogicalResult lower(OpTy op, Adaptor adaptor, mlir::ConversionPatternRewriter &b) const = 0;
  const ThreadBlock &block;

private:
  mlir::LogicalResult matchAndRewrite(OpTy op, Adaptor adaptor, mlir::ConversionPatternRewriter &b) const final {
    return failed(checkForThreads(op, block)) ? mlir::failure() : lower(op, adaptor, b);
  }
};

/// The one value that an operand with one became; null for an optional one that is not there.
inline mlir::Value only(mlir::ValueRange values) { return values.empty() ? mlir::Value() : values.front(); }

/// The address (index) of an element of a tensor.
mlir::Value emitGlobalAddress(Num &n, mlir::Value memref, mlir::ValueRange indices);
/// From an index.
mlir::Value emitGlobalPointer(Num &n, mlir::Value address);

/// What is the same for all pairs: the params of a region, after `numLeading` arguments, and its tables.
mlir::IRMapping mapUniform(Num &n, mlir::Block &body, unsigned numLeading, llvm::ArrayRef<mlir::ValueRange> params);
/// What a region of a score body's operations yields, for the arguments in `values`.
mlir::Value evaluate(Num &n, mlir::Block &body, mlir::IRMapping &values);

using PopulatePatterns = void(mlir::RewritePatternSet &patterns, const mlir::TypeConverter &types,
                              const ThreadBlock &block);
/// Values that only ops of the tile level and of the pipeline can take.
bool isOfPipeline(mlir::Type type);

/// One group of ops each.
PopulatePatterns populateLookupPatterns, populateProgramPatterns, populateStagePatterns, populateProductPatterns,
    populateScorePatterns, populateTablePatterns, populateSoftmaxPatterns, populateResultPatterns, populateNormPatterns,
    populateSkipPatterns, populateForeignPatterns;

} // namespace camber::pipeline

#endif
