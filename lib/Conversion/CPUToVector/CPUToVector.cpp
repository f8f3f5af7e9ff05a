// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-cpu-to-vector: a pattern per op of the cpu dialect, each in the file of its group.
#include "Patterns.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Support/Conversion.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace camber::cpu {
#define GEN_PASS_DEF_CONVERTCPUTOVECTOR
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

namespace {
struct ConvertCPUToVector : camber::cpu::impl::ConvertCPUToVectorBase<ConvertCPUToVector> {
  void runOnOperation() override {
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-cpu")))
      return signalPassFailure();
    // All ops work on buffers, so no type is converted. Bodies go with the op that they belong to.
    RewritePatternSet patterns(&getContext());
    for (auto populate :
         {populateMicrokernelPatterns, populateTablePatterns, populateValuePatterns, populateResultPatterns,
          populateNormPatterns, populateStateBoundPatterns, populateSkipRangePatterns})
      populate(patterns);
    ErrorWatch errors(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    WalkResult left = getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<CPUDialect>(op->getDialect()) || isa<Exp2Op>(op))
        return WalkResult::advance();
      if (!errors.hasSeen()) // a pattern says why it refuses an op
        op->emitOpError("has no vector form");
      return WalkResult::interrupt();
    });
    if (left.wasInterrupted())
      return signalPassFailure();
    RewritePatternSet lookups(&getContext());
    populateLookupPatterns(lookups);
    walkAndApplyPatterns(getOperation(), std::move(lookups));
    left = getOperation()->walk([](attn::LookupOp) { return WalkResult::interrupt(); });
    if (left.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
