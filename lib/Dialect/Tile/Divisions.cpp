// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which integer divisions have no result, or a signal, on some processor: what tile-guard-divisions guards and
// conversions refuse.
#include "camber/Dialect/Tile/Divisions.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace camber;

bool tile::isSignedDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp, arith::FloorDivSIOp>(op);
}

/// A constant divisor that never traps: not 0, and not -1, by which the smallest number has no quotient.
static bool isHarmless(Value divisor, bool isSigned) {
  APInt value;
  return matchPattern(divisor, m_ConstantInt(&value)) && !value.isZero() && !(isSigned && value.isAllOnes());
}

/// Whether `condition` is `value == constant`, for a constant of which `is` holds.
static bool isEqual(Value condition, Value value, function_ref<bool(const APInt &)> is) {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  APInt constant;
  return compare && compare.getPredicate() == arith::CmpIPredicate::eq && compare.getLhs() == value &&
         matchPattern(compare.getRhs(), m_ConstantInt(&constant)) && is(constant);
}

/// Whether the divisor is what the guard makes of one, harmless where the division would trap, or what is left of that
/// where dividend or divisor are known.
static bool isGuarded(Value dividend, Value divisor, bool isSigned) {
  auto select = divisor.getDefiningOp<arith::SelectOp>();
  if (!select || !isHarmless(select.getTrueValue(), isSigned))
    return false;
  Value guarded = select.getFalseValue(), traps = select.getCondition();
  auto isZero = [](const APInt &value) { return value.isZero(); };
  auto isSmallest = [](const APInt &value) { return value.isMinSignedValue(); };
  auto either = traps.getDefiningOp<arith::OrIOp>();
  auto overflows = either ? either.getRhs().getDefiningOp<arith::AndIOp>() : arith::AndIOp();
  if (isSigned && overflows && isEqual(either.getLhs(), guarded, isZero) &&
      isEqual(overflows.getLhs(), guarded, [](const APInt &value) { return value.isAllOnes(); }) &&
      isEqual(overflows.getRhs(), dividend, isSmallest))
    return true;
  APInt constant;
  if (!isSigned || (matchPattern(dividend, m_ConstantInt(&constant)) && !isSmallest(constant)))
    return isEqual(traps, guarded, isZero);
  return matchPattern(guarded, m_ConstantInt(&constant)) && !isZero(constant) && isEqual(traps, dividend, isSmallest);
}

bool tile::mayTrap(Operation *op) {
  bool isSigned = isSignedDivision(op);
  if (!isSigned && !isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(op))
    return false;
  Value dividend = op->getOperand(0), divisor = op->getOperand(1);
  if (isa<TensorType>(divisor.getType())) // no processor divides these; what they become is loops
    return false;
  // Loop bounds and task numbers are ours, of type index, and have divisors that are not 0.
  bool isIndex = getElementTypeOrSelf(divisor.getType()).isIndex();
  if (isIndex && !op->getParentOfType<tile::ScoreOp>())
    return false;
  return !isHarmless(divisor, isSigned) && !isGuarded(dividend, divisor, isSigned);
}
