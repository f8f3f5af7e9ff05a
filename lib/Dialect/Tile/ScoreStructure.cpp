// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tile-fuse-scores composed, as arithmetic on one pair.
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/ScoreForm.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;

static Value emitDistance(OpBuilder &b, Location loc, Value query, Value key) {
  return arith::SubIOp::create(b, loc, key, query);
}

/// Both positions are below 2^24, so their conversions are exact, and the difference is where that is below 2^24, too.
/// In float32 the distance costs one operation per pair for lines, choices between them and limits together.
static Value emitRealDistance(OpBuilder &b, Location loc, Value query, Value key) {
  Value realKey = arith::SIToFPOp::create(b, loc, b.getF32Type(), key);
  Value realQuery = arith::SIToFPOp::create(b, loc, b.getF32Type(), query);
  return arith::SubFOp::create(b, loc, realKey, realQuery);
}

/// Whether a value of a score body is finite wherever `score` is.
static bool isFinite(Value value, Value score) {
  if (value == score)
    return true;
  Operation *op = value.getDefiningOp();
  auto isConstant = [](Value v) {
    FloatAttr number;
    return matchPattern(v, m_Constant(&number)) && number.getValue().isFinite();
  };
  return op && llvm::TypeSwitch<Operation *, bool>(op)
                   .Case([&](tile::AffineOp affine) { return isFinite(affine.getScore(), score); })
                   .Case([&](tile::PiecewiseOp pieces) {
                     return llvm::all_of(pieces.getPieces(), [&](Region &piece) {
                       return isFinite(piece.front().getTerminator()->getOperand(0), score);
                     });
                   })
                   .Case<math::TanhOp, arith::NegFOp>([&](auto unary) { return isFinite(unary.getOperand(), score); })
                   .Case<arith::MulFOp, arith::AddFOp, arith::SubFOp>([&](auto binary) {
                     return (isFinite(binary.getLhs(), score) && isConstant(binary.getRhs())) ||
                            (isFinite(binary.getRhs(), score) && isConstant(binary.getLhs()));
                   })
                   .Default(false);
}

bool camber::tile::mayHide(Block &body) { return !isFinite(body.getTerminator()->getOperand(0), body.getArgument(0)); }

SmallVector<Value> camber::tile::getRealDistances(Block &body) {
  auto isReal = [&](Value value, unsigned argument) {
    auto convert = value.getDefiningOp<arith::SIToFPOp>();
    return convert && convert.getIn() == body.getArgument(argument);
  };
  SmallVector<Value> distances;
  for (auto difference : body.getOps<arith::SubFOp>())
    if (difference.getType().isF32() && isReal(difference.getLhs(), 4) && isReal(difference.getRhs(), 3))
      distances.push_back(difference);
  return distances;
}

/// Whether key - query compares with `limit`, which is known to be exact as a float32 or compared as an integer.
static Value emitCompare(OpBuilder &b, Location loc, arith::CmpIPredicate predicate, Value query, Value key,
                         Value limit) {
  std::optional<int64_t> constant = attn::getConstant(limit);
  if (!constant || std::abs(*constant) >= attn::kMaxLength)
    return arith::CmpIOp::create(b, loc, predicate, emitDistance(b, loc, query, key), limit);
  Value realLimit = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(static_cast<float>(*constant)));
  auto real = predicate == arith::CmpIPredicate::sge ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OLE;
  return arith::CmpFOp::create(b, loc, real, emitRealDistance(b, loc, query, key), realLimit);
}

static void lowerAffine(tile::AffineOp affine) {
  // One rounding, in the FMA, and one of the distance from an origin.
  OpBuilder b(affine);
  Location loc = affine.getLoc();
  Value distance = emitRealDistance(b, loc, affine.getQuery(), affine.getKey());
  if (affine.getOrigin())
    distance = arith::SubFOp::create(b, loc, distance, affine.getOrigin());
  affine.replaceAllUsesWith(math::FmaOp::create(b, loc, affine.getSlope(), distance, affine.getScore()).getResult());
  affine.erase();
}

/// The pieces as lines on the same score, or nothing.
static SmallVector<tile::AffineOp> getAffineOps(ArrayRef<Value> pieces) {
  SmallVector<tile::AffineOp> lines;
  for (Value piece : pieces) {
    auto line = piece.getDefiningOp<tile::AffineOp>();
    if (!line || (!lines.empty() && (line.getScore() != lines[0].getScore() || line.getQuery() != lines[0].getQuery() ||
                                     line.getKey() != lines[0].getKey())))
      return {};
    lines.push_back(line);
  }
  return lines;
}

static void lowerPieces(tile::PiecewiseOp pieces) {
  OpBuilder b(pieces);
  Location loc = pieces.getLoc();
  Value distance = emitDistance(b, loc, pieces.getQuery(), pieces.getKey());
  SmallVector<Value> values;
  for (Region &region : pieces.getPieces()) {
    Block &block = region.front();
    block.getArgument(0).replaceAllUsesWith(distance);
    Operation *yield = block.getTerminator();
    values.push_back(yield->getOperand(0));
    yield->erase();
    pieces->getBlock()->getOperations().splice(pieces->getIterator(), block.getOperations());
  }
  SmallVector<Value> reached;
  for (Value limit : pieces.getBreakpoints())
    reached.push_back(emitCompare(b, loc, arith::CmpIPredicate::sge, pieces.getQuery(), pieces.getKey(), limit));
  auto choose = [&](ArrayRef<Value> values) {
    Value result = values.front();
    for (auto [condition, value] : llvm::zip_equal(reached, values.drop_front()))
      result = arith::SelectOp::create(b, loc, condition, value, result);
    return result;
  };
  Value result;
  if (SmallVector<tile::AffineOp> lines = getAffineOps(values); !lines.empty()) {
    // The line is chosen before it is evaluated: one FMA, not one per piece.
    Value slope = choose(llvm::map_to_vector(lines, [](tile::AffineOp line) -> Value { return line.getSlope(); }));
    Value origin;
    if (llvm::any_of(lines, [](tile::AffineOp line) { return static_cast<bool>(line.getOrigin()); })) {
      Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0.0));
      origin = choose(llvm::map_to_vector(
          lines, [&](tile::AffineOp line) -> Value { return line.getOrigin() ? line.getOrigin() : zero; }));
    }
    result = tile::AffineOp::create(b, loc, b.getF32Type(), lines[0].getScore(), slope, lines[0].getQuery(),
                                    lines[0].getKey(), origin);
    pieces.replaceAllUsesWith(result);
    pieces.erase();
    for (tile::AffineOp line : lines)
      if (line->use_empty())
        line.erase();
    return;
  }
  result = choose(values);
  pieces.replaceAllUsesWith(result);
  pieces.erase();
}

static void lowerVisible(tile::VisibleOp visible) {
  OpBuilder b(visible);
  Location loc = visible.getLoc();
  Value result = visible.getScore();
  Value hidden = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  for (auto [limit, predicate] :
       {std::pair{visible.getMin(), arith::CmpIPredicate::sge}, std::pair{visible.getMax(), arith::CmpIPredicate::sle}})
    if (limit) {
      Value inside = emitCompare(b, loc, predicate, visible.getQuery(), visible.getKey(), limit);
      result = arith::SelectOp::create(b, loc, inside, result, hidden);
    }
  visible.replaceAllUsesWith(result);
  visible.erase();
}

static void lowerDiagonal(tile::DiagonalOp diagonal) {
  OpBuilder b(diagonal);
  Location loc = diagonal.getLoc();
  Block &function = diagonal.getFunction().front();
  function.getArgument(0).replaceAllUsesWith(diagonal.getHead());
  function.getArgument(1).replaceAllUsesWith(emitDistance(b, loc, diagonal.getQuery(), diagonal.getKey()));
  Operation *yield = function.getTerminator();
  Value value = yield->getOperand(0);
  yield->erase();
  diagonal->getBlock()->getOperations().splice(diagonal->getIterator(), function.getOperations());
  diagonal.replaceAllUsesWith(arith::AddFOp::create(b, loc, diagonal.getScore(), value).getResult());
  diagonal.erase();
}

void camber::tile::lowerScoreStructure(Block &body) {
  // Outer ops first: pieces splice their regions into the block, whose ops are then lowered in turn.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &operation : llvm::make_early_inc_range(body)) {
      if (auto pieces = dyn_cast<tile::PiecewiseOp>(operation))
        lowerPieces(pieces), changed = true;
      else if (auto affine = dyn_cast<tile::AffineOp>(operation))
        lowerAffine(affine), changed = true;
      else if (auto visible = dyn_cast<tile::VisibleOp>(operation))
        lowerVisible(visible), changed = true;
      else if (auto diagonal = dyn_cast<tile::DiagonalOp>(operation))
        lowerDiagonal(diagonal), changed = true;
      if (changed)
        break;
    }
  }
}

bool camber::tile::isTranscendental(Operation &operation) {
  return isa<math::MathDialect>(operation.getDialect()) &&
         !isa<math::FmaOp, math::AbsFOp, math::SqrtOp, math::FloorOp, math::CeilOp, math::AbsIOp>(operation);
}

Value camber::tile::clampIndex(OpBuilder &b, Location loc, Value table, int64_t dim, Value i) {
  Value size = b.createOrFold<memref::DimOp>(loc, table, dim);
  Value last = b.createOrFold<arith::SubIOp>(loc, size, arith::ConstantIndexOp::create(b, loc, 1));
  last = b.createOrFold<arith::IndexCastOp>(loc, b.getI32Type(), last);
  if (isa<VectorType>(i.getType()))
    last = vector::BroadcastOp::create(b, loc, i.getType(), last);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(i.getType()));
  return arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, i, last), zero);
}

Value camber::tile::emitTable(OpBuilder &b, arith::ConstantOp constant) {
  auto elements = cast<ShapedType>(constant.getType());
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto type = MemRefType::get(elements.getShape(), elements.getElementType());
  Attribute data = constant.getValue();
  memref::GlobalOp global;
  unsigned number = 0;
  for (auto other : module.getOps<memref::GlobalOp>()) {
    ++number;
    if (other.getInitialValue() == data)
      global = other;
  }
  if (!global) {
    OpBuilder moduleBuilder = OpBuilder::atBlockBegin(module.getBody());
    global = memref::GlobalOp::create(moduleBuilder, constant.getLoc(), "camber_table_" + std::to_string(number),
                                      b.getStringAttr("private"), type, data, /*constant=*/true, IntegerAttr());
  }
  return memref::GetGlobalOp::create(b, constant.getLoc(), type, global.getSymName());
}
