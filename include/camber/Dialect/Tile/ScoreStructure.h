// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes and conversions do with the structure of any score, and what they need to evaluate it.
#ifndef CAMBER_DIALECT_TILE_SCORESTRUCTURE_H
#define CAMBER_DIALECT_TILE_SCORESTRUCTURE_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Block.h"

namespace camber::tile {

/// Replaces the structure in a score body by arithmetic on one pair.
void lowerScoreStructure(mlir::Block &body);

/// key - query, i32.
mlir::Value emitDistance(mlir::OpBuilder &b, mlir::Location loc, mlir::Value query, mlir::Value key);

/// key - query, f32. Both positions are below 2^24, so their conversions are exact, and the difference is where that is
/// below 2^24, too. In float32 the distance costs one operation per pair for lines, choices between them and limits
/// together.
mlir::Value emitRealDistance(mlir::OpBuilder &b, mlir::Location loc, mlir::Value query, mlir::Value key);

/// Whether key - query compares with `limit`, which is known to be exact as a float32 or compared as an integer: i1.
mlir::Value emitCompareDistance(mlir::OpBuilder &b, mlir::Location loc, mlir::arith::CmpIPredicate predicate,
                                mlir::Value query, mlir::Value key, mlir::Value limit);

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
