// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbered constraints of the pipeline dialect (dialects/Pipeline/PipelineOps.td).
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

//===- types and attributes ----------------------------------------------===//

static LogicalResult verifyBuffer(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns,
                                  Type element) {
  for (int64_t size : {rows, columns})
    if (size < 1 || size >= attn::kMaxLength)
      return emitError() << "rows and columns must be in 1 … 2^24-1, got " << rows << " and " << columns;
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return emitError() << "elements must be f32, f16 or bf16, got " << element;
  if (columns * element.getIntOrFloatBitWidth() % 128)
    return emitError() << "a row must be a multiple of 16 bytes, got " << columns << " " << element;
  return success();
}

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, int64_t rows,
                               int64_t columns, Type element) {
  if (stages < 1 || stages > 8)
    return emitError() << "stages must be in 1 … 8, got " << stages;
  return verifyBuffer(emitError, rows, columns, element);
}

LogicalResult StageType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns,
                                Type element) {
  return verifyBuffer(emitError, rows, columns, element);
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t warps, int64_t keyStages,
                                   int64_t valueStages, int64_t kUnroll) {
  if (warps < 1 || warps > 16)
    return emitError() << "warps must be in 1 … 16, got " << warps;
  for (int64_t stages : {keyStages, valueStages})
    if (stages < 1 || stages > 8)
      return emitError() << "stages must be in 1 … 8, got " << stages;
  if (kUnroll < 0 || kUnroll > 8)
    return emitError() << "k_unroll must be in 0 … 8, got " << kUnroll;
  return success();
}

//===- ops ----------------------------------------------------------------===//

static LogicalResult expectTile(Operation *op, StringRef name, Type type, ArrayRef<int64_t> shape) {
  if (cast<tile::TileType>(type).getShape() == shape)
    return success();
  InFlightDiagnostic error = op->emitOpError() << name << " must be [";
  llvm::interleave(
      shape, [&](int64_t size) { error << size; }, [&] { error << ", "; });
  return error << "], got " << type;
}

/// A tensor [B,H,L,D] whose elements and head dim are those of the stage.
static LogicalResult expectSource(Operation *op, Type source, StageType stage) {
  auto type = dyn_cast<MemRefType>(source);
  if (type && type.getRank() == 4 && type.getElementType() == stage.getElementType() &&
      type.getDimSize(3) == stage.getColumns())
    return success();
  return op->emitOpError() << "source must be [batch, heads, length, " << stage.getColumns() << "] of "
                           << stage.getElementType() << ", got " << source;
}

static bool isMemref(Value value, int64_t rank, bool onlyF32) {
  auto type = dyn_cast<MemRefType>(value.getType());
  if (!type || type.getRank() != rank)
    return false;
  Type element = type.getElementType();
  return element.isF32() || (!onlyF32 && (element.isF16() || element.isBF16()));
}

static LogicalResult expectOutputs(Operation *op, Value destination, int64_t headDim, Value lse, Value partials) {
  if (!isMemref(destination, 4, false) || cast<MemRefType>(destination.getType()).getDimSize(3) != headDim)
    return op->emitOpError() << "destination must be [batch, heads, length, " << headDim
                             << "] of f32, f16 or bf16, got " << destination.getType();
  if (lse && !isMemref(lse, 3, true))
    return op->emitOpError() << "lse must be [batch, heads, length] of f32, got " << lse.getType();
  if (!isMemref(partials, 1, true))
    return op->emitOpError() << "partials must be f32 of rank 1, got " << partials.getType();
  return success();
}

LogicalResult ProgramIdOp::verify() {
  if (getRows().getType().getCount() != getGeometry().getRows()) // C1
    return emitOpError() << "rows must be those of the geometry, " << getGeometry().getRows() << ", got "
                         << getRows().getType();
  return success();
}

LogicalResult StageOp::verify() {
  RingType ring = getRing().getType();
  StageType stage = getStage().getType();
  if (ring.getRows() != stage.getRows() || ring.getColumns() != stage.getColumns() ||
      ring.getElementType() != stage.getElementType()) // C1
    return emitOpError() << "stage must have the rows, columns and elements of " << ring << ", got " << stage;
  return success();
}

LogicalResult CopyRowsOp::verify() {
  if (getStage().getType().getRows() != getRows().getType().getCount()) // C1
    return emitOpError() << "stage must have as many rows as the block, " << getRows().getType().getCount() << ", got "
                         << getStage().getType();
  return expectSource(*this, getSource().getType(), getStage().getType());
}

LogicalResult CopyKeysOp::verify() { return expectSource(*this, getSource().getType(), getStage().getType()); } // C1

LogicalResult DotOp::verify() {
  StageType rows = getRows().getType(), keys = getKeys().getType();
  if (rows.getColumns() != keys.getColumns() || rows.getElementType() != keys.getElementType()) // C1
    return emitOpError() << "rows and keys must agree in columns and elements, got " << rows << " and " << keys;
  if (failed(expectTile(*this, "scores", getScores().getType(), {rows.getRows(), keys.getRows()})))
    return failure();
  if (!std::isfinite(static_cast<float>(getScale().convertToDouble()))) // C2
    return emitOpError("scale must be finite in float32");
  if (!getLine())
    return success();
  if (rows.getElementType().isF32()) // C3
    return emitOpError("a line needs elements of 16 bits, got ") << rows;
  return expectTile(*this, "line", getLine().getType(), {rows.getRows()});
}

LogicalResult SoftmaxUpdateOp::verify() {
  auto scores = cast<tile::TileType>(getScores().getType()).getShape();
  if (scores.size() != 2 || getP().getType() != getScores().getType()) // C1
    return emitOpError() << "scores and p must be [rows, keys], got " << getScores().getType() << " and "
                         << getP().getType();
  for (auto [name, value] : {std::pair<StringRef, Value>{"maximum", getMaximum()},
                             {"sum", getSum()},
                             {"offset", getOffset()},
                             {"new maximum", getNewMaximum()},
                             {"new sum", getNewSum()},
                             {"rescale", getRescale()}})
    if (value && failed(expectTile(*this, name, value.getType(), {scores[0]})))
      return failure();
  const float scale = getScale().convertToDouble();
  if (!(scale > 0) || !std::isfinite(scale)) // C2
    return emitOpError("scale must be above 0 and finite in float32");
  return success();
}

LogicalResult RowValuesOp::verifyRegions() {
  Block &body = getBody().front();
  SmallVector<Type> expected = tile::RowArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  ValueRange yielded = body.getTerminator()->getOperands();
  if (!llvm::equal(body.getArgumentTypes(), expected) || yielded.size() != 1 || !yielded[0].getType().isF32()) // C1
    return emitOpError("region must take (i32, i32, params…) and yield one f32");
  if (failed(expectTile(*this, "values", getValues().getType(), {getRows().getType().getCount()}))) // C2
    return failure();
  if (failed(tile::verifyScoreOps(body, /*base2=*/true))) // C3
    return failure();
  return tile::verifyScoreParams(*this, getParams());
}

LogicalResult RowOffsetsOp::verify() { // C1
  return expectTile(*this, "slopes", getSlopes().getType(), {getRows().getType().getCount()});
}

static LogicalResult expectTable(Operation *op, Type type) {
  auto table = cast<MemRefType>(type);
  auto space = dyn_cast_or_null<IntegerAttr>(table.getMemorySpace());
  if (table.getRank() == 1 && table.hasStaticShape() && table.getElementType().isF32() &&
      table.getLayout().isIdentity() && space && space.getInt() == kSharedMemory)
    return success();
  return op->emitOpError() << "table must be a memref of f32 of one static dimension in memory space " << kSharedMemory
                           << ", got " << type;
}

LogicalResult TableOp::verify() { return expectTable(*this, getTable().getType()); } // C1

LogicalResult EntryOp::verify() {
  if (failed(expectTable(*this, getTable().getType()))) // C1
    return failure();
  auto score = (*this)->getParentOfType<tile::ScoreOp>();
  if (!score) // C2
    return emitOpError("must be in a tile.score");
  Block *body = score.getScoreBody();
  auto numberOf = [&](Value value) -> int64_t {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == body ? argument.getArgNumber() : -1;
  };
  constexpr int64_t numPair = tile::ScoreOp::kNumPairArguments;
  if (numberOf(getTable()) < numPair || numberOf(getLeast()) < numPair) // C2
    return emitOpError("must read a param of the tile.score that is a pipeline.table, from another param");
  if (numberOf(getQuery()) != 3 || numberOf(getKey()) != 4) // C3
    return emitOpError("must be at the positions of query and key that the body is given");
  return success();
}

LogicalResult TabulateOp::verifyRegions() {
  if (failed(expectTable(*this, getTable().getType()))) // C1
    return failure();
  Block &body = getBody().front();
  SmallVector<Type> expected = tile::DistanceArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  if (!llvm::equal(body.getArgumentTypes(), expected) || !tile::yieldsScore(body)) // C2
    return emitOpError("region must take (i32, i32, i32, params…) and yield one f32");
  if (failed(tile::verifyScoreOps(body, /*base2=*/true)) || failed(tile::verifyScoreParams(*this, getParams()))) // C3
    return failure();
  return success();
}

LogicalResult AccumulateOp::verify() { // C1
  auto p = cast<tile::TileType>(getP().getType()).getShape();
  StageType values = getValues().getType();
  if (p.size() != 2 || p[1] != values.getRows())
    return emitOpError() << "p must be [rows, " << values.getRows() << "], got " << getP().getType();
  if (failed(expectTile(*this, "output", getOutput().getType(), {p[0], values.getColumns()})) ||
      failed(expectTile(*this, "result", getResult().getType(), {p[0], values.getColumns()})))
    return failure();
  return expectTile(*this, "rescale", getRescale().getType(), {p[0]});
}

LogicalResult EpilogueOp::verify() {
  int64_t rows = getRows().getType().getCount();
  auto output = cast<tile::TileType>(getOutput().getType()).getShape();
  if (failed(expectTile(*this, "maximum", getMaximum().getType(), {rows})) || // C1
      failed(expectTile(*this, "sum", getSum().getType(), {rows})))
    return failure();
  if (output.size() != 2 || output[0] != rows)
    return emitOpError() << "output must be [" << rows << ", head dim], got " << getOutput().getType();
  return expectOutputs(*this, getDestination(), output[1], getLse(), getPartials()); // C2
}

LogicalResult RowNormsOp::verify() { // C1
  return expectTile(*this, "norms", getNorms().getType(), {getRows().getType().getRows()});
}

LogicalResult KeyNormsOp::verify() {
  auto source = dyn_cast<MemRefType>(getSource().getType());
  if (!isMemref(getSource(), 4, false) || source.isDynamicDim(3)) // C1
    return emitOpError() << "source must be [batch, kv heads, length, head dim] of f32, f16 or bf16 with a static head "
                            "dim, got "
                         << getSource().getType();
  if (!isMemref(getNorms(), 2, true) || cast<MemRefType>(getNorms().getType()).getDimSize(0) != 2) // C2
    return emitOpError() << "norms must be [2, blocks] of f32, got " << getNorms().getType();
  if (getGiven() && !isMemref(getGiven(), 3, true)) // C3
    return emitOpError() << "given must be [batch, kv heads, blocks] of f32, got " << getGiven().getType();
  return success();
}

LogicalResult CombineOp::verify() { // C1
  auto destination = dyn_cast<MemRefType>(getDestination().getType());
  int64_t headDim = destination && destination.getRank() == 4 ? destination.getDimSize(3) : 0;
  if (ShapedType::isDynamic(headDim))
    return emitOpError() << "destination must have a static head dim, got " << getDestination().getType();
  return expectOutputs(*this, getDestination(), headDim, getLse(), getPartials());
}
