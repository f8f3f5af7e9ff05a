// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, attributes and verifiers of the tile dialect.
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber::tile;

#include "camber/Dialect/Tile/TileDialect.cpp.inc"
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
  return TileType::get(parser.getContext(), shape, element);
}

void TileType::print(AsmPrinter &printer) const {
  printer << "<";
  for (int64_t size : getShape())
    printer << size << "x";
  printer << getElementType() << ">";
}

LogicalResult GeometryAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t kvHeads,
                                   int64_t headDim, int64_t rows, int64_t keys, bool packed, int64_t headOffset) {
  if (heads < 1 || kvHeads < 1 || heads % kvHeads)
    return emitError() << heads << " heads are not a multiple of " << kvHeads << " kv heads";
  if (headDim < 1 || rows < 1 || keys < 1 || headOffset < 0)
    return emitError() << "head_dim, rows and keys must be at least 1, head_offset at least 0";
  return success();
}

void ForKeysOp::build(OpBuilder &builder, OperationState &state, Value lo, Value hi, int64_t step, ValueRange inits,
                      bool full) {
  state.addOperands({lo, hi});
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  state.getOrAddProperties<Properties>().step = builder.getI64IntegerAttr(step);
  if (full)
    state.getOrAddProperties<Properties>().full = builder.getUnitAttr();
  Block *body = &state.addRegion()->emplaceBlock();
  body->addArguments({builder.getIndexType(), builder.getIndexType()}, {state.location, state.location});
  for (Value init : inits)
    body->addArgument(init.getType(), state.location);
}

LogicalResult ForKeysOp::verify() {
  SmallVector<Type> expected(2, IndexType::get(getContext()));
  llvm::append_range(expected, getInits().getTypes());
  if (!llvm::equal(getLoopBody()->getArgumentTypes(), expected))
    return emitOpError("body must take the first key, the count and the carried values");
  if (getResultTypes() != getInits().getTypes() ||
      getLoopBody()->getTerminator()->getOperandTypes() != getInits().getTypes())
    return emitOpError("carried values, what the body yields and results must agree in number and type");
  if (static_cast<int64_t>(getStep()) < 1)
    return emitOpError("step must be at least 1");
  return success();
}

LogicalResult BlockHeadOp::verify() {
  auto instances = (*this)->getParentOfType<InstancesOp>();
  if (instances && instances.getGeometry().getPacked()) // C1
    return emitOpError("rows are packed, so a block has rows of several heads");
  return success();
}

LogicalResult ScoreOp::verifyRegions() {
  Type i32 = IntegerType::get(getContext(), 32);
  SmallVector<Type> expected = {Float32Type::get(getContext()), i32, i32, i32, i32, i32, i32};
  llvm::append_range(expected, getParams().getTypes());
  if (!llvm::equal(getScoreBody()->getArgumentTypes(), expected))
    return emitOpError("body must take (f32, i32, i32, i32, i32, i32, i32, params…)");
  auto yielded = getScoreBody()->getTerminator()->getOperandTypes();
  if (yielded.size() != 1 || !yielded[0].isF32())
    return emitOpError("body must yield one f32");
  if (getDocuments() && getParams().size() < 2)
    return emitOpError("`documents` needs the documents of queries and keys as last params");
  return success();
}

LogicalResult PiecesOp::verify() {
  if (getPieces().size() != getBreaks().size() + 1)
    return emitOpError("needs one region more than breaks");
  for (Region &piece : getPieces()) {
    Block &block = piece.front();
    if (block.getNumArguments() != 1 || !block.getArgument(0).getType().isInteger(32))
      return emitOpError("each region takes the distance (i32)");
    if (block.empty() || !isa<YieldOp>(block.back()) || block.back().getNumOperands() != 1 ||
        !block.back().getOperand(0).getType().isF32())
      return emitOpError("each region yields one f32");
  }
  return success();
}
