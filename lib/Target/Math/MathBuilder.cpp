// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers with operators, to arith and the native operations of math.
#include "MathBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber::expansion;

Type camber::expansion::withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

static Num constantLike(Num x, Attribute element) {
  auto vector = dyn_cast<VectorType>(x.v.getType());
  auto typed = cast<TypedAttr>(vector ? DenseElementsAttr::get(vector, element) : element);
  return {x.b, arith::ConstantOp::create(*x.b, typed)};
}

Num Num::same(double constant) const {
  return constantLike(*this, b->getFloatAttr(getElementTypeOrSelf(v.getType()), constant));
}
Num Num::sameInt(int64_t constant) const {
  auto type = cast<IntegerType>(getElementTypeOrSelf(v.getType()));
  return constantLike(*this,
                      IntegerAttr::get(type, llvm::APInt(type.getWidth(), constant, true, /*implicitTrunc=*/true)));
}

template <typename OnFloat, typename OnInt> static Num arithmetic(Num x, Num y) {
  if (isa<FloatType>(getElementTypeOrSelf(x.v.getType())))
    return {x.b, OnFloat::create(*x.b, x.v, y.v)};
  return {x.b, OnInt::create(*x.b, x.v, y.v)};
}

namespace camber::expansion {
Num operator+(Num x, Num y) { return arithmetic<arith::AddFOp, arith::AddIOp>(x, y); }
Num operator-(Num x, Num y) { return arithmetic<arith::SubFOp, arith::SubIOp>(x, y); }
Num operator*(Num x, Num y) { return arithmetic<arith::MulFOp, arith::MulIOp>(x, y); }
Num operator/(Num x, Num y) { return {x.b, arith::DivFOp::create(*x.b, x.v, y.v)}; }
Num divideAbout(double x, Num y) {
  return {y.b, arith::DivFOp::create(*y.b, y.same(x).v, y.v, arith::FastMathFlags::afn)};
}
Num operator-(Num x) { return {x.b, arith::NegFOp::create(*x.b, x.v)}; }
Num fma(Num x, Num y, Num z) { return {x.b, math::FmaOp::create(*x.b, x.v, y.v, z.v)}; }
Num abs(Num x) { return {x.b, math::AbsFOp::create(*x.b, x.v)}; }
Num sqrt(Num x) { return {x.b, math::SqrtOp::create(*x.b, x.v)}; }
Num floor(Num x) { return {x.b, math::FloorOp::create(*x.b, x.v)}; }
Num roundEven(Num x) { return {x.b, math::RoundEvenOp::create(*x.b, x.v)}; }
Num trunc(Num x) { return {x.b, math::TruncOp::create(*x.b, x.v)}; }
Num copySign(Num x, Num y) { return {x.b, math::CopySignOp::create(*x.b, x.v, y.v)}; }

static Num compare(arith::CmpFPredicate predicate, Num x, Num y) {
  return {x.b, arith::CmpFOp::create(*x.b, predicate, x.v, y.v)};
}
Num less(Num x, Num y) { return compare(arith::CmpFPredicate::OLT, x, y); }
Num equal(Num x, Num y) { return compare(arith::CmpFPredicate::OEQ, x, y); }
Num notEqual(Num x, Num y) { return compare(arith::CmpFPredicate::UNE, x, y); }
Num both(Num p, Num q) { return {p.b, arith::AndIOp::create(*p.b, p.v, q.v)}; }
Num select(Num condition, Num x, Num y) { return {x.b, arith::SelectOp::create(*x.b, condition.v, x.v, y.v)}; }
Num atLeast(Num x, double y) { return {x.b, arith::CmpFOp::create(*x.b, arith::CmpFPredicate::OGE, x.v, x.same(y).v)}; }

SmallVector<Num> ifAny(Num condition, ArrayRef<Num> common, function_ref<SmallVector<Num>()> rare) {
  ImplicitLocOpBuilder &b = *condition.b;
  Value any = condition.v;
  if (isa<VectorType>(any.getType()))
    any = vector::ReductionOp::create(b, vector::CombiningKind::OR, any);
  auto valuesOf = [](ArrayRef<Num> numbers) {
    return llvm::map_to_vector(numbers, [](Num number) { return number.v; });
  };
  SmallVector<Value> values = valuesOf(common);
  auto branch = scf::IfOp::create(b, ValueRange(values).getTypes(), any, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, valuesOf(rare()));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, values);
  return llvm::map_to_vector(branch.getResults(), [&](Value result) { return Num{&b, result}; });
}

Num clamp(Num x, double low, double high) {
  Num above = select(less(x, low), low, x);
  return select(less(high, above), high, above);
}

Num polynomial(Num x, ArrayRef<double> coefficients) {
  Num sum = x.same(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, x.same(coefficient));
  return sum;
}

static Num bitcast(Num x, bool toFloat) {
  unsigned width = getElementTypeOrSelf(x.v.getType()).getIntOrFloatBitWidth();
  Type element = x.b->getIntegerType(width);
  if (toFloat)
    element = width == 64 ? Type(x.b->getF64Type()) : Type(x.b->getF32Type());
  return {x.b, arith::BitcastOp::create(*x.b, withElement(x.v.getType(), element), x.v)};
}
Num bits(Num x) { return bitcast(x, false); }
Num fromBits(Num i) { return bitcast(i, true); }
Num shiftLeft(Num i, int64_t count) { return {i.b, arith::ShLIOp::create(*i.b, i.v, i.sameInt(count).v)}; }
Num shiftRight(Num i, int64_t count) { return {i.b, arith::ShRSIOp::create(*i.b, i.v, i.sameInt(count).v)}; }
Num shiftRightZeros(Num i, int64_t count) { return {i.b, arith::ShRUIOp::create(*i.b, i.v, i.sameInt(count).v)}; }
Num bitAnd(Num i, int64_t mask) { return {i.b, arith::AndIOp::create(*i.b, i.v, i.sameInt(mask).v)}; }

double roundingShift(Num x) { return getElementTypeOrSelf(x.v.getType()).isF64() ? 0x1.8p52 : 0x1.8p23; }

SmallVector<Num> inDouble(ArrayRef<Num> operands, unsigned results,
                          function_ref<SmallVector<Num>(ArrayRef<Num>)> compute) {
  ImplicitLocOpBuilder &b = *operands.front().b;
  auto toDouble = [&](Value x) -> Num {
    Type type = withElement(x.getType(), b.getF64Type());
    if (isa<FloatType>(getElementTypeOrSelf(x.getType())))
      return {&b, arith::ExtFOp::create(b, type, x)};
    return {&b, arith::SIToFPOp::create(b, type, x)};
  };
  auto vector = dyn_cast<VectorType>(operands.front().v.getType());
  int64_t width = vector ? vector.getNumElements() : 1;
  int64_t parts = width % 2 == 0 ? 2 : 1;
  auto lanes = [](int64_t from, int64_t count) { return llvm::to_vector(llvm::seq(from, from + count)); };
  SmallVector<Num> whole(results, operands.front());
  for (int64_t part = 0; part < parts; ++part) {
    SmallVector<Num> doubles;
    for (Num operand : operands) {
      Value x = operand.v;
      if (parts == 2)
        x = vector::ShuffleOp::create(b, x, x, lanes(part * width / 2, width / 2));
      doubles.push_back(toDouble(x));
    }
    SmallVector<Num> values = compute(doubles);
    for (auto [result, value] : llvm::zip_equal(whole, values)) {
      Value rounded = arith::TruncFOp::create(b, withElement(value.v.getType(), b.getF32Type()), value.v);
      result.v = part == 0 ? rounded : vector::ShuffleOp::create(b, result.v, rounded, lanes(0, width)).getResult();
    }
  }
  return whole;
}
Num inDouble(Num x, function_ref<Num(Num)> compute) {
  return inDouble({x}, 1, [&](ArrayRef<Num> x) -> SmallVector<Num> { return {compute(x[0])}; })[0];
}
Num inDouble(Num x, Num y, function_ref<Num(Num, Num)> compute) {
  return inDouble({x, y}, 1, [&](ArrayRef<Num> x) -> SmallVector<Num> { return {compute(x[0], x[1])}; })[0];
}

void addUnary(ExpansionTable &table, StringRef name, Num (*function)(Num)) {
  table[name] = [function](ArrayRef<Num> x) -> SmallVector<Num> { return {function(x[0])}; };
}
} // namespace camber::expansion
