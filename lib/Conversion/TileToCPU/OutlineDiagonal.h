// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of the diagonal leave the score body for a table that is filled before it.
#ifndef CAMBER_LIB_CONVERSION_TILETOCPU_OUTLINEDIAGONAL_H
#define CAMBER_LIB_CONVERSION_TILETOCPU_OUTLINEDIAGONAL_H

#include "camber/Dialect/Schedule/CPUDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"

namespace camber::cpu {

/// Fills the empty body of `tabulate` with the function of `diagonal`, and with what that uses of the body of `score`
/// around it. Fails where it uses more than batch, head and parameters.
mlir::LogicalResult outlineDiagonal(tile::DiagonalOp diagonal, tile::ScoreOp score, TabulateOp tabulate);

/// Replaces `diagonal`, in the body of cpu.scores, by the sum of the score and a new last argument of that body.
void readTable(tile::DiagonalOp diagonal, mlir::Block &body);

} // namespace camber::cpu

#endif
