// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversion to tile and the passes on it.
#ifndef CAMBER_DIALECT_TILE_PASSES_H
#define CAMBER_DIALECT_TILE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace camber::tile {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

#endif
