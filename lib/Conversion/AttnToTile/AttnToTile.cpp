// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.attention on memrefs to one program per (batch, kv head, row block) that steps through the visible keys.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace camber::tile {
#define GEN_PASS_DEF_CONVERTATTNTOTILE
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber;
using namespace camber::tile;

namespace {
/// Index arithmetic that folds constants as it goes, so that static positions leave static ranges.
struct IndexBuilder {
  OpBuilder &b;
  Location loc;
  Value constant(int64_t v) { return arith::ConstantIndexOp::create(b, loc, v); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); }
  Value sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
  Value max(Value x, Value y) { return b.createOrFold<arith::MaxSIOp>(loc, x, y); }
  Value min(Value x, Value y) { return b.createOrFold<arith::MinSIOp>(loc, x, y); }
  Value ceilDiv(Value x, Value y) { return b.createOrFold<arith::CeilDivSIOp>(loc, x, y); }
  Value floorDiv(Value x, Value y) { return b.createOrFold<arith::DivUIOp>(loc, x, y); }
  Value load(Value vector, Value i) {
    Value v = memref::LoadOp::create(b, loc, vector, i);
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), v);
  }
};

struct ConvertAttnToTile : tile::impl::ConvertAttnToTileBase<ConvertAttnToTile> {
  using ConvertAttnToTileBase::ConvertAttnToTileBase;

  void runOnOperation() override {
    SmallVector<attn::AttentionOp> ops;
    getOperation()->walk([&](attn::AttentionOp op) { ops.push_back(op); });
    for (attn::AttentionOp op : ops) {
      if (!isa<MemRefType>(op.getQuery().getType())) {
        op.emitOpError() << "works on memrefs, got " << op.getQuery().getType() << "; run attn-bufferize first";
        return signalPassFailure();
      }
      convert(op);
    }
  }

  void convert(attn::AttentionOp op);
  void buildScore(attn::AttentionOp op, ScoreOp score, OpBuilder &b);
};
} // namespace

void ConvertAttnToTile::convert(attn::AttentionOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  IndexBuilder ix{b, loc};
  MLIRContext *context = op.getContext();
  auto queryType = cast<MemRefType>(op.getQuery().getType());
  Value batch = b.createOrFold<memref::DimOp>(loc, op.getQuery(), 0);
  Value qLen = b.createOrFold<memref::DimOp>(loc, op.getQuery(), 2);
  Value kvLen = b.createOrFold<memref::DimOp>(loc, op.getKey(), 2);

  int64_t qLenMax = queryType.isDynamicDim(2) ? op.getQLenMax().value_or(INT64_MAX) : queryType.getDimSize(2);
  auto shape = op->getAttrOfType<ShapeAttr>("tile.shape");
  if (!shape)
    shape = ShapeAttr::getDefault(context);
  int64_t rows = shape.getRows(), keys = shape.getKeys();
  bool packed = op.getHeads() != op.getKvHeads() && qLenMax <= shape.getPackMax();
  if (packed)
    remark::passed(loc, remark::RemarkOpts::name("row-packing").category("camber"))
        << llvm::formatv("the {0} query heads of a kv head share blocks of rows, as there are at most {1} queries",
                         op.getHeads() / op.getKvHeads(), qLenMax)
               .str();
  auto geometry = GeometryAttr::get(context, op.getHeads(), op.getKvHeads(), op.getHeadDim(), rows, keys, packed,
                                    op.getHeadOffset());
  auto programs = KernelOp::create(b, loc, batch, qLen, geometry, /*schedule=*/Attribute(), op.getNoSkip());
  Block *body = b.createBlock(&programs.getBody());
  Type index = b.getIndexType(), rowsType = RowsType::get(context, rows);
  body->addArguments({index, index, rowsType, index, index}, SmallVector<Location>(5, loc));
  Value batchIndex = programs.getBatchIndex(), kvHead = programs.getKvHead(), rowBlock = programs.getRows();
  Value split = programs.getSplit(), splits = programs.getSplits();

  // End-aligned positions put the last query on the last key that is there (dialects/Attn/Semantics.md).
  Value keyBegin = op.getKeyBegin() ? ix.load(op.getKeyBegin(), batchIndex) : ix.constant(0);
  Value keyEnd = op.getKeyEnd() ? ix.load(op.getKeyEnd(), batchIndex) : kvLen;
  Value queryBase = op.hasEndAlignedPositions() ? ix.sub(keyEnd, qLen) : ix.load(op.getQueryOffset(), batchIndex);
  Value keyBase = op.hasEndAlignedPositions() ? ix.constant(0) : ix.load(op.getKeyOffset(), batchIndex);

  // The keys any row of the block may see, in tiles counted from the first key of the range: bytes outside the key
  // range are never touched, and every block sees the same tiles.
  auto bounds = RowBoundsOp::create(b, loc, index, index, rowBlock, queryBase);
  attn::KeyLimits limits{b, loc, bounds.getMin(), bounds.getMax(), ix.add(keyBegin, keyBase), ix.add(keyEnd, keyBase)};
  for (Attribute mask : op.getMasks())
    cast<attn::MaskAttrInterface>(mask).limitKeys(limits);
  Value step = ix.constant(keys);
  KeyRangeOp::create(b, loc, keyBegin, keyEnd, keys, split, op.getKeyNorms());
  Value lo = ix.sub(ix.sub(limits.begin, keyBase), keyBegin);
  lo = ix.add(keyBegin, ix.mul(ix.floorDiv(lo, step), step));
  Value hi = ix.sub(limits.end, keyBase);

  auto f32 = [&](ArrayRef<int64_t> shape) { return TileType::get(context, shape, b.getF32Type()); };
  int64_t headDim = op.getHeadDim();
  Value query = LoadRowsOp::create(b, loc, f32({rows, headDim}), op.getQuery(), batchIndex, kvHead, rowBlock);
  auto init = InitStateOp::create(b, loc, f32({rows}), f32({rows}), f32({rows, headDim}), rowBlock, kvHead, split,
                                  op.getSink());

  auto share = SplitKVOp::create(b, loc, index, index, lo, hi, keys, split, splits);
  auto loop = ForKeysOp::create(b, loc, share.getFirst(), share.getLast(), keys, init.getResults(), /*full=*/false);
  Block *loopBody = loop.getLoopBody();
  b.setInsertionPointToEnd(loopBody);
  Value maximum = loop.getCarried()[0], sum = loop.getCarried()[1], output = loop.getCarried()[2];
  Value keyTile = LoadKeysOp::create(b, loc, f32({keys, headDim}), op.getKey(), batchIndex, kvHead, loop.getFirstKey(),
                                     loop.getCount());
  Value scores = DotOp::create(b, loc, f32({rows, keys}), query, keyTile, b.getF64FloatAttr(1.0));
  SmallVector<Value> params(op.getParams());
  bool segments = op.getQuerySegment() && op.getKeySegment();
  if (segments)
    params.append({op.getQuerySegment(), op.getKeySegment()});
  auto score = ScoreOp::create(b, loc, scores.getType(), scores, rowBlock, batchIndex, kvHead, queryBase,
                               loop.getFirstKey(), keyBase, params, op.getMasks(), segments);
  buildScore(op, score, b);
  b.setInsertionPointAfter(score);
  auto update = SoftmaxUpdateOp::create(b, loc, scores.getType(), f32({rows}), f32({rows}), f32({rows}),
                                        score.getResult(), maximum, sum);
  Value valueTile = LoadKeysOp::create(b, loc, f32({keys, headDim}), op.getValue(), batchIndex, kvHead,
                                       loop.getFirstKey(), loop.getCount());
  Value accumulated =
      AccumulateOp::create(b, loc, output.getType(), update.getP(), valueTile, output, update.getRescale());
  YieldOp::create(b, loc, ValueRange{update.getNewMaximum(), update.getNewSum(), accumulated});

  b.setInsertionPointAfter(loop);
  EpilogueOp::create(b, loc, rowBlock, batchIndex, kvHead, split, splits, loop.getResult(0), loop.getResult(1),
                     loop.getResult(2), op.getOutput(), op.getLse());
  op.erase();
}

/// Moves the score body over, and adds the segments to its arguments.
void ConvertAttnToTile::buildScore(attn::AttentionOp op, ScoreOp score, OpBuilder &b) {
  score.getBody().takeBody(op.getScores());
  Block *body = score.getScoreBody();
  if (score.getSegments()) {
    body->addArgument(op.getQuerySegment().getType(), op.getLoc());
    body->addArgument(op.getKeySegment().getType(), op.getLoc());
  }
  auto yield = cast<attn::YieldOp>(body->getTerminator());
  b.setInsertionPoint(yield);
  YieldOp::create(b, yield.getLoc(), ValueRange{yield.getScore()});
  yield.erase();
}
