// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// log2 on vectors, and the small pieces of VectorBuilder.
#include "camber/Dialect/CPU/VectorBuilder.h"

using namespace mlir;
using namespace camber::cpu;

Value VectorBuilder::splat(double v) {
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(f32Vector(), static_cast<float>(v)));
}

Value VectorBuilder::splatI32(int32_t v) {
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType(b.getI32Type()), v));
}

Value VectorBuilder::lanes() {
  auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, width));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType(b.getI32Type()), ArrayRef(numbers)));
}

Value VectorBuilder::addI32(Value x, int32_t c) {
  Value constant = isa<VectorType>(x.getType()) ? splatI32(c)
                                                : arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(c)).getResult();
  return arith::AddIOp::create(b, loc, x, constant);
}

Value VectorBuilder::load(Value buffer, ValueRange indices) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return vector::LoadOp::create(b, loc, vectorType(element), buffer, indices);
}

Value VectorBuilder::loadF32(Value buffer, ValueRange indices) {
  Value x = load(buffer, indices);
  bool isF32 = cast<VectorType>(x.getType()).getElementType().isF32();
  return isF32 ? x : arith::ExtFOp::create(b, loc, f32Vector(), x).getResult();
}

Value VectorBuilder::maxOr(Value x, Value y) { return select(compare(arith::CmpFPredicate::OGT, x, y), x, y); }

Value VectorBuilder::offset(Value i, int64_t c) { return c == 0 ? i : b.createOrFold<arith::AddIOp>(loc, i, index(c)); }

Value VectorBuilder::finiteMaximum(Value x) {
  Value isNone = compare(arith::CmpFPredicate::OEQ, x, splat(-std::numeric_limits<double>::infinity()));
  return select(isNone, splat(0.0), x);
}

ValueRange VectorBuilder::loop(Value from, Value to, int64_t step, ValueRange inits,
                               function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto forOp = scf::ForOp::create(b, loc, from, to, index(step), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  SmallVector<Value> next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  if (!inits.empty())
    scf::YieldOp::create(b, loc, next);
  return forOp.getResults();
}

Value VectorBuilder::exp2(Value x) { return Exp2Op::create(b, loc, x.getType(), x); }

/// log2(x) = e + log2(m), m in [√½, √2): with s = (m - 1)/(m + 1), log2(m) = 2/ln 2 · (s + s³/3 + s⁵/5 + …).
Value VectorBuilder::log2(Value x) {
  auto i32 = vectorType(b.getI32Type());
  Value bits = arith::BitcastOp::create(b, loc, i32, x);
  // Adding the distance from √½ to 1 carries into the exponent exactly when the mantissa is at least √2.
  Value shifted = arith::AddIOp::create(b, loc, bits, splatI32(0x3f800000 - 0x3f3504f3));
  Value exponent = arith::SubIOp::create(b, loc, arith::ShRUIOp::create(b, loc, shifted, splatI32(23)), splatI32(127));
  Value mantissaBits = arith::AndIOp::create(b, loc, shifted, splatI32(0x007fffff));
  mantissaBits = arith::AddIOp::create(b, loc, mantissaBits, splatI32(0x3f3504f3));
  Value m = arith::BitcastOp::create(b, loc, f32Vector(), mantissaBits);
  Value s = div(sub(m, splat(1.0)), add(m, splat(1.0)));
  Value square = mul(s, s);
  constexpr double twoOverLn2 = 2.8853900817779268;
  Value p = splat(twoOverLn2 / 11);
  for (int k : {9, 7, 5, 3, 1})
    p = fma(p, square, splat(twoOverLn2 / k));
  return fma(p, s, arith::SIToFPOp::create(b, loc, f32Vector(), exponent));
}

Value camber::cpu::roundUp(VectorBuilder &v, Value count, int64_t unit) {
  Value units = arith::CeilDivUIOp::create(v.b, v.loc, count, v.index(unit));
  return arith::MulIOp::create(v.b, v.loc, units, v.index(unit));
}

Value camber::cpu::loadIndex(VectorBuilder &v, Value buffer, Value r) {
  return arith::IndexCastOp::create(v.b, v.loc, v.b.getIndexType(), v.scalar(buffer, r));
}

QueryRow::QueryRow(PackQueriesOp op, VectorBuilder &v, Value r)
    : op(op), head(loadIndex(v, op.getRowHead(), r)), query(loadIndex(v, op.getRowIndex(), r)) {}

Value QueryRow::load(VectorBuilder &v, Value d) {
  // The scale in two parts, so that the packed query is the product with the exact factor, rounded once: an error of
  // the scale itself would shift every score of the kernel the same way.
  double exact = op.getScale().convertToDouble();
  Value scale = v.splat(exact), scaleRest = v.splat(exact - static_cast<double>(static_cast<float>(exact)));
  Value x = v.loadF32(op.getSource(), {op.getBatch(), head, query, d});
  return v.fma(x, scale, v.mul(x, scaleRest));
}
