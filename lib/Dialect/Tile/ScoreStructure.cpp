// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes and conversions do with the structure of any score, and what they need to evaluate it.
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "camber/Dialect/Attn/AttnDialect.h"
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

Value camber::tile::emitDistance(OpBuilder &b, Location loc, Value query, Value key) {
  return arith::SubIOp::create(b, loc, key, query);
}

Value camber::tile::emitRealDistance(OpBuilder &b, Location loc, Value query, Value key) {
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
  auto isFiniteValue = [&](Value v) { return isFinite(v, score); };
  return op && llvm::TypeSwitch<Operation *, bool>(op)
                   .Case([&](tile::ScoreStructureOpInterface structure) { return structure.isFinite(isFiniteValue); })
                   .Case<math::TanhOp, arith::NegFOp>([&](auto unary) { return isFinite(unary.getOperand(), score); })
                   .Case<arith::MulFOp, arith::AddFOp, arith::SubFOp>([&](auto binary) {
                     return (isFinite(binary.getLhs(), score) && isConstant(binary.getRhs())) ||
                            (isFinite(binary.getRhs(), score) && isConstant(binary.getLhs()));
                   })
                   .Default(false);
}

bool camber::tile::mayHide(Block &body) {
  return !isFinite(body.getTerminator()->getOperand(0), attn::ScoreArguments(body).getScore());
}

SmallVector<Value> camber::tile::getRealDistances(Block &body) {
  attn::ScoreArguments pair(body);
  auto isReal = [](Value value, Value position) {
    auto convert = value.getDefiningOp<arith::SIToFPOp>();
    return convert && convert.getIn() == position;
  };
  SmallVector<Value> distances;
  for (auto difference : body.getOps<arith::SubFOp>())
    if (difference.getType().isF32() && isReal(difference.getLhs(), pair.getKeyPosition()) &&
        isReal(difference.getRhs(), pair.getQueryPosition()))
      distances.push_back(difference);
  return distances;
}

Value camber::tile::emitCompareDistance(OpBuilder &b, Location loc, arith::CmpIPredicate predicate, Value query,
                                        Value key, Value limit) {
  std::optional<int64_t> constant = attn::getConstant(limit);
  if (!constant || std::abs(*constant) >= attn::kMaxLength)
    return arith::CmpIOp::create(b, loc, predicate, emitDistance(b, loc, query, key), limit);
  Value realLimit = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(static_cast<float>(*constant)));
  auto real = predicate == arith::CmpIPredicate::sge ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OLE;
  return arith::CmpFOp::create(b, loc, real, emitRealDistance(b, loc, query, key), realLimit);
}

void camber::tile::lowerScoreStructure(Block &body) {
  // What an op leaves in its place is looked at in turn.
  for (auto it = body.begin(); it != body.end();) {
    auto structure = dyn_cast<ScoreStructureOpInterface>(*it);
    if (!structure) {
      ++it;
      continue;
    }
    bool isFirst = it == body.begin();
    auto before = isFirst ? it : std::prev(it);
    OpBuilder b(structure);
    structure->getResult(0).replaceAllUsesWith(structure.lower(b));
    structure.erase();
    it = isFirst ? body.begin() : std::next(before);
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
