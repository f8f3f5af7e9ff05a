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
    auto dot = DotOp::create(b, op.getLoc(), op.getScores().getType(), b.getType<TokenType>(), rows, keys, Value(),
                             op.getScaleAttr());
    b.replaceOp(op, dot.getScores());
    return success();
  }
};

struct ConvertAccumulate : OpConversionPattern<tile::AccumulateOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::AccumulateOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto values = expectStage(op, "values", adaptor.getValues());
    if (!values)
      return failure();
    auto sum = AccumulateOp::create(b, op.getLoc(), op.getResult().getType(), b.getType<TokenType>(), adaptor.getP(),
                                    values, adaptor.getOutput(), adaptor.getRescale());
    b.replaceOp(op, sum.getResult());
    return success();
  }
};
} // namespace

void camber::pipeline::populateProductPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertDot, ConvertAccumulate>(patterns.getContext());
}
