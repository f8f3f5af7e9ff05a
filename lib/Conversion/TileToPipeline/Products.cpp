// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products: tile.dot and tile.accumulate, of tiles in registers and tiles that were loaded.
#include "Patterns.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
struct ConvertDot : OpConversionPattern<tile::DotOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::DotOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto rows = expectStage(op, "rows", adaptor.getRows()), keys = expectStage(op, "keys", adaptor.getKeys());
    if (!rows || !keys)
      return failure();
    b.replaceOpWithNewOp<DotOp>(op, op.getScores().getType(), rows, keys, Value(), op.getScaleAttr());
    return success();
  }
};

struct ConvertAccumulate : OpConversionPattern<tile::AccumulateOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::AccumulateOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto values = expectStage(op, "values", adaptor.getValues());
    if (!values)
      return failure();
    b.replaceOpWithNewOp<AccumulateOp>(op, op.getResult().getType(), adaptor.getP(), values, adaptor.getOutput(),
                                       adaptor.getRescale());
    return success();
  }
};
} // namespace

void camber::pipeline::populateProductPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertDot, ConvertAccumulate>(patterns.getContext());
}
