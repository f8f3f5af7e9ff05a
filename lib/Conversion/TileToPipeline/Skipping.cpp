// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Skipping keys: tile.near_range, tile.row_norms, and tile.key_norms, which @k_prepare computes. tile.state_bound and
// tile.skip_range stay.
#include "Patterns.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Support/Num.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// A block is one group of rows.
struct ConvertNearRange : OpConversionPattern<tile::NearRangeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::NearRangeOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto bounds = tile::RowBoundsOp::create(b, op.getLoc(), b.getIndexType(), b.getIndexType(), adaptor.getRows(),
                                            adaptor.getQueryBase());
    IRMapping mapping;
    mapping.map(op->getOperands(), adaptor.getOperands());
    tile::NearTiles tiles = tile::findNearTiles(b, op, bounds.getMin(), bounds.getMax(), mapping);
    b.replaceOp(op, {tiles.begin, tiles.end, tiles.begin, tiles.end});
    return success();
  }
};

struct ConvertRowNorms : OpConversionPattern<tile::RowNormsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::RowNormsOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto rows = expectStage(op, "rows", adaptor.getRows());
    if (!rows)
      return failure();
    b.replaceOpWithNewOp<RowNormsOp>(op, op.getNorms().getType(), rows);
    return success();
  }
};

/// The norms of a batch and kv head are a part of the kernel's workspace, [2, blocks].
struct ConvertKeyNorms : OpConversionPattern<tile::KeyNormsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::KeyNormsOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    auto main = dyn_cast<func::FuncOp>(op->getParentOp());
    if (!main)
      return op.emitOpError("must be in the block of its tile.kernel: one function computes all norms");
    if (failed(createPrepare(op, main, b)))
      return failure();
    b.setInsertionPoint(op);
    b.replaceOp(
        op, createView(b, op, adaptor.getSource(), adaptor.getBatch(), adaptor.getKvHead(), WorkArguments(main).norms));
    return success();
  }

private:
  static Value createView(OpBuilder &b, tile::KeyNormsOp op, Value source, Value batch, Value kvHead, Value workspace) {
    Num n(b, op.getLoc());
    auto geometry = op->getParentOfType<func::FuncOp>()->getAttrOfType<tile::GeometryAttr>("camber.geometry");
    Value keys = memref::DimOp::create(b, n.loc, source, 2);
    Value blocks = n.ceilDiv(keys, n.index(tile::KeyNormsOp::kBlock));
    Value number = n.add(n.mul(batch, n.index(geometry.getKvHeads())), kvHead);
    return memref::ViewOp::create(b, n.loc, cast<MemRefType>(op.getNorms().getType()), workspace,
                                  n.mul(n.mul(number, blocks), n.index(8)), ValueRange{blocks});
  }

  /// @k_prepare: the norms of the keys of one batch and kv head.
  static LogicalResult createPrepare(tile::KeyNormsOp op, func::FuncOp main, OpBuilder &b) {
    SiblingFunction prepare(b, main, "_prepare");
    ProgramIdOp program = prepare.program;
    IRMapping &mapping = prepare.mapping;
    mapping.map(op.getBatch(), program.getBatch());
    mapping.map(op.getKvHead(), program.getKvHead());
    if (failed(tile::cloneNormBounds(b, op, mapping)))
      return failure();
    Value source = mapping.lookupOrNull(op.getSource()), given = op.getGiven();
    if (!source || (given && !(given = mapping.lookupOrNull(given))))
      return op.emitOpError("source and given must be there before the tile.kernel: another function reads them");
    Value norms =
        createView(b, op, source, program.getBatch(), program.getKvHead(), WorkArguments(prepare.function).norms);
    KeyNormsOp::create(b, op.getLoc(), source, program.getBatch(), program.getKvHead(), mapping.lookup(op.getBegin()),
                       mapping.lookup(op.getEnd()), norms, given);
    func::ReturnOp::create(b, op.getLoc());
    prepare.function->setAttr("camber.prepare_q_len_min", b.getI64IntegerAttr(op.getQLenMin()));
    return success();
  }
};
} // namespace

void camber::pipeline::populateSkipPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertNearRange, ConvertRowNorms, ConvertKeyNorms>(patterns.getContext());
}
