// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel as it leaves the tile level, and what every conversion from there does with it.
#ifndef CAMBER_DIALECT_TILE_KERNEL_H
#define CAMBER_DIALECT_TILE_KERNEL_H

#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace camber::tile {

/// Whether scores, or a bound of them, are as a conversion takes them: nothing is left beside the body or in it that a
/// pass has to lower first, and the units are those of the softmax. Reports what is left, and the pass that was left
/// out.
mlir::LogicalResult checkLowered(ScoreOp score);
mlir::LogicalResult checkLowered(SkipRangeOp op);
mlir::LogicalResult checkLowered(StateBoundOp op);

/// Fails, with an error that names `pass`, the conversion that was left out, where there is still a kernel at the tile
/// level or above it.
mlir::LogicalResult refuseKernels(mlir::ModuleOp module, llvm::StringRef pass);

struct Kernel {
  mlir::func::FuncOp function;
  KernelOp programs;
};

/// Reports a division of a kernel by what may be 0: a score body is evaluated at hidden pairs, too.
mlir::LogicalResult checkDivisions(mlir::func::FuncOp kernel);

/// The kernels of a module, each the only one in a function without results. Reports attention that was not converted,
/// and names that are taken of functions that kernels become, their names with a suffix.
mlir::FailureOr<llvm::SmallVector<Kernel>> findKernels(mlir::ModuleOp module, llvm::ArrayRef<llvm::StringRef> suffixes);

/// Replaces every kernel of the module, once it has been found to be of a form that can be converted. The kernel is one
/// block with the programs and what sizes and constants need. The programs load their rows once, begin from one
/// `tile.init_state`, end with one `tile.epilogue`, and each loop over keys is dot, score, softmax update and
/// accumulate of the tiles that it loads, all of the geometry's sizes and of the same keys, values, scale and
/// positions; a loop continues the state of the one before it; ranges of keys are narrowed before the loops over them.
/// Scores and bounds are lowered (`checkLowered`). The names of the functions that it becomes, its name with a suffix,
/// are free. Reports what is not so.
mlir::LogicalResult convertKernels(mlir::ModuleOp module, llvm::ArrayRef<llvm::StringRef> suffixes,
                                   llvm::function_ref<mlir::LogicalResult(Kernel)> convert);

/// A function behind `kernel` with its operands and more, which has, up to where `b` stands, what the kernel computes
/// before its programs. `mapping` leads from the kernel's values to those of the function.
mlir::func::FuncOp createFunction(mlir::OpBuilder &b, Kernel kernel, llvm::StringRef suffix,
                                  llvm::ArrayRef<mlir::Type> moreTypes, mlir::IRMapping &mapping);

/// Computes the share of a split in keys lo … hi - 1, in whole tiles counted from the first key, and maps it.
void convertSplit(mlir::OpBuilder &b, SplitKVOp op, mlir::IRMapping &mapping);

/// The tiles near a group of rows.
struct NearTiles {
  mlir::Value begin, end; ///< keys
};

/// The tiles near the rows at query positions `first` to `last` (`tile.near_range` has the formula).
NearTiles findNearTiles(mlir::OpBuilder &b, NearRangeOp op, mlir::Value first, mlir::Value last,
                        const mlir::IRMapping &mapping);

/// Clones what the first and the last key that norms are of depend on into a function that runs before all programs,
/// where only batch, kv head and the kernel's own values are mapped. Reports where there is more.
mlir::LogicalResult cloneNormBounds(mlir::OpBuilder &b, KeyNormsOp op, mlir::IRMapping &mapping);

} // namespace camber::tile

#endif
