// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Results: tile.epilogue, and @k_combine, which combines what it leaves where keys are split.
#include "Patterns.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
struct ConvertEpilogue : OpConversionPattern<tile::EpilogueOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::EpilogueOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto main = dyn_cast<func::FuncOp>(op->getParentOp());
    if (!main)
      return op.emitOpError("must be in the block of its tile.kernel: a program has one result");
    if (failed(createCombine(op, main, b)))
      return failure();
    b.setInsertionPoint(op);
    b.replaceOpWithNewOp<EpilogueOp>(op, adaptor.getRows(), adaptor.getBatch(), adaptor.getKvHead(), adaptor.getSplit(),
                                     adaptor.getSplits(), adaptor.getMaximum(), adaptor.getSum(), adaptor.getOutput(),
                                     adaptor.getDestination(), adaptor.getLse(), WorkArguments(main).partials);
    return success();
  }

private:
  /// @k_combine: the rows of a block from the partial results of its splits.
  static LogicalResult createCombine(tile::EpilogueOp op, func::FuncOp main, OpBuilder &b) {
    SiblingFunction combine(b, main, "_combine");
    ProgramIdOp program = combine.program;
    WorkArguments arguments(combine.function);
    Value destination = combine.mapping.lookupOrNull(op.getDestination());
    Value lse = op.getLse() ? combine.mapping.lookupOrNull(op.getLse()) : Value();
    if (!destination || (op.getLse() && !lse))
      return op.emitOpError("outs and lse must be there before the tile.kernel: another function stores to them, too");
    CombineOp::create(b, op.getLoc(), program.getRows(), program.getBatch(), program.getKvHead(), arguments.splits,
                      destination, lse, arguments.partials);
    func::ReturnOp::create(b, op.getLoc());
    return success();
  }
};
} // namespace

void camber::pipeline::populateResultPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertEpilogue>(patterns.getContext());
}
