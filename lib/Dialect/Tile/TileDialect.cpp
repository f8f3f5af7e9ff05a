// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration, types and builders of the tile dialect.
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber::tile;

#include "camber/Dialect/Tile/TileDialect.cpp.inc"
#include "camber/Dialect/Tile/TileEnums.cpp.inc"
#include "camber/Dialect/Tile/TileInterfaces.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "camber/Dialect/Tile/TileTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Tile/TileAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Tile/TileOps.cpp.inc"

void TileDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "camber/Dialect/Tile/TileTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "camber/Dialect/Tile/TileAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "camber/Dialect/Tile/TileOps.cpp.inc"
      >();
}

Type TileType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(element) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<TileType>(parser.getContext(), shape, element);
}

void TileType::print(AsmPrinter &printer) const {
  printer << "<";
  for (int64_t size : getShape())
    printer << size << "x";
  printer << getElementType() << ">";
}

void camber::tile::collectRegionEffects(Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps()) {
      auto known = getEffectsRecursively(&inner);
      if (!known) {
        effects.emplace_back(MemoryEffects::Read::get());
        effects.emplace_back(MemoryEffects::Write::get());
        continue;
      }
      // Without the values they are on, which may be the region's own.
      for (const MemoryEffects::EffectInstance &effect : *known)
        effects.emplace_back(effect.getEffect(), effect.getResource());
    }
}

void ForKeysOp::build(OpBuilder &builder, OperationState &state, Value lo, Value hi, int64_t step, ValueRange inits,
                      bool full) {
  state.addOperands({lo, hi});
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  state.getOrAddProperties<Properties>().step = builder.getI64IntegerAttr(step);
  if (full) // sides are for passes to find
    state.getOrAddProperties<Properties>().full = builder.getUnitAttr();
  Block *body = &state.addRegion()->emplaceBlock();
  body->addArguments({builder.getIndexType(), builder.getIndexType()}, {state.location, state.location});
  for (Value init : inits)
    body->addArgument(init.getType(), state.location);
}
