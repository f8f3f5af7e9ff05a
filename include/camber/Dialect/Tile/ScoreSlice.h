// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of a score body computed outside of it.
#ifndef CAMBER_DIALECT_TILE_SCORESLICE_H
#define CAMBER_DIALECT_TILE_SCORESLICE_H

#include "camber/Dialect/Attn/PairContext.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/IRMapping.h"

namespace camber::tile {

/// Clones `value` of a score body, and what it is computed from, to the builder. `mapping` holds what stands for
/// arguments of the body there (batch, head, parameters) and receives what was cloned. Fails, having cloned less than
/// all of it, where the value depends on anything else, such as the score or a position.
mlir::LogicalResult cloneSlice(mlir::OpBuilder &b, mlir::Value value, mlir::IRMapping &mapping);

/// What of a score body goes into tables.
llvm::SmallVector<ScoreStructureOpInterface> findTabulated(mlir::Region &body);

/// Fills an empty region with what `structure` adds, and with what that uses of the body of `score` around it: of
/// (batch, head, distance, params…), it yields the number that is added to a score. Fails where it depends on more.
mlir::LogicalResult outlineAddend(ScoreStructureOpInterface structure, ScoreOp score, mlir::Region &region);

/// Replaces what is tabulated by a sum with an entry of its table.
void replaceAddend(ScoreStructureOpInterface structure, mlir::Value entry);

/// What modifiers and masks of a score body know as the pair.
attn::PairContext pairOf(ScoreOp score);

} // namespace camber::tile

#endif
