// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-expand-math: no kernel calls a math library.
#include "camber/Dialect/CPU/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace camber::cpu {
#define GEN_PASS_DEF_EXPANDMATH
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;

namespace {
/// What targets have an instruction for.
bool isNative(StringRef name) {
  return llvm::is_contained({"math.fma", "math.absf", "math.absi", "math.sqrt", "math.floor", "math.ceil", "math.trunc",
                             "math.roundeven", "math.copysign"},
                            name);
}

struct ExpandMath : camber::cpu::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    // Composite functions first (tan, sinh, pow …), down to those with a polynomial.
    RewritePatternSet expansions(&getContext());
    math::populateExpansionPatterns(expansions, {"tan", "sinh", "cosh", "asinh", "acosh", "atanh", "powf", "fpowi",
                                                 "ctlz", "round", "rsqrt", "exp2"});
    if (failed(applyPatternsGreedily(getOperation(), std::move(expansions))))
      return signalPassFailure();
    RewritePatternSet polynomials(&getContext());
    auto wanted = [](StringRef name) { return !isNative(name); };
    populateMathF32ExpansionPatterns(polynomials, wanted);
    populateMathPolynomialApproximationPatterns(polynomials, wanted);
    if (failed(applyPatternsGreedily(getOperation(), std::move(polynomials))))
      return signalPassFailure();
    WalkResult result = getOperation().walk([](Operation *op) {
      if (!isa<math::MathDialect>(op->getDialect()) || isNative(op->getName().getStringRef()))
        return WalkResult::advance();
      op->emitOpError("has no expansion for this target; use other operations of math or arith in the score body");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
