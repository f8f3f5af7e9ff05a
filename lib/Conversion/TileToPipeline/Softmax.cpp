// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The online softmax: tile.softmax_update.
#include "Patterns.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// Of the scores as they are: pipeline-fold-affine moves factors and offsets into it.
struct ConvertSoftmaxUpdate : OpConversionPattern<tile::SoftmaxUpdateOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::SoftmaxUpdateOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    b.replaceOpWithNewOp<SoftmaxUpdateOp>(op, op->getResultTypes(), adaptor.getOperands(), ArrayRef<NamedAttribute>());
    return success();
  }
};
} // namespace

void camber::pipeline::populateSoftmaxPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertSoftmaxUpdate>(patterns.getContext());
}
