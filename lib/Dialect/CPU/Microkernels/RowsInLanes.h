// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the files of #cpu.rows_in_lanes share.
#ifndef CAMBER_LIB_DIALECT_CPU_MICROKERNELS_ROWSINLANES_H
#define CAMBER_LIB_DIALECT_CPU_MICROKERNELS_ROWSINLANES_H

#include "camber/Dialect/CPU/VectorBuilder.h"

namespace camber::cpu {

/// How many turns of a register tile's innermost loop make one iteration. With 40 FMAs and more in it, counting and
/// branching cost nothing, and more of them would only be code; with 12 they cost 4 % of the kernel.
int64_t unrollFor(int64_t fmas);

/// How many of the first `count` keys of a tile the rows before `rowEnd` see at most, given `key_end` of cpu.scores.
mlir::Value keysSeen(VectorBuilder &v, mlir::Value count, mlir::Value keyEnd, mlir::Value rowEnd);
/// How many of them matter to the vector of rows from `row` on: those that its rows see, and others that a register
/// tile of the value product reads with them, since it may begin in this vector and end in the next.
mlir::Value keysRead(VectorBuilder &v, RowsInLanesAttr kernel, mlir::Value count, mlir::Value keyEnd, mlir::Value row);

} // namespace camber::cpu

#endif
