// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the task functions of a kernel: one row block and key split, what combines the splits, and what comes before.
#ifndef CAMBER_LIB_CONVERSION_TILETOCPU_TASKBUILDER_H
#define CAMBER_LIB_CONVERSION_TILETOCPU_TASKBUILDER_H

#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/Kernel.h"

namespace camber::cpu {

/// The op whose limits of the distance are the last thing a score body does; null where there is none.
tile::ScoreStructureOpInterface limitsOf(mlir::Block &scoreBody);

/// Builds @k_task, @k_combine and, where norms of keys are needed, @k_prepare of one kernel function.
class TaskBuilder {
public:
  TaskBuilder(mlir::func::FuncOp kernel, tile::KernelOp programs, MicrokernelAttrInterface schedule)
      : kernel(kernel), programs(programs), schedule(schedule), geometry(programs.getGeometry()), b(kernel),
        loc(kernel.getLoc()) {}
  mlir::LogicalResult build();

private:
  // Offsets into the thread's workspace; the counters of the C interface come first.
  static constexpr int64_t kCounterBytes = 64;
  enum Counter { TilesVisited = 0, TilesTotal = 1 };

  mlir::func::FuncOp createFunction(llvm::StringRef suffix);
  mlir::Value index(int64_t v) { return mlir::arith::ConstantIndexOp::create(b, loc, v); }
  mlir::Value i32(mlir::Value v) { return mlir::arith::IndexCastOp::create(b, loc, b.getI32Type(), v); }
  mlir::Value scratch(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::Value partial(mlir::Value unit, mlir::Value split, bool maximum);
  /// Whether packing applies the scale. Products of f16 or bf16 numbers are exact in f32, and stay so if the scale
  /// comes after.
  static bool packsScale(mlir::Value queries) {
    return llvm::cast<mlir::MemRefType>(queries.getType()).getElementType().isF32();
  }
  llvm::APFloat scoreScale(tile::DotOp dot) {
    return packsScale(dot.getRows().getDefiningOp<tile::LoadRowsOp>().getSource()) ? llvm::APFloat(1.0)
                                                                                   : dot.getScale();
  }
  void fillRows();
  /// Sets the rows that are there.
  void fill(mlir::Value buffer, double value);
  void count(Counter counter, mlir::Value tiles);
  void countAll(tile::KeyRangeOp op);
  mlir::LogicalResult convert(mlir::Operation &op);
  void fillRowPositions(mlir::Value queryBase);
  void countVisited(tile::ForKeysOp loop, mlir::Value lo, mlir::Value hi);
  mlir::LogicalResult convertLoop(tile::ForKeysOp loop);
  mlir::LogicalResult convertLoopBody(tile::ForKeysOp loop, mlir::Value first, mlir::Value keyCount);
  /// Fills the tables that the score body of a tile reads; `tabulated` says from where.
  mlir::LogicalResult tabulate(tile::ScoreOp score, mlir::Value first, mlir::Value keyCount,
                               llvm::ArrayRef<tile::ScoreStructureOpInterface> tabulated,
                               llvm::SmallVectorImpl<mlir::Value> &tables);
  mlir::Value keyScratch();
  mlir::Value tableBuffer(unsigned number);
  mlir::Value viewKeys(tile::LoadKeysOp load);
  mlir::Value loadKeys(tile::LoadKeysOp load, mlir::Value buffer);
  /// The rows that see keys of a tile.
  struct VisibleRows {
    mlir::Value begin, end; ///< whole panels
    bool byPanel = false;   ///< panels see different keys, so each is a group of its own
    mlir::Value keyEnd;     ///< row r sees at most r + 1 + keyEnd keys of the tile; null: all of them
    mlir::Value keyBegin;   ///< row r sees keys of the tile from r + keyBegin on; null: all of them
  };
  VisibleRows visibleRows(tile::ForKeysOp loop, tile::ScoreOp score, mlir::Value first, mlir::Value keyCount);
  /// Whether rows begin … end - 1 see `keyCount` keys of a tile, which are a whole tile.
  mlir::Value seesAll(const VisibleRows &visible, mlir::Value begin, mlir::Value end, mlir::Value keyCount);
  void init(tile::InitStateOp op);
  void epilogue(tile::EpilogueOp op);
  // The second run of a block (SecondRun.cpp).
  void prepareSecondRun(mlir::func::FuncOp task);
  void beginSecondRun();
  void endSecondRun();
  mlir::Value loadFiniteValues(tile::LoadKeysOp load);
  void reach(mlir::Value values, mlir::Value count, mlir::Value begin, mlir::Value end, mlir::Value keyEnd);
  void buildCombine();
  // Skipping keys (SkipKeys.cpp).
  mlir::Value viewNorms(tile::KeyNormsOp op);
  void convertRowNorms(tile::RowNormsOp op);
  void convertStateBound(tile::StateBoundOp op);
  void convertNearRange(tile::NearRangeOp op);
  void convertSkipRange(tile::SkipRangeOp op);
  mlir::Value isNeeded(tile::Side side, mlir::Value begin, mlir::Value first);
  mlir::LogicalResult buildPrepare(mlir::func::FuncOp task);

  mlir::func::FuncOp kernel;
  tile::KernelOp programs;
  MicrokernelAttrInterface schedule;
  tile::GeometryAttr geometry;
  mlir::OpBuilder b;
  mlir::Location loc;
  mlir::IRMapping mapping;
  int64_t offset = kCounterBytes;
  mlir::Value batch, kvHead, block, split, splits, qLen, shared, norms, thread;
  mlir::Value rowHead, rowIndex, rowPosition, rowCount, rowEnd, rowMin, rowMax;
  mlir::Value packed, scores, output, maximum, newMaximum, sum, rescale, keyBuffer, valueBuffer, scoresScratch, outputScratch;
  mlir::Value rowNorms, boundMaximum, boundSum;
  mlir::Value secondRun;                               ///< i1; null where no loop hides pairs
  mlir::Value notFinite, reached, finiteValues;        ///< what that needs
  mlir::Value nearLo, nearHi;                          ///< of the block
  mlir::Value nearBegin, nearEnd, endsLeft, endsRight; ///< keys of each group
  llvm::SmallVector<int64_t> tableOffsets;
  bool rowPositionsFilled = false;
};

} // namespace camber::cpu

#endif
