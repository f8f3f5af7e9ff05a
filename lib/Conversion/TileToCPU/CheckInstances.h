// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What convert-tile-to-cpu takes, checked before anything is built.
#ifndef CAMBER_LIB_CONVERSION_TILETOCPU_CHECKINSTANCES_H
#define CAMBER_LIB_CONVERSION_TILETOCPU_CHECKINSTANCES_H

#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace camber::cpu {

/// The kernel is one block with the instances and what sizes and constants need. The instances load their rows once,
/// begin from one `tile.init`, end with one `tile.finish`, and each loop over keys is dot, score, softmax update and
/// accumulate of its own tiles, all of the geometry's sizes. Anything else has no place in the buffers of a task.
/// Reports what is not so.
mlir::LogicalResult checkInstances(mlir::func::FuncOp kernel, tile::InstancesOp instances);

} // namespace camber::cpu

#endif
