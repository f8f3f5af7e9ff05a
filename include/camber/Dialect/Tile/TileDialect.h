// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile dialect.
#ifndef CAMBER_DIALECT_TILE_TILEDIALECT_H
#define CAMBER_DIALECT_TILE_TILEDIALECT_H

#include "camber/Dialect/Tile/BodyArguments.h"
#include "camber/Dialect/Tile/TileInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace camber::tile {
template <typename ConcreteOp> class InScoreBody : public mlir::OpTrait::TraitBase<ConcreteOp, InScoreBody> {};

/// What the operations in the regions of `op` do. One that does not say may do anything.
void collectRegionEffects(mlir::Operation *op, llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);

template <typename ConcreteOp> class EffectsOfRegions : public mlir::OpTrait::TraitBase<ConcreteOp, EffectsOfRegions> {
public:
  void getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects) {
    collectRegionEffects(this->getOperation(), effects);
  }
};
} // namespace camber::tile

#include "camber/Dialect/Tile/TileDialect.h.inc"
#include "camber/Dialect/Tile/TileEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "camber/Dialect/Tile/TileTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Tile/TileAttributes.h.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Tile/TileOps.h.inc"

namespace camber::tile {
/// Attribute (f64) of an arith.mulf by a constant in a score body: the factor before it was rounded to f32. Passes that
/// fold factors into each other multiply these and round once.
inline constexpr llvm::StringLiteral kExactFactor = "tile.exact_factor";

/// Constraints that score bodies of the tile and of the schedule level share: what a body may be made of, what its
/// params may be, and that a block ends by yielding one f32. The first two report what is wrong. In base 2 there are no
/// score modifiers: they take and give natural units.
mlir::LogicalResult verifyScoreOps(mlir::Block &body, bool base2 = false);
mlir::LogicalResult verifyScoreParams(mlir::Operation *op, mlir::ValueRange params);
bool yieldsScore(mlir::Block &block);

/// A score modifier in the region or in one inside of it; null if there is none.
mlir::Operation *findScoreModifier(mlir::Region &region);
} // namespace camber::tile

#endif
