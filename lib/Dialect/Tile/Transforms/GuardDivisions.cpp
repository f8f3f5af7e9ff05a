// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-guard-divisions: integer divisions by zero, and of the smallest number by -1, get the divisor 1.
#include "camber/Dialect/Tile/Divisions.h"
#include "camber/Dialect/Tile/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

namespace camber::tile {
#define GEN_PASS_DEF_GUARDDIVISIONS
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

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

struct GuardDivisions : camber::tile::impl::GuardDivisionsBase<GuardDivisions> {
  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (!camber::tile::mayTrap(op))
        return;
      bool isSigned = camber::tile::isSignedDivision(op);
      OpBuilder b(op);
      op->setOperand(1, guarded(b, op->getLoc(), op->getOperand(0), op->getOperand(1), isSigned));
      ++numGuarded;
    });
  }
};
} // namespace
