// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbered constraints of the tile dialect (dialects/Tile/TileOps.td).
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::tile;

//===- shapes shared by several ops --------------------------------------===//

/// The size of dimension `dim` of a tile, or kAny where it has none.
static constexpr int64_t kAny = -1;
static int64_t sizeOf(Type tile, size_t dim) {
  auto shape = cast<TileType>(tile).getShape();
  return dim < shape.size() ? shape[dim] : kAny;
}

/// Fails unless `type` is a tile of this shape, with a message that gives letters and sizes: "sum must be [R] = [64],
/// got …".
static LogicalResult expectTile(Operation *op, StringRef name, Type type, StringRef letters,
                                ArrayRef<int64_t> expected) {
  auto agree = [](int64_t size, int64_t wanted) { return wanted == kAny || size == wanted; };
  auto shape = cast<TileType>(type).getShape();
  if (shape.size() == expected.size() && llvm::all_of_zip(shape, expected, agree))
    return success();
  InFlightDiagnostic error = op->emitOpError() << name << " must be " << letters << " = [";
  llvm::interleave(
      expected, [&](int64_t size) { size == kAny ? error << "any" : error << size; }, [&] { error << ", "; });
  return error << "], got " << type;
}

/// The state of `rows` rows: maximum and sum [R], output [R,D].
static LogicalResult expectState(Operation *op, Type rows, Type maximum, Type sum, Type output) {
  int64_t count = cast<RowsType>(rows).getCount();
  if (failed(expectTile(op, "maximum", maximum, "[R]", {count})) || failed(expectTile(op, "sum", sum, "[R]", {count})))
    return failure();
  return expectTile(op, "output", output, "[R, D]", {count, kAny});
}

static bool isStorage(Type type) { return type.isF32() || type.isF16() || type.isBF16(); }

/// An operand of the attention: [batch, heads, length, head dim], whose head dim is that of `tile`.
static LogicalResult expectTensor(Operation *op, StringRef name, Value memref, Type tile) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  auto shape = cast<TileType>(tile).getShape();
  if (type && type.getRank() == 4 && isStorage(type.getElementType()) && shape.size() == 2 &&
      type.getDimSize(3) == shape[1])
    return success();
  return op->emitOpError() << name
                           << " must be [batch, heads, length, head dim] of f32, f16 or bf16 with the head dim of "
                           << tile << ", got " << memref.getType();
}

static LogicalResult expectStep(Operation *op, int64_t step) {
  if (step >= 1 && step < attn::kMaxLength)
    return success();
  return op->emitOpError("step must be in 1 … 2^24-1, got ") << step;
}

//===- types and attributes ----------------------------------------------===//

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                               Type elementType) {
  auto isSize = [](int64_t size) { return size >= 1 && size < attn::kMaxLength; };
  if (shape.empty() || shape.size() > 2 || !llvm::all_of(shape, isSize) || !elementType.isF32()) // C1
    return emitError() << "a tile has one or two dimensions in 1 … 2^24-1, of f32";
  return success();
}

LogicalResult RowsType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t count) {
  if (count < 1 || count >= attn::kMaxLength) // C1
    return emitError() << "a block has 1 … 2^24-1 rows, got " << count;
  return success();
}

LogicalResult ShapeAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t keys,
                                int64_t packMax) {
  auto inRange = [](int64_t size, int64_t least) { return size >= least && size < attn::kMaxLength; };
  if (inRange(rows, 1) && inRange(keys, 1) && inRange(packMax, 0)) // C1
    return success();
  return emitError() << "rows and keys must be in 1 … 2^24-1, pack_max in 0 … 2^24-1, got " << rows << ", " << keys
                     << " and " << packMax;
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == "tile.shape" &&
      !(isa<ShapeAttr>(attribute.getValue()) && isa<attn::AttentionOp>(op))) // C2 of ShapeAttr
    return op->emitError("'tile.shape' must be a #tile.shape, on attn.attention");
  return verifyKnownAttribute(op, attribute.getName(), {"tile.shape", kExactFactor}, "an operation");
}

LogicalResult GeometryAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t kvHeads,
                                   int64_t headDim, int64_t rows, int64_t keys, bool packed, int64_t headOffset) {
  if (heads < 1 || kvHeads < 1 || heads % kvHeads) // C1
    return emitError() << heads << " heads are not a multiple of " << kvHeads << " kv heads";
  if (headDim < 1 || rows < 1 || keys < 1 || headOffset < 0) // C2
    return emitError() << "head_dim, rows and keys must be at least 1, head_offset at least 0";
  if (llvm::any_of(ArrayRef{heads, headDim, rows, keys, headOffset},
                   [](int64_t v) { return v >= attn::kMaxLength; })) // C3
    return emitError() << "sizes must be below 2^24";
  return success();
}

//===- structure ---------------------------------------------------------===//

LogicalResult KernelOp::verifyRegions() {
  Type index = IndexType::get(getContext());
  Type rows = RowsType::get(getContext(), getGeometry().getRows());
  if (!llvm::equal(getBody().front().getArgumentTypes(), ArrayRef<Type>{index, index, rows, index, index})) // C1
    return emitOpError() << "body must take batch and kv head (index), the rows (" << rows
                         << "), the split and the number of splits (index)";
  return success();
}

LogicalResult ForKeysOp::verifyRegions() {
  SmallVector<Type> expected(2, IndexType::get(getContext()));
  llvm::append_range(expected, getInits().getTypes());
  if (!llvm::equal(getLoopBody()->getArgumentTypes(), expected)) // C1
    return emitOpError("body must take the first key, the count and the carried values");
  if (getResultTypes() != getInits().getTypes() ||
      getLoopBody()->getTerminator()->getOperandTypes() != getInits().getTypes()) // C2
    return emitOpError("carried values, what the body yields and results must agree in number and type");
  if (failed(expectStep(*this, getStep()))) // C3
    return failure();
  std::optional<int64_t> lo = attn::getConstant(getLo()), hi = attn::getConstant(getHi()); // C4
  if (getFull() && lo && hi && *hi > *lo && (*hi - *lo) % static_cast<int64_t>(getStep()))
    return emitOpError() << "says that all tiles are full, and keys " << *lo << " to " << *hi
                         << " are no whole number of tiles of " << getStep();
  if (getSplit()) // C5
    for (auto score : getLoopBody()->getOps<ScoreOp>())
      if (!score.getMasks().empty() || findScoreModifier(score.getBody()))
        return emitOpError("is split, and its scores have masks or modifiers; run tile-fuse-scores before "
                           "tile-split-key-ranges");
  return success();
}

LogicalResult BlockHeadOp::verify() {
  auto programs = (*this)->getParentOfType<KernelOp>();
  if (programs && programs.getGeometry().getPacked()) // C1
    return emitOpError("rows are packed, so a block has rows of several heads");
  return success();
}

//===- tiles -------------------------------------------------------------===//

LogicalResult LoadRowsOp::verify() {
  int64_t rows = cast<RowsType>(getRows().getType()).getCount(); // C1
  if (failed(expectTile(*this, "tile", getTile().getType(), "[R, D]", {rows, kAny})))
    return failure();
  return expectTensor(*this, "source", getSource(), getTile().getType());
}

LogicalResult LoadKeysOp::verify() { return expectTensor(*this, "source", getSource(), getTile().getType()); } // C1

LogicalResult InitStateOp::verify() {
  if (failed(expectState(*this, getRows().getType(), getMaximum().getType(), getSum().getType(),
                         getOutput().getType()))) // C1
    return failure();
  if (Value sink = getSink()) { // C2
    auto type = dyn_cast<MemRefType>(sink.getType());
    if (!type || type.getRank() != 1 || !type.getElementType().isF32())
      return emitOpError("sink must be f32 [H], got ") << sink.getType();
  }
  return success();
}

LogicalResult DotOp::verify() {
  Type rows = getRows().getType(), keys = getKeys().getType(); // C1
  if (failed(expectTile(*this, "rows", rows, "[R, D]", {kAny, kAny})) ||
      failed(expectTile(*this, "keys", keys, "[T, D]", {kAny, sizeOf(rows, 1)})) ||
      failed(expectTile(*this, "scores", getScores().getType(), "[R, T]", {sizeOf(rows, 0), sizeOf(keys, 0)})))
    return failure();
  if (!attn::isFiniteInF32(getScale().convertToDouble())) // C2
    return emitOpError("scale must be finite in float32");
  return success();
}

LogicalResult SoftmaxUpdateOp::verify() {
  Type scores = getScores().getType(); // C1
  int64_t rows = sizeOf(scores, 0);
  if (failed(expectTile(*this, "scores", scores, "[R, T]", {kAny, kAny})) ||
      failed(expectTile(*this, "p", getP().getType(), "[R, T]", {rows, sizeOf(scores, 1)})))
    return failure();
  for (auto [name, value] : {std::pair<StringRef, Value>{"maximum", getMaximum()},
                             {"sum", getSum()},
                             {"new maximum", getNewMaximum()},
                             {"new sum", getNewSum()},
                             {"rescale", getRescale()}})
    if (failed(expectTile(*this, name, value.getType(), "[R]", {rows})))
      return failure();
  return success();
}

LogicalResult AccumulateOp::verify() {
  Type p = getP().getType(), values = getValues().getType(); // C1
  int64_t rows = sizeOf(p, 0), dim = sizeOf(values, 1);
  if (failed(expectTile(*this, "p", p, "[R, T]", {kAny, kAny})) ||
      failed(expectTile(*this, "values", values, "[T, D]", {sizeOf(p, 1), kAny})) ||
      failed(expectTile(*this, "output", getOutput().getType(), "[R, D]", {rows, dim})) ||
      failed(expectTile(*this, "result", getResult().getType(), "[R, D]", {rows, dim})))
    return failure();
  return expectTile(*this, "rescale", getRescale().getType(), "[R]", {rows});
}

LogicalResult EpilogueOp::verify() {
  if (failed(expectState(*this, getRows().getType(), getMaximum().getType(), getSum().getType(),
                         getOutput().getType()))) // C1
    return failure();
  if (failed(expectTensor(*this, "destination", getDestination(), getOutput().getType()))) // C2
    return failure();
  if (Value lse = getLse()) {
    auto type = dyn_cast<MemRefType>(lse.getType());
    if (!type || type.getRank() != 3 || !type.getElementType().isF32())
      return emitOpError("lse must be [batch, heads, length] of f32, got ") << lse.getType();
  }
  return success();
}

//===- score bodies ------------------------------------------------------===//

LogicalResult ScoreOp::verifyRegions() {
  SmallVector<Type> expected = attn::ScoreArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  if (!llvm::equal(getScoreBody()->getArgumentTypes(), expected)) // C1
    return emitOpError("body must take (f32, i32, i32, i32, i32, i32, i32, params…)");
  if (!yieldsScore(*getScoreBody())) // C2
    return emitOpError("body must yield one f32");
  int64_t rows = cast<RowsType>(getRows().getType()).getCount(), keys = sizeOf(getScores().getType(), 1); // C3
  if (failed(expectTile(*this, "scores", getScores().getType(), "[R, T]", {rows, kAny})) ||
      failed(expectTile(*this, "result", getResult().getType(), "[R, T]", {rows, keys})))
    return failure();
  if (getSegments()) { // C4
    auto isIds = [](Value ids) {
      auto type = dyn_cast<MemRefType>(ids.getType());
      return type && type.getRank() == 2 && type.getElementType().isInteger(32);
    };
    if (getParams().size() < 2 || !llvm::all_of(getParams().take_back(2), isIds))
      return emitOpError("`segments` needs the segments of queries and keys, i32 [batch, length], as last params");
  }
  for (Attribute mask : getMasks()) { // C5
    auto interface = dyn_cast<attn::MaskAttrInterface>(mask);
    if (!interface)
      return emitOpError() << mask << " is not a mask";
    if (interface.readsSegments() && !getSegments())
      return emitOpError() << mask << " needs `segments`";
  }
  if (failed(verifyScoreOps(*getScoreBody(), getBase2()))) // C6, C8
    return failure();
  if (failed(verifyScoreParams(*this, getParams()))) // C7
    return failure();
  if (getBase2() && !getMasks().empty()) // C8
    return emitOpError() << "is in base 2, and has masks " << getMasks()
                         << " beside its body; run tile-fuse-scores before tile-use-base2";
  return success();
}

//===- skipping keys --------------------------------------------------===//

/// Running maxima of norms in both directions, as tile.key_norms gives them.
static LogicalResult expectKeyNorms(Operation *op, Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (memref && memref.getRank() == 2 && memref.getDimSize(0) == 2 && memref.getElementType().isF32())
    return success();
  return op->emitOpError("key norms must be f32 [2, blocks], got ") << type;
}

/// Norms of blocks of keys that the caller keeps.
static LogicalResult expectGivenNorms(Operation *op, Value norms) {
  auto memref = norms ? dyn_cast<MemRefType>(norms.getType()) : MemRefType();
  if (!norms || (memref && memref.getRank() == 3 && memref.getElementType().isF32()))
    return success();
  return op->emitOpError("norms of keys that are given must be f32 [batch, kv heads, blocks], got ") << norms.getType();
}

LogicalResult KeyRangeOp::verify() {
  if (failed(expectStep(*this, getStep()))) // C1
    return failure();
  return expectGivenNorms(*this, getNorms()); // C2
}

LogicalResult SplitKVOp::verify() { return expectStep(*this, getStep()); } // C1

LogicalResult RowNormsOp::verify() {
  Type rows = getRows().getType(); // C1
  if (failed(expectTile(*this, "rows", rows, "[R, D]", {kAny, kAny})))
    return failure();
  return expectTile(*this, "norms", getNorms().getType(), "[R]", {sizeOf(rows, 0)});
}

LogicalResult KeyNormsOp::verify() {
  auto source = cast<MemRefType>(getSource().getType()); // C1
  if (source.getRank() != 4 || !isStorage(source.getElementType()) || source.isDynamicDim(3))
    return emitOpError(
               "source must be [batch, heads, length, head dim] of f32, f16 or bf16 with a static head dim, got ")
           << source;
  if (failed(expectKeyNorms(*this, getNorms().getType()))) // C2
    return failure();
  int64_t least = getQLenMin();
  if (least < 0 || least >= attn::kMaxLength) // C3
    return emitOpError("q_len_min must be in 0 … 2^24-1, got ") << least;
  return expectGivenNorms(*this, getGiven()); // C4
}

/// The region takes these and then the params, and yields one `result`.
static LogicalResult expectRegion(Operation *op, StringRef name, Block &body, ArrayRef<Type> leading, ValueRange params,
                                  Type result, bool base2) {
  SmallVector<Type> expected(leading);
  llvm::append_range(expected, params.getTypes());
  if (!llvm::equal(body.getArgumentTypes(), expected)) {
    InFlightDiagnostic error = op->emitOpError() << name << " must take (";
    llvm::interleaveComma(leading, error);
    return error << ", params…)";
  }
  if (body.empty() || !isa<YieldOp>(body.back()) || body.back().getNumOperands() != 1 ||
      body.back().getOperand(0).getType() != result)
    return op->emitOpError() << name << " must yield one " << result;
  return verifyScoreOps(body, base2);
}

/// What both ops that bound scores know of every row, and of the keys.
template <typename OpTy> static LogicalResult expectStateAndNorms(OpTy op) {
  int64_t rows = cast<RowsType>(op.getRows().getType()).getCount();
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"maximum", op.getMaximum()}, {"sum", op.getSum()}, {"row norms", op.getRowNorms()}})
    if (failed(expectTile(op, name, value.getType(), "[R]", {rows})))
      return failure();
  return expectKeyNorms(op, op.getKeyNorms().getType());
}

LogicalResult NearRangeOp::verify() { return expectStep(*this, getStep()); } // C1

LogicalResult StateBoundOp::verifyRegions() {
  Type i32 = IntegerType::get(getContext(), 32), f32 = Float32Type::get(getContext());
  bool base2 = getBase2(); // C6
  if (failed(expectRegion(*this, "nearest", getNearest().front(), NearestArguments::getTypes(getContext()), getParams(),
                          i32, base2)) || // C1
      failed(expectRegion(*this, "score", getScore().front(), PairBoundArguments::getTypes(getContext()), getParams(),
                          f32, base2))) // C2
    return failure();
  if (failed(expectStateAndNorms(*this))) // C3, C4
    return failure();
  return verifyScoreParams(*this, getParams()); // C5
}

LogicalResult SkipRangeOp::verifyRegions() {
  if (failed(expectRegion(*this, "region", *getBoundBody(), RangeBoundArguments::getTypes(getContext()), getParams(),
                          Float32Type::get(getContext()), getBase2()))) // C1, C2, C8
    return failure();
  if (failed(expectStateAndNorms(*this))) // C3, C4
    return failure();
  if (failed(verifyScoreParams(*this, getParams()))) // C5, with what the region may hold
    return failure();
  if (failed(expectStep(*this, getStep()))) // C6
    return failure();
  if (getSide() == Side::near) // C7
    return emitOpError("has no near side: it skips keys on the left or right");
  return success();
}
