// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// expand-math: no kernel calls a math library. Dispatches to the expansions beside it.
#include "MathBuilder.h"
#include "camber/Target/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace camber {
#define GEN_PASS_DEF_EXPANDMATH
#include "camber/Target/Passes.h.inc"
} // namespace camber

using namespace mlir;
using namespace camber::expansion;

namespace {
/// What every target has an instruction for, or a few that LLVM emits without a call (the counts of bits).
bool isNative(Operation *op) {
  return isa<math::FmaOp, math::AbsFOp, math::AbsIOp, math::SqrtOp, math::FloorOp, math::CeilOp, math::TruncOp,
             math::RoundEvenOp, math::CopySignOp, math::CountLeadingZerosOp, math::CountTrailingZerosOp, math::CtPopOp>(
      op);
}

bool isIndex(Type type) { return getElementTypeOrSelf(type).isIndex(); }
bool isHalf(Type type) { return isa<Float16Type, BFloat16Type>(getElementTypeOrSelf(type)); }

/// The expansions compute on float32 and integers; f16 and bf16 go through float32, index through i64. Float64, vectors
/// of more dimensions and tensors have none.
bool isSupported(Type type) {
  if (isa<ShapedType>(type)) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector || vector.getRank() != 1 || vector.isScalable())
      return false;
  }
  Type element = getElementTypeOrSelf(type);
  return isa<Float32Type, Float16Type, BFloat16Type>(element) || element.isIntOrIndex();
}

void expand(Operation *op, const Expansion &expansion) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  SmallVector<Num> operands;
  for (Value operand : op->getOperands()) {
    Type type = operand.getType();
    if (isHalf(type))
      operand = arith::ExtFOp::create(b, withElement(type, b.getF32Type()), operand);
    else if (isIndex(type))
      operand = arith::IndexCastOp::create(b, withElement(type, b.getI64Type()), operand);
    operands.push_back({&b, operand});
  }
  SmallVector<Value> results;
  for (auto [old, result] : llvm::zip_equal(op->getResults(), expansion(operands))) {
    Type type = old.getType();
    if (isHalf(type))
      result.v = arith::TruncFOp::create(b, type, result.v);
    else if (isIndex(type))
      result.v = arith::IndexCastOp::create(b, type, result.v);
    results.push_back(result.v);
  }
  op->replaceAllUsesWith(results);
  op->erase();
}

bool needsExpansion(Operation *op, const ExpansionTable &table) {
  // arith.remf, which LLVM calls a library for, and operations of a target's own.
  if (!isa_and_nonnull<math::MathDialect>(op->getDialect()))
    return table.contains(op->getName().getStringRef());
  // Rounding the result of a native operation to bf16 would be a library call, so that one goes through f32 as well.
  return !isNative(op) || llvm::any_of(op->getOperandTypes(), isHalf);
}

/// A native operation on other operands.
SmallVector<Num> sameOperation(Operation *op, ArrayRef<Num> x) {
  SmallVector<Value> operands = llvm::map_to_vector(x, [](Num operand) { return operand.v; });
  OperationState state(op->getLoc(), op->getName(), operands, operands.front().getType());
  return {{x[0].b, x[0].b->create(state)->getResult(0)}};
}

struct ExpandMath : camber::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;
  void runOnOperation() override {
    RewritePatternSet divisions(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(divisions);
    walkAndApplyPatterns(getOperation(), std::move(divisions));
    ExpansionTable table;
    for (auto add : {addExponential, addLogarithm, addTrigonometric, addHyperbolic, addPower, addError, addRounding})
      add(table);
    addSoftmaxExponential(table, scaleInstructions);
    SmallVector<Operation *> work;
    getOperation().walk([&](Operation *op) {
      if (needsExpansion(op, table))
        work.push_back(op);
    });
    numExpanded += work.size();
    for (Operation *op : work) {
      auto found = table.find(op->getName().getStringRef());
      auto types = op->getOperandTypes();
      auto refused = llvm::find_if_not(types, isSupported);
      bool supported = refused == types.end();
      if (supported && isNative(op)) {
        expand(op, [op](ArrayRef<Num> x) { return sameOperation(op, x); });
        continue;
      }
      if (found == table.end() || !supported) {
        op->emitOpError("has no expansion on ")
            << (supported ? types.front() : *refused)
            << "; use float32 and other operations of math or arith in the score body";
        return signalPassFailure();
      }
      expand(op, found->second);
    }
  }
};
} // namespace
