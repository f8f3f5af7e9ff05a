// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel as it leaves the tile level, and what every conversion from there does with it.
#ifndef CAMBER_DIALECT_TILE_KERNEL_H
#define CAMBER_DIALECT_TILE_KERNEL_H

#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace camber::tile {

struct Kernel {
  mlir::func::FuncOp function;
  InstancesOp instances;
};

/// Replaces every kernel of the module, once it has been found to be of a form that can be converted. The kernel is one
/// block with the instances and what sizes and constants need. The instances load their rows once, begin from one
/// `tile.init`, end with one `tile.finish`, and each loop over keys is dot, score, softmax update and accumulate of its
/// own tiles, all of the geometry's sizes; ranges of keys are narrowed before the loops over them. The names of the
/// functions that it becomes (its own with a suffix) are free. Reports what is not so.
mlir::LogicalResult convertKernels(mlir::ModuleOp module, llvm::ArrayRef<llvm::StringRef> suffixes,
                                   llvm::function_ref<mlir::LogicalResult(Kernel)> convert);

/// A function behind `kernel` with its operands and more, which has, up to where `b` stands, what the kernel computes
/// before its instances. `mapping` leads from the kernel's values to those of the function.
mlir::func::FuncOp createFunction(mlir::OpBuilder &b, Kernel kernel, llvm::StringRef suffix,
                                  llvm::ArrayRef<mlir::Type> moreTypes, mlir::IRMapping &mapping);

/// Computes the share of a split in keys lo … hi - 1, in whole tiles counted from the first key, and maps it.
void convertSplit(mlir::OpBuilder &b, SplitKeysOp op, mlir::IRMapping &mapping);

/// The tiles near a group of rows.
struct NearTiles {
  mlir::Value begin, end; ///< keys
};

/// The tiles near the rows at query positions `first` to `last` (`tile.near_keys` has the formula).
NearTiles findNearTiles(mlir::OpBuilder &b, NearKeysOp op, mlir::Value first, mlir::Value last,
                        const mlir::IRMapping &mapping);

/// Clones what the first and the last key that norms are of depend on into a function that runs before all instances,
/// where only batch, kv head and the kernel's own values are mapped. Reports where there is more.
mlir::LogicalResult cloneNormBounds(mlir::OpBuilder &b, KeyNormsOp op, mlir::IRMapping &mapping);

} // namespace camber::tile

#endif
