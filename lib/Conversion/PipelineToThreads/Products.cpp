// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of fragments with what is in a stage: pipeline.dot and pipeline.accumulate, as the machine has them.
#include "ThreadBlock.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
struct ConvertDot : ThreadPattern<DotOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(DotOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    if (op.getRows().getType().getColumns() % block.machine.getDotUnit())
      return op.emitOpError() << "rows must have a multiple of " << block.machine.getDotUnit() << " columns, got "
                              << op.getRows().getType();
    Num n(b, op.getLoc());
    Fragment line(adaptor.getLine());
    Fragment scores =
        block.machine.emitDot(n, op, only(adaptor.getRows()), only(adaptor.getKeys()), line, block.ids, block.shape);
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{scores, {}});
    return success();
  }
};

struct ConvertAccumulate : ThreadPattern<AccumulateOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(AccumulateOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Fragment p(adaptor.getP()), output(adaptor.getOutput()), rescale(adaptor.getRescale());
    Fragment result =
        block.machine.emitAccumulate(n, op, p, only(adaptor.getValues()), output, rescale, block.ids, block.shape);
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{result, {}});
    return success();
  }
};
} // namespace

void camber::pipeline::populateProductPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                               const ThreadBlock &block) {
  patterns.add<ConvertDot, ConvertAccumulate>(types, block);
}
