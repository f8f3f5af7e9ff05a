// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The values and structures of the biases in TestBias.td, written as a bias author outside of this repository would.
#include "TestBias.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber::test;
using camber::attn::LookupOp;
using camber::attn::ScoreBound;
using camber::attn::ScoreForm;
using camber::attn::ScorePiece;

#include "TestBiasDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "TestBiasAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "TestBiasOps.cpp.inc"

void TestBiasDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TestBiasOps.cpp.inc"
      >();
  registerMasks();
}

void TestBiasDialect::registerMasks() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "TestBiasAttributes.cpp.inc"
      >();
}

namespace {
/// Scalar arithmetic at a builder.
struct Emitter {
  OpBuilder &b;
  Location loc;

  Value f32(double v) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); }
  Value i32(int64_t v) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  Value distance(Value query, Value key) { return arith::SubIOp::create(b, loc, key, query); }
  Value abs(Value v) { return arith::MaxSIOp::create(b, loc, v, arith::SubIOp::create(b, loc, i32(0), v)); }
  Value toFloat(Value v) { return arith::SIToFPOp::create(b, loc, b.getF32Type(), v); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value read(Value table, ValueRange at) { return LookupOp::create(b, loc, b.getF32Type(), table, at); }
};
} // namespace

static double number(const APFloat &value) { return value.convertToDouble(); }

//===- constant ----------------------------------------------------------===//

Value ShiftOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return e.add(getScore(), e.f32(number(getBy())));
}

void ShiftOp::describe(ScoreForm &form) {
  ScorePiece piece;
  piece.constant = form.f32(number(getBy()));
  form.addPieces({}, {piece});
}

void ShiftOp::bound(ScoreBound &bound) {
  Value by = Emitter{bound.builder, bound.loc}.f32(number(getBy()));
  bound.addBetween(by, by);
}

//===- affine in distance ------------------------------------------------===//

Value LineOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  Value distance = e.toFloat(e.distance(getQuery(), getKey()));
  return math::FmaOp::create(builder, getLoc(), e.read(getSlopes(), getHead()), distance, getScore());
}

void LineOp::bound(ScoreBound &bound) {
  if (!bound.pair.isAt(getHead(), getQuery(), getKey()))
    return bound.setUnknown();
  bound.falls = bound.rises = true; // slopes may have any sign
  Value lo = bound.distanceMin(), hi = bound.distanceMax();
  bound.addAffine(Emitter{bound.builder, bound.loc}.read(bound.map(getSlopes()), bound.map(getHead())), lo, hi);
}

void LineOp::describe(ScoreForm &form) {
  if (!form.pair.isAt(getHead(), getQuery(), getKey()))
    return form.applyOpaque(*this);
  form.addAffine(Emitter{form.builder, getLoc()}.read(getSlopes(), getHead()));
}

//===- piecewise affine --------------------------------------------------===//

Value TentOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  Value offset = arith::SubIOp::create(builder, getLoc(), e.distance(getQuery(), getKey()), e.i32(getPeak()));
  return e.sub(getScore(), e.mul(e.f32(number(getSlope())), e.toFloat(e.abs(offset))));
}

void TentOp::describe(ScoreForm &form) {
  if (!form.pair.isAt(getQuery(), getKey()))
    return form.applyOpaque(*this);
  double slope = number(getSlope());
  int64_t peak = getPeak();
  ScorePiece rising, falling;
  rising.slope = form.f32(slope);
  rising.constant = form.f32(-slope * double(peak));
  falling.slope = form.f32(-slope);
  falling.constant = form.f32(slope * double(peak));
  form.addPieces({form.i32(peak)}, {rising, falling});
}

//===- diagonal table and far field --------------------------------------===//

static Value bandEntry(Emitter e, Value table, Value head, Value distance) { // a look-up clamps its index
  return e.read(table, ValueRange{head, e.abs(distance)});
}

Value BandOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return e.add(getScore(), bandEntry(e, getTable(), getHead(), e.distance(getQuery(), getKey())));
}

void BandOp::describe(ScoreForm &form) {
  if (!form.pair.isAt(getHead(), getQuery(), getKey()))
    return form.applyOpaque(*this);
  Emitter e{form.builder, getLoc()};
  int64_t far = cast<ShapedType>(getTable().getType()).getDimSize(1) - 1;
  Value table = getTable();
  ScorePiece near, beyond;
  near.diagonals.push_back([table](OpBuilder &b, Location loc, Value head, Value distance) {
    return bandEntry({b, loc}, table, head, distance);
  });
  beyond.constant = e.read(table, ValueRange{getHead(), e.i32(far)});
  form.addPieces({e.i32(-far + 1), e.i32(far)}, {beyond, near, beyond});
}

//===- diagonal closed form ----------------------------------------------===//

static Value fade(Emitter e, double rate, Value distance) {
  Value length = e.add(e.toFloat(e.abs(distance)), e.f32(1.0));
  return e.mul(math::LogOp::create(e.b, e.loc, length), e.f32(-rate));
}

Value FadeOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return e.add(getScore(), fade(e, number(getRate()), e.distance(getQuery(), getKey())));
}

void FadeOp::describe(ScoreForm &form) {
  if (!form.pair.isAt(getQuery(), getKey()))
    return form.applyOpaque(*this);
  double rate = number(getRate());
  ScorePiece piece;
  piece.diagonals.push_back([rate](OpBuilder &b, Location loc, Value head, Value distance) {
    return fade({b, loc}, rate, distance);
  });
  form.addPieces({}, {piece});
}

//===- row and column ----------------------------------------------------===//

Value GatesOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return e.sub(e.add(getScore(), e.read(getColumns(), getKey())), e.read(getRows(), getQuery()));
}

void GatesOp::describe(ScoreForm &form) {
  Emitter e{form.builder, getLoc()};
  form.addTerm(e.read(getColumns(), getKey()));
  form.addTerm(e.sub(e.f32(0.0), e.read(getRows(), getQuery())));
}

//===- limits ------------------------------------------------------------===//

Value NearOp::expand(OpBuilder &) { return getScore(); }

Value NearOp::emitVisible(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return arith::CmpIOp::create(builder, getLoc(), arith::CmpIPredicate::sle, e.abs(e.distance(getQuery(), getKey())),
                               e.i32(getReach()));
}

void NearOp::describe(ScoreForm &form) {
  if (!form.pair.isAt(getQuery(), getKey()))
    return form.applyOpaque(*this);
  int64_t reach = getReach();
  form.limitDistance(form.i32(-reach), form.i32(reach));
}

//===- opaque ------------------------------------------------------------===//

Value WarpOp::expand(OpBuilder &builder) {
  Emitter e{builder, getLoc()};
  return e.sub(getScore(), e.mul(e.f32(number(getAmount())), math::TanhOp::create(builder, getLoc(), getScore())));
}

//===- mask --------------------------------------------------------------===//

void DilatedAttr::describe(ScoreForm &form) const {
  Emitter e{form.builder, form.loc()};
  Value distance = e.distance(form.pair.queryPosition, form.pair.keyPosition);
  Value rest = arith::RemSIOp::create(e.b, e.loc, distance, e.i32(getStep()));
  form.hideUnless(arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq, rest, e.i32(0)));
}
