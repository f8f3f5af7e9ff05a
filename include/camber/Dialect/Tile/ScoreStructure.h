// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tile-fuse-scores composed, as arithmetic on one pair, and what both targets need to evaluate it.
#ifndef CAMBER_DIALECT_TILE_SCORESTRUCTURE_H
#define CAMBER_DIALECT_TILE_SCORESTRUCTURE_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Block.h"

namespace camber::tile {

/// Replaces the ops of the tile dialect in a score body by arithmetic: pieces become choices, lines one FMA, limits a
/// comparison, and a function of the diagonal is evaluated where it stands.
void lowerScoreStructure(mlir::Block &body);

/// Whether a pair may be hidden: whether the body may yield -∞ for a finite score. A table may hold an infinity; slopes
/// and factors are finite.
bool mayHide(mlir::Block &body);

/// Where a lowered body computes the distance of its key from its query as a float32, which is exact.
llvm::SmallVector<mlir::Value> getRealDistances(mlir::Block &body);

/// Transcendental functions have no instruction on most targets, but expansions of tens of operations.
bool isTranscendental(mlir::Operation &operation);

/// Index `i` (i32, or a vector of them) of a dimension of a table, clamped to what the table has there.
mlir::Value clampIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value table, int64_t dim, mlir::Value i);

/// A constant table of a score body as a read-only buffer of the module, one for all that hold the same.
mlir::Value emitTable(mlir::OpBuilder &b, mlir::arith::ConstantOp constant);

} // namespace camber::tile

#endif
