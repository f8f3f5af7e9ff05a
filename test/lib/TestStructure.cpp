// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the ops of TestStructure.td say of themselves, written as an author outside of this repository would.
#include "TestStructure.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::test;
using tile::Relation;

#include "TestStructureDialect.cpp.inc"
#define GET_OP_CLASSES
#include "TestStructureOps.cpp.inc"

void TestStructureDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TestStructureOps.cpp.inc"
      >();
}

static Value f32(OpBuilder &b, Location loc, double v) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v));
}
static Value i32(OpBuilder &b, Location loc, int64_t v) {
  return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v));
}

static Value emitCosine(OpBuilder &b, Location loc, double rate, Value distance) {
  Value angle = arith::SIToFPOp::create(b, loc, b.getF32Type(), distance);
  return math::CosOp::create(b, loc, arith::MulFOp::create(b, loc, angle, f32(b, loc, rate)));
}

//===- wave --------------------------------------------------------------===//

Value WaveOp::lower(OpBuilder &b) {
  Value distance = tile::emitDistance(b, getLoc(), getQuery(), getKey());
  Value cosine = emitCosine(b, getLoc(), getRate().convertToDouble(), distance);
  return math::FmaOp::create(b, getLoc(), getAmplitude(), cosine, getScore());
}

void WaveOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) {
  operands.append({&getScoreMutable(), &getAmplitudeMutable()});
}

bool WaveOp::isFinite(function_ref<bool(Value)> isFiniteValue) { return isFiniteValue(getScore()); }

Value WaveOp::getAugend() { return getScore(); }

bool WaveOp::isTabulated() { return true; }

Value WaveOp::emitAddend(OpBuilder &b, Value distance, IRMapping &mapping) {
  // The amplitude is a constant, or a product of constants.
  Value amplitude = getAmplitude();
  SmallVector<Operation *> needed;
  for (SmallVector<Value> work = {amplitude}; !work.empty();)
    if (Operation *op = work.pop_back_val().getDefiningOp()) {
      needed.push_back(op);
      llvm::append_range(work, op->getOperands());
    } else {
      return {};
    }
  for (Operation *op : llvm::reverse(needed))
    if (!mapping.contains(op->getResult(0)))
      b.clone(*op, mapping);
  Value cosine = emitCosine(b, getLoc(), getRate().convertToDouble(), distance);
  return arith::MulFOp::create(b, getLoc(), mapping.lookup(amplitude), cosine);
}

//===- tail --------------------------------------------------------------===//

Value TailOp::lower(OpBuilder &b) {
  Value isVisible = tile::emitCompareDistance(b, getLoc(), arith::CmpIPredicate::sge, getQuery(), getKey(), getFirst());
  Value hidden = f32(b, getLoc(), -std::numeric_limits<double>::infinity());
  return arith::SelectOp::create(b, getLoc(), isVisible, getScore(), hidden);
}

void TailOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) { operands.push_back(&getScoreMutable()); }

std::optional<tile::Limits> TailOp::getLimits() { return tile::Limits{getScore(), getFirst(), {}}; }

void TailOp::getBreakpoints(SmallVectorImpl<tile::Breakpoint> &breakpoints) {
  breakpoints.push_back({getFirst(), 0, tile::Breakpoint::begin});
}

bool TailOp::hides(ArrayRef<Relation> relations) { return relations.front() == Relation::before; }

Value TailOp::specialize(OpBuilder &, ArrayRef<Relation> relations) {
  return relations.front() == Relation::past ? getScore() : Value();
}

//===- biases ------------------------------------------------------------===//

Value RippleOp::expand(OpBuilder &b) {
  Value distance = tile::emitDistance(b, getLoc(), getQuery(), getKey());
  Value cosine = emitCosine(b, getLoc(), getRate().convertToDouble(), distance);
  Value amplitude = f32(b, getLoc(), getAmplitude().convertToDouble());
  return math::FmaOp::create(b, getLoc(), amplitude, cosine, getScore());
}

void RippleOp::describe(attn::ScoreForm &form) {
  if (!form.pair.isAt(getQuery(), getKey()))
    return form.applyOpaque(*this);
  form.applyOpaque([&](Value score) -> Value {
    OpBuilder &b = form.builder;
    return WaveOp::create(b, getLoc(), b.getF32Type(), score, f32(b, getLoc(), getAmplitude().convertToDouble()),
                          form.pair.queryPosition, form.pair.keyPosition, getRateAttr());
  });
}

Value RecentOp::expand(OpBuilder &) { return getScore(); }

Value RecentOp::emitVisible(OpBuilder &b) {
  Value first = i32(b, getLoc(), -static_cast<int64_t>(getKeys()));
  return tile::emitCompareDistance(b, getLoc(), arith::CmpIPredicate::sge, getQuery(), getKey(), first);
}

void RecentOp::describe(attn::ScoreForm &form) {
  if (!form.pair.isAt(getQuery(), getKey()))
    return form.applyOpaque(*this);
  form.applyOpaque([&](Value score) -> Value {
    OpBuilder &b = form.builder;
    return TailOp::create(b, getLoc(), b.getF32Type(), score, form.pair.queryPosition, form.pair.keyPosition,
                          i32(b, getLoc(), -static_cast<int64_t>(getKeys())));
  });
}
