// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A machine, as convert-pipeline-to-threads asks it, and what it says.
#ifndef CAMBER_DIALECT_PIPELINE_MACHINE_H
#define CAMBER_DIALECT_PIPELINE_MACHINE_H

#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Support/Num.h"

namespace camber::pipeline {

/// The elements of a tile that one thread holds, as registers in the order of a FragmentLayout. A running sum [R] is
/// what the columns of the thread add up to; only the sum over the threads that share a row is that of the row.
using Fragment = llvm::SmallVector<mlir::Value>;

/// Which elements of a tile a thread holds: those at its rows and its columns, each at a constant distance from its
/// first. [R] has a register per row, in their order.
struct FragmentLayout {
  llvm::SmallVector<int64_t> rowOffsets, columnOffsets; ///< ascending from 0
  /// For each register of [R,T]: the number of its row and of its column among those of the thread.
  llvm::SmallVector<std::pair<unsigned, unsigned>> elements;

  unsigned numRows() const { return rowOffsets.size(); }
  /// The registers of row number `row`, from the first column to the last.
  llvm::SmallVector<unsigned> registersOf(unsigned row) const {
    llvm::SmallVector<unsigned> registers(columnOffsets.size());
    for (auto [number, element] : llvm::enumerate(elements))
      if (element.first == row)
        registers[element.second] = number;
    return registers;
  }
};

/// Where a block is in the grid, i32.
struct GridPosition {
  mlir::Value blocks;  ///< of the grid in x
  mlir::Value x, y, z; ///< the block's number
};

/// Threads of a block that do something together, by their numbers: all of them, or, where some copy for others,
/// producers or consumers.
struct ThreadGroup {
  int64_t first = 0, count = 0;
};

/// What a wait may leave pending of a thread's own, as counts; none where it does not wait for such.
struct Pending {
  std::optional<int64_t> copies, products;
};

enum class Shuffle { exclusiveOr, up, index };

/// A row of a stage and a chunk of 16 bytes of it, each in a part that threads differ in and a constant.
struct ChunkCoord {
  mlir::Value row, chunk; ///< i32
  int64_t moreRows = 0;   ///< a multiple of 8
  int64_t moreChunks = 0; ///< `chunk` plus this mod 8 is below 8, or this is 0
};

/// Sizes of the block that a thread is of.
struct BlockShape {
  tile::GeometryAttr geometry;
  ScheduleAttr schedule;
};

/// Chunks of 16 bytes in a row of a stage: what one asynchronous copy moves.
inline constexpr int64_t kChunkBytes = 16;
inline int64_t getChunks(StageType stage) {
  return stage.getColumns() * stage.getElementType().getIntOrFloatBitWidth() / (8 * kChunkBytes);
}

/// A pointer so many bytes (i32, or a constant) from another.
mlir::Value offsetPointer(Num &n, mlir::Value pointer, mlir::Value bytes);
mlir::Value offsetPointer(Num &n, mlir::Value pointer, int64_t bytes);

} // namespace camber::pipeline

#include "camber/Dialect/Pipeline/PipelineInterfaces.h.inc"

#endif
