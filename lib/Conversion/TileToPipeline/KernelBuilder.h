// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the functions of a kernel that thread blocks run.
#ifndef CAMBER_LIB_CONVERSION_TILETOPIPELINE_KERNELBUILDER_H
#define CAMBER_LIB_CONVERSION_TILETOPIPELINE_KERNELBUILDER_H

#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Support/Num.h"

namespace camber::pipeline {

class KernelBuilder {
public:
  KernelBuilder(mlir::func::FuncOp kernel, tile::KernelOp programs, ScheduleAttr schedule);
  mlir::LogicalResult build();

private:
  /// What there is no code for.
  mlir::LogicalResult check();
  using Value = mlir::Value;
  mlir::func::FuncOp createFunction(llvm::StringRef suffix);
  /// The program that the running block computes; maps the arguments of tile.kernel.
  void createProgram(Value splits);
  mlir::LogicalResult buildMain();
  void buildCombine();
  mlir::LogicalResult buildPrepare();
  Value createRing(int64_t stages, int64_t rows, Value source);
  Value stageOf(Value ring, Value number);
  /// The norms of this batch and kv head in the kernel's workspace: [2, blocks].
  Value viewNorms(tile::KeyNormsOp op);
  mlir::LogicalResult convert(mlir::Operation &op);

  // Loops over keys (KeyLoops.cpp). Keys and tiles are counted in 32 bits, as registers are: what tells where a tile is
  // lives as long as the loop.

  /// Which tile is number t of several ranges of keys that follow each other.
  struct TileCoord {
    Value range, first,
        count; ///< number of the range, first key and number of keys (0 or less behind the last tile), index
  };
  struct Ranges {
    llvm::SmallVector<Value> lo, hi, end; ///< i32; end: tiles up to and with the range
    int64_t step;
  };
  Ranges rangesOf(llvm::ArrayRef<tile::ForKeysOp> loops);
  /// The coord of tile `number` (i32).
  TileCoord coordOf(const Ranges &ranges, Value number);
  /// The loops from `it` on that can become one, with the operations between them converted. `it` moves behind them.
  mlir::LogicalResult takeLoops(mlir::Operation **&it, mlir::Operation **end,
                                llvm::SmallVectorImpl<tile::ForKeysOp> &loops);
  mlir::LogicalResult convertLoops(llvm::ArrayRef<tile::ForKeysOp> loops);
  /// Shared memory for the functions of the diagonal of the loops' scores; the position of the block's last row, or
  /// null where there are none.
  Value reserveTables(llvm::ArrayRef<tile::ForKeysOp> loops);
  /// Fills the tables of the range that a tile is of. `last` is the position of the block's last row.
  mlir::LogicalResult tabulate(llvm::ArrayRef<tile::ForKeysOp> loops, const TileCoord &coord, Value last);
  /// The position of the tile's first key less that of the last row, i32.
  Value leastDistance(tile::ScoreOp score, const TileCoord &coord, Value last);
  Value convertScore(tile::ForKeysOp loop, Value dots, const TileCoord &coord, Value last);
  Value convertScores(llvm::ArrayRef<tile::ForKeysOp> loops, Value dots, const TileCoord &coord, Value last);

  mlir::func::FuncOp kernel;
  tile::KernelOp programs;
  ScheduleAttr schedule;
  tile::GeometryAttr geometry;
  mlir::OpBuilder b;
  mlir::Location loc;
  Num n{b, loc};
  mlir::IRMapping mapping;
  Value splits, partials, norms, batch, kvHead, rows, split, rowStage, rowCopy, keyRing, valueRing;
  llvm::SmallVector<Value> tables; ///< for functions of the diagonal, used by one loop after the other
  Value lastCopy;                  ///< brought nothing, but it may still be under way
};

} // namespace camber::pipeline

#endif
