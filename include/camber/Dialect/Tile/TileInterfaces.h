// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interface of ops that stand for the structure of a score, and what they say.
#ifndef CAMBER_DIALECT_TILE_TILEINTERFACES_H
#define CAMBER_DIALECT_TILE_TILEINTERFACES_H

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OpDefinition.h"
#include <optional>

namespace camber::tile {

/// score + slope · (key - query - origin), all f32.
struct Line {
  mlir::Value score;
  mlir::OpOperand *slope;
  mlir::Value origin; ///< null: 0
};

/// A score that is kept where min ≤ distance ≤ max (i32); a null limit is open.
struct Limits {
  mlir::Value score;
  mlir::Value min, max;
};

/// A distance, value + plus, at which an op of a score body changes what it does.
struct Breakpoint {
  /// How breakpoints are expected to follow each other where they are not constant: the beginning of what is visible,
  /// what lies inside, and its end.
  enum Order { begin, inside, end };
  mlir::Value value; ///< i32, of batch, head and parameters
  int64_t plus = 0;
  Order order = inside;
};

/// Where all of some pairs lie: at distances below a breakpoint, at it and past it, or on both sides.
enum class Relation { unknown, before, past };

} // namespace camber::tile

#include "camber/Dialect/Tile/TileInterfaces.h.inc"

#endif
