// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiles and a schedule: one way to compute a kernel.
#ifndef CAMBER_DIALECT_TILE_SCHEDULECHOICE_H
#define CAMBER_DIALECT_TILE_SCHEDULECHOICE_H

#include "camber/Dialect/Tile/TileDialect.h"

namespace camber {

/// How a kernel is computed. Tuning tries several, and the compiler another if code spills.
struct ScheduleChoice {
  tile::ShapeAttr tiles;
  mlir::Attribute schedule; ///< of the target's own dialect

  bool operator==(const ScheduleChoice &other) const { return tiles == other.tiles && schedule == other.schedule; }
};

} // namespace camber

#endif
