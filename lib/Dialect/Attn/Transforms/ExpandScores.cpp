// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-scores: score modifiers to scalar arithmetic.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace camber::attn {
#define GEN_PASS_DEF_EXPANDSCORES
#include "camber/Dialect/Attn/Passes.h.inc"

namespace {
/// Hides pairs in the result of the score body, if `op` is in one, else in the result of `op`.
void hideUnless(Value visible, Operation *op) {
  Block *block = op->getBlock();
  Operation *end = block->mightHaveTerminator() ? block->getTerminator() : nullptr;
  bool isBody = end && end->getNumOperands() == 1 && end->getOperand(0).getType() == op->getResult(0).getType();
  OpBuilder builder(isBody ? end : op->getNextNode());
  Value score = isBody ? end->getOperand(0) : op->getResult(0);
  auto type = cast<FloatType>(score.getType());
  Value hidden = arith::ConstantOp::create(
      builder, op->getLoc(), FloatAttr::get(type, APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true)));
  Value result = arith::SelectOp::create(builder, op->getLoc(), visible, score, hidden);
  if (isBody)
    end->setOperand(0, result);
  else
    score.replaceAllUsesExcept(result, result.getDefiningOp());
}

struct ExpandScores : impl::ExpandScoresBase<ExpandScores> {
  void runOnOperation() override {
    SetVector<Block *> bodies;
    getOperation()->walk([&](ScoreModifierOpInterface op) { bodies.insert(op->getBlock()); });
    for (Block *body : bodies)
      eraseDeadOps(*body);
    SmallVector<ScoreModifierOpInterface> modifiers;
    getOperation()->walk([&](ScoreModifierOpInterface op) { modifiers.push_back(op); });
    for (ScoreModifierOpInterface op : modifiers) {
      OpBuilder builder(op);
      if (Value visible = op.emitVisible(builder))
        hideUnless(visible, op);
      op->replaceAllUsesWith(ValueRange(op.expand(builder)));
      op->erase();
      ++numExpanded;
    }
  }
};
} // namespace
} // namespace camber::attn
