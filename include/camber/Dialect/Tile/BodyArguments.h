// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arguments of bodies that ops of the tile level share with those of the schedule level, by name.
#ifndef CAMBER_DIALECT_TILE_BODYARGUMENTS_H
#define CAMBER_DIALECT_TILE_BODYARGUMENTS_H

#include "camber/Dialect/Attn/ScoreArguments.h"

namespace camber::tile {

/// Of `skip_range`: the bound of a row and a range of keys.
struct RangeBoundArguments : attn::BodyArguments<6, 1> {
  using BodyArguments::BodyArguments;
  mlir::BlockArgument getLimit() const { return get(0); }
  mlir::BlockArgument getBatch() const { return get(1); }
  mlir::BlockArgument getHead() const { return get(2); }
  mlir::BlockArgument getQueryPosition() const { return get(3); }
  mlir::BlockArgument getFirstPosition() const { return get(4); }
  mlir::BlockArgument getLastPosition() const { return get(5); }
};

/// Of `state_bound`, its region `score`: the bound of one pair.
struct PairBoundArguments : attn::BodyArguments<5, 1> {
  using BodyArguments::BodyArguments;
  mlir::BlockArgument getLimit() const { return get(0); }
  mlir::BlockArgument getBatch() const { return get(1); }
  mlir::BlockArgument getHead() const { return get(2); }
  mlir::BlockArgument getQueryPosition() const { return get(3); }
  mlir::BlockArgument getKeyPosition() const { return get(4); }
};

/// Of `state_bound`, its region `nearest`: a row and the keys that exist.
struct NearestArguments : attn::BodyArguments<5, 0> {
  using BodyArguments::BodyArguments;
  mlir::BlockArgument getBatch() const { return get(0); }
  mlir::BlockArgument getHead() const { return get(1); }
  mlir::BlockArgument getQueryPosition() const { return get(2); }
  mlir::BlockArgument getFirstPosition() const { return get(3); }
  mlir::BlockArgument getLastPosition() const { return get(4); }
};

/// Of `tabulate`: a function of the diagonal.
struct DistanceArguments : attn::BodyArguments<3, 0> {
  using BodyArguments::BodyArguments;
  mlir::BlockArgument getBatch() const { return get(0); }
  mlir::BlockArgument getHead() const { return get(1); }
  mlir::BlockArgument getDistance() const { return get(2); }
};

/// Of `pipeline.row_values`: a function of the row's head.
struct RowArguments : attn::BodyArguments<2, 0> {
  using BodyArguments::BodyArguments;
  mlir::BlockArgument getBatch() const { return get(0); }
  mlir::BlockArgument getHead() const { return get(1); }
};

} // namespace camber::tile

#endif
