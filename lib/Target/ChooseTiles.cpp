// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// choose-tiles: asks a target for the tile shape of every attn.attention.
#include "ReadSchedules.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Target/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Pass/Pass.h"

namespace camber {
#define GEN_PASS_DEF_CHOOSETILES
#include "camber/Target/Passes.h.inc"
} // namespace camber

using namespace mlir;
using namespace camber;

namespace {
struct ChooseTiles : camber::impl::ChooseTilesBase<ChooseTiles> {
  using ChooseTilesBase::ChooseTilesBase;

  void runOnOperation() override {
    const Target *found = nullptr;
    if (!target.empty() && failed(requireTarget(getOperation(), target, found)))
      return signalPassFailure();
    FailureOr<ScheduleTable> table = readSchedules(getOperation(), schedules, found);
    if (failed(table))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](attn::AttentionOp op) {
      if (op->hasAttr("tile.shape"))
        return WalkResult::advance();
      auto shape = choose(op, *table);
      if (!shape)
        return WalkResult::interrupt();
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

private:
  tile::ShapeAttr choose(attn::AttentionOp op, const ScheduleTable &table) {
    auto standard = tile::ShapeAttr::getDefault(&getContext());
    int64_t queries = cast<ShapedType>(op.getQuery().getType()).getDimSize(2), group = op.getHeads() / op.getKvHeads();
    if (queries == ShapedType::kDynamic)
      queries = op.getQLenMax().value_or(INT64_MAX);
    bool shares = queries <= (packMax == -1 ? standard.getPackMax() : packMax);
    ScheduleKey key{target, op.getHeadDim(), cast<ShapedType>(op.getKey().getType()).getElementTypeBitWidth(), group,
                    shares ? queries * group : queries};
    StringRef text = table.findTiles(key);
    if (text.empty())
      return standard;
    auto shape = dyn_cast_or_null<tile::ShapeAttr>(parseAttribute(text, &getContext()));
    if (!shape)
      op.emitError() << "the table of schedules chooses '" << text << "', which is no #tile.shape";
    return shape;
  }
};
} // namespace
