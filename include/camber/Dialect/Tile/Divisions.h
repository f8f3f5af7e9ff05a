// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer divisions of score bodies.
#ifndef CAMBER_DIALECT_TILE_DIVISIONS_H
#define CAMBER_DIALECT_TILE_DIVISIONS_H

#include "mlir/IR/Operation.h"

namespace camber::tile {

/// Whether the op divides integers, and nothing makes sure that the quotient exists: the divisor is neither a harmless
/// constant nor what tile-guard-divisions makes of it. A processor answers such a division with a signal, or with a
/// number of its own. Index arithmetic outside of score bodies is Camber's own, and never divides by 0.
bool mayTrap(mlir::Operation *op);
bool isSignedDivision(mlir::Operation *op);

} // namespace camber::tile

#endif
