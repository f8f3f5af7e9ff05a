// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-guard-divisions: integer divisions that a processor would answer with a signal get a harmless divisor.
#include "camber/Dialect/Schedule/CPUPasses.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

namespace camber::cpu {
#define GEN_PASS_DEF_GUARDDIVISIONS
#include "camber/Dialect/Schedule/CPUPasses.h.inc"
} // namespace camber::cpu

using namespace mlir;

namespace {
/// A constant divisor that never traps: not 0, and not -1, by which the smallest number has no quotient.
bool isHarmless(Value divisor, bool isSigned) {
  APInt value;
  return matchPattern(divisor, m_ConstantInt(&value)) && !value.isZero() && !(isSigned && value.isAllOnes());
}

/// 1 where the division would trap. The smallest number divided by 1 is what dividing it by -1 wraps to; the remainder
/// is 0 either way.
Value guarded(OpBuilder &b, Location loc, Value dividend, Value divisor, bool isSigned) {
  Type type = divisor.getType();
  Type element = getElementTypeOrSelf(type);
  auto constant = [&](const APInt &value) -> Value {
    TypedAttr number = IntegerAttr::get(element, value);
    if (auto vector = dyn_cast<VectorType>(type))
      number = DenseElementsAttr::get(vector, Attribute(number));
    return arith::ConstantOp::create(b, loc, number);
  };
  unsigned width = element.isIndex() ? IndexType::kInternalStorageBitWidth : element.getIntOrFloatBitWidth();
  auto equal = [&](Value value, const APInt &to) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, value, constant(to));
  };
  Value traps = equal(divisor, APInt::getZero(width));
  if (isSigned) {
    Value overflows = arith::AndIOp::create(b, loc, equal(divisor, APInt::getAllOnes(width)),
                                            equal(dividend, APInt::getSignedMinValue(width)));
    traps = arith::OrIOp::create(b, loc, traps, overflows);
  }
  return arith::SelectOp::create(b, loc, traps, constant(APInt(width, 1)), divisor);
}

struct GuardDivisions : camber::cpu::impl::GuardDivisionsBase<GuardDivisions> {
  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp, arith::FloorDivSIOp>(op);
      if (!isSigned && !isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(op))
        return;
      Value divisor = op->getOperand(1);
      if (isa<TensorType>(divisor.getType())) // no processor divides these; what they become is loops
        return;
      // Loop bounds and task numbers are ours, of type index, and have divisors that are not 0.
      bool isIndex = getElementTypeOrSelf(divisor.getType()).isIndex();
      if ((isIndex && !op->getParentOfType<camber::tile::ScoreOp>()) || isHarmless(divisor, isSigned))
        return;
      OpBuilder b(op);
      op->setOperand(1, guarded(b, op->getLoc(), op->getOperand(0), divisor, isSigned));
      ++numGuarded;
    });
  }
};
} // namespace
