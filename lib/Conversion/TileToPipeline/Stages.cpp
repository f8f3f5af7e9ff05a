// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads: tile.load_rows and tile.load_keys become copies into stages of rings in shared memory.
#include "Patterns.h"
#include "camber/Support/Num.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

TypedValue<StageType> camber::pipeline::expectStage(Operation *op, StringRef role, Value tile) {
  if (auto stage = dyn_cast<TypedValue<StageType>>(tile))
    return stage;
  op->emitOpError() << role << " must be a tile that tile.load_rows or tile.load_keys has loaded, got " << tile;
  return {};
}

/// Null, with an error at the load, where no ring can hold its tile.
template <typename OpTy> static RingType ringOf(OpTy load, int64_t stages) {
  auto shape = cast<tile::TileType>(load.getTile().getType()).getShape();
  Type element = cast<MemRefType>(load.getSource().getType()).getElementType();
  return RingType::getChecked([&] { return load.emitOpError(); }, load.getContext(), stages, shape[0], shape[1],
                              element);
}

LogicalResult camber::pipeline::reserveStages(tile::KernelOp kernel, ScheduleAttr schedule, StageRings &rings) {
  OpBuilder b(kernel);
  // Loads of one loop need a ring each; those of the next loop take the same ones again.
  SmallVector<TypedValue<RingType>> ofLoops, taken;
  for (Operation &op : kernel.getBody().front().getOperations()) {
    b.setInsertionPoint(&op);
    auto reserve = [&](Operation *load, RingType type) -> WalkResult {
      if (!type)
        return failure();
      auto isFree = [&](TypedValue<RingType> ring) {
        return ring.getType() == type && !llvm::is_contained(taken, ring);
      };
      auto found = isa<tile::LoadRowsOp>(load) ? ofLoops.end() : llvm::find_if(ofLoops, isFree);
      TypedValue<RingType> ring = found != ofLoops.end() ? *found : RingOp::create(b, load->getLoc(), type).getRing();
      if (found == ofLoops.end() && isa<tile::LoadKeysOp>(load))
        ofLoops.push_back(ring);
      taken.push_back(ring);
      rings[load] = ring;
      return success();
    };
    taken.clear();
    WalkResult done = op.walk([&](Operation *inner) -> WalkResult {
      if (auto load = dyn_cast<tile::LoadRowsOp>(inner))
        return reserve(load, ringOf(load, 1));
      auto load = dyn_cast<tile::LoadKeysOp>(inner);
      if (!load)
        return WalkResult::advance();
      bool holdsValues = llvm::any_of(load->getUsers(), llvm::IsaPred<tile::AccumulateOp>);
      return reserve(load, ringOf(load, holdsValues ? schedule.getValueStages() : schedule.getKeyStages()));
    });
    if (done.wasInterrupted())
      return failure();
  }
  return success();
}

namespace {
/// Both kinds of loads, whose ring is known.
template <typename OpTy> struct LoadPattern : OpConversionPattern<OpTy> {
  LoadPattern(MLIRContext *context, const StageRings &rings) : OpConversionPattern<OpTy>(context), rings(rings) {}

protected:
  /// Replaces a load by a copy, which `create` creates, into the stage that is its tile from now on.
  LogicalResult replaceByCopy(ConversionPatternRewriter &b, OpTy op,
                              function_ref<void(TypedValue<StageType>)> create) const {
    TypedValue<StageType> stage = createStage(b, op);
    if (!stage)
      return failure();
    AcquireOp::create(b, op.getLoc(), stage);
    create(stage);
    CommitOp::create(b, op.getLoc(), b.getType<TokenType>(), stage);
    b.replaceOp(op, stage);
    return success();
  }

private:
  /// The stage for a load, by the number of the tile where it is in a loop; null, with an error, anywhere else.
  TypedValue<StageType> createStage(OpBuilder &b, OpTy op) const {
    Num n(b, op.getLoc());
    auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
    bool isCounted = loop && isConstantIntValue(loop.getLowerBound(), 0) && isConstantIntValue(loop.getStep(), 1);
    if (!isCounted && !isa<func::FuncOp>(op->getParentOp())) {
      op.emitOpError() << "must be in the block of its tile.kernel or of a tile.for_keys there, got "
                       << op->getParentOp()->getName() << "; all threads copy together";
      return {};
    }
    TypedValue<RingType> ring = rings.lookup(op);
    RingType type = ring.getType();
    auto stage = StageType::get(b.getContext(), type.getRows(), type.getColumns(), type.getElementType());
    return StageOp::create(b, op.getLoc(), stage, ring, loop ? n.toIndex(loop.getInductionVar()) : n.index(0))
        .getStage();
  }

  const StageRings &rings;
};

struct ConvertLoadRows : LoadPattern<tile::LoadRowsOp> {
  using LoadPattern::LoadPattern;
  LogicalResult matchAndRewrite(tile::LoadRowsOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    return replaceByCopy(b, op, [&](TypedValue<StageType> stage) {
      CopyRowsOp::create(b, op.getLoc(), adaptor.getSource(), adaptor.getBatch(), adaptor.getRows(), stage);
    });
  }
};

struct ConvertLoadKeys : LoadPattern<tile::LoadKeysOp> {
  using LoadPattern::LoadPattern;
  LogicalResult matchAndRewrite(tile::LoadKeysOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    return replaceByCopy(b, op, [&](TypedValue<StageType> stage) {
      CopyKeysOp::create(b, op.getLoc(), adaptor.getSource(), adaptor.getBatch(), adaptor.getKvHead(),
                         adaptor.getFirst(), adaptor.getCount(), stage);
    });
  }
};
} // namespace

void camber::pipeline::populateStagePatterns(RewritePatternSet &patterns, const StageRings &rings) {
  patterns.add<ConvertLoadRows, ConvertLoadKeys>(patterns.getContext(), rings);
}
