// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// choose-tiles: asks a target for the tile shape of every attn.attention.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Target/Passes.h"
#include "mlir/Pass/Pass.h"

namespace camber {
#define GEN_PASS_DEF_CHOOSETILES
#include "camber/Target/Passes.h.inc"
} // namespace camber

using namespace mlir;
using namespace camber;

namespace {
KernelShape shapeOf(attn::AttentionOp op) {
  int64_t qLen = cast<ShapedType>(op.getQuery().getType()).getDimSize(2);
  if (qLen == ShapedType::kDynamic)
    qLen = op.getQLenMax().value_or(INT64_MAX);
  return {op.getHeads(), op.getKvHeads(), op.getHeadDim(),
          cast<ShapedType>(op.getKey().getType()).getElementTypeBitWidth(), qLen};
}

struct ChooseTiles : camber::impl::ChooseTilesBase<ChooseTiles> {
  using ChooseTilesBase::ChooseTilesBase;

  void runOnOperation() override {
    const Target *found = nullptr;
    if (!target.empty() && failed(requireTarget(getOperation(), target, found)))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](attn::AttentionOp op) {
      if (op->hasAttr("tile.shape"))
        return WalkResult::advance();
      auto shape = found ? found->chooseTiles(&getContext(), shapeOf(op)) : tile::ShapeAttr::getDefault(&getContext());
      shape = tile::ShapeAttr::getChecked([&] { return op.emitError(); }, &getContext(), rows ? rows : shape.getRows(),
                                          keys ? keys : shape.getKeys(), packMax == -1 ? shape.getPackMax() : packMax);
      if (!shape)
        return WalkResult::interrupt();
      op->setAttr("tile.shape", shape);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
