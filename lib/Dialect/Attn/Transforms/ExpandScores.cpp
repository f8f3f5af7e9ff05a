// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-scores: score modifiers to scalar arithmetic.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace camber::attn {
#define GEN_PASS_DEF_EXPANDSCORES
#include "camber/Dialect/Attn/Passes.h.inc"

namespace {
struct ExpandScores : impl::ExpandScoresBase<ExpandScores> {
  void runOnOperation() override {
    llvm::SmallVector<ScoreModifierOpInterface> modifiers;
    getOperation()->walk([&](ScoreModifierOpInterface op) { modifiers.push_back(op); });
    for (ScoreModifierOpInterface op : modifiers) {
      mlir::OpBuilder builder(op);
      op->replaceAllUsesWith(mlir::ValueRange(op.expand(builder)));
      op->erase();
      ++numExpanded;
    }
  }
};
} // namespace
} // namespace camber::attn
