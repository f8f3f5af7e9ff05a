// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-guard-divisions: integer divisions that a processor would answer with a signal get a harmless divisor.
#include "camber/Dialect/Schedule/CPUDialect.h"
#include "camber/Dialect/Schedule/CPUPasses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

namespace camber::cpu {
#define GEN_PASS_DEF_GUARDDIVISIONS
#include "camber/Dialect/Schedule/CPUPasses.h.inc"
} // namespace camber::cpu

using namespace mlir;

namespace {
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
      if (!camber::cpu::mayTrap(op))
        return;
      bool isSigned = camber::cpu::isSignedDivision(op);
      OpBuilder b(op);
      op->setOperand(1, guarded(b, op->getLoc(), op->getOperand(0), op->getOperand(1), isSigned));
      ++numGuarded;
    });
  }
};
} // namespace
