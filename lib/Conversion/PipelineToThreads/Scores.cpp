// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Score bodies, which a thread evaluates for each pair it holds: tile.score, pipeline.row_values, row_offsets,
// mask_tail.
#include "Tables.h"
#include "ThreadBlock.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

namespace {
/// Distances (f32) of a position, and of those a number of keys further on, from the rows of a thread. Of rows past the
/// last one, which nobody stores, they may be others.
class Distances {
public:
  Distances(Num &n, const ThreadBlock &block, const ThreadRows &rows, Value position, Value queryBase)
      : rowOffsets(block.rowOffsets), follow(block.rowMap().isOneHead()) {
    // Rows of one head follow each other: as many keys further on, the next row of this thread is as far away as this
    // one is. One value serves all.
    for (Value query : ArrayRef(rows.queries).take_front(follow ? 1 : rows.queries.size()))
      toPosition.push_back(n.toF32(n.sub(position, n.add(query, queryBase))));
  }
  /// From row number `row` to `ahead` keys after the position.
  Value get(Num &n, unsigned row, int64_t ahead) const {
    int64_t more = follow ? ahead - rowOffsets[row] : ahead;
    Value distance = toPosition[follow ? 0 : row];
    return more ? n.addF(distance, n.f32(more)) : distance;
  }

private:
  ArrayRef<int64_t> rowOffsets;
  bool follow;
  SmallVector<Value> toPosition;
};

struct ConvertScore : ThreadPattern<tile::ScoreOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::ScoreOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Block &body = *op.getScoreBody();
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    attn::ScoreArguments pair = op.getScoreArguments();
    Value queryBase = n.toI32(only(adaptor.getQueryBase())), keyBase = n.toI32(only(adaptor.getKeyBase()));
    Value firstKey = n.toI32(only(adaptor.getFirstKey()));
    IRMapping uniform = mapUniform(n, body, tile::ScoreOp::kNumPairArguments, adaptor.getParams());
    uniform.map(pair.getBatch(), n.toI32(only(adaptor.getBatch())));
    Fragment scores(adaptor.getScores());
    FragmentLayout layout = block.layout(cast<tile::TileType>(op.getScores().getType()).getShape()[1]);
    SmallVector<Value> realDistances = tile::getRealDistances(body);
    Value firstColumn = block.machine.emitFirstColumn(n, block.ids);
    Value firstPosition = n.add(n.add(firstKey, firstColumn), keyBase);
    std::optional<Distances> distances;
    if (!realDistances.empty())
      distances.emplace(n, block, rows, firstPosition, queryBase);
    SmallVector<std::pair<EntryOp, SmallVector<Value>>> entries;
    for (auto entry : body.getOps<EntryOp>())
      entries.push_back({entry, emitEntries(n, entry, rows, firstPosition, queryBase, uniform)});
    for (auto [score, element] : llvm::zip_equal(scores, layout.elements)) {
      auto [row, column] = element;
      int64_t ahead = layout.columnOffsets[column];
      Value key = n.add(firstKey, n.add(firstColumn, ahead));
      Value query = rows.queries[row];
      IRMapping values(uniform);
      values.map(pair.getScore(), score);
      values.map(pair.getHead(), rows.globalHead(n, block, row));
      values.map(pair.getQueryPosition(), n.add(query, queryBase));
      values.map(pair.getKeyPosition(), n.add(key, keyBase));
      values.map(pair.getQueryIndex(), query);
      values.map(pair.getKeyIndex(), key);
      for (Value distance : realDistances)
        values.map(distance, distances->get(n, row, ahead));
      for (auto &[entry, ofRows] : entries) {
        Value pointer = offsetPointer(n, ofRows[row], 4 * ahead);
        values.map(entry.getEntry(), LLVM::LoadOp::create(b, op.getLoc(), b.getF32Type(), pointer).getResult());
      }
      score = evaluate(n, body, values);
    }
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{scores});
    return success();
  }
};

struct ConvertRowValues : ThreadPattern<RowValuesOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(RowValuesOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Block &body = op.getBody().front();
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    IRMapping uniform = mapUniform(n, body, tile::RowArguments::kNumNamed, adaptor.getParams());
    uniform.map(op.getRowArguments().getBatch(), n.toI32(only(adaptor.getBatch())));
    Fragment result;
    for (unsigned row = 0; row < rows.heads.size(); ++row) {
      IRMapping values(uniform);
      values.map(op.getRowArguments().getHead(), rows.globalHead(n, block, row));
      result.push_back(evaluate(n, body, values));
    }
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{result});
    return success();
  }
};

struct ConvertRowOffsets : ThreadPattern<RowOffsetsOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(RowOffsetsOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Value firstKey = n.toI32(only(adaptor.getFirstKey())), keyBase = n.toI32(only(adaptor.getKeyBase())),
          queryBase = n.toI32(only(adaptor.getQueryBase()));
    Fragment offsets(adaptor.getSlopes());
    Distances distances(n, block, ThreadRows::unpack(adaptor.getRows()), n.add(firstKey, keyBase), queryBase);
    for (auto [row, offset] : llvm::enumerate(offsets))
      offset = n.mulF(offset, distances.get(n, row, 0));
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{offsets});
    return success();
  }
};

struct ConvertMaskTail : ThreadPattern<MaskTailOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(MaskTailOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Fragment scores(adaptor.getScores());
    FragmentLayout layout = block.layout(cast<tile::TileType>(op.getScores().getType()).getShape()[1]);
    Value count = n.toI32(only(adaptor.getCount())), hidden = n.f32(-std::numeric_limits<double>::infinity());
    Value firstColumn = block.machine.emitFirstColumn(n, block.ids);
    for (auto [score, element] : llvm::zip_equal(scores, layout.elements)) {
      Value column = n.add(firstColumn, layout.columnOffsets[element.second]);
      score = n.select(n.compare(CmpIPredicate::slt, column, count), score, hidden);
    }
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{scores});
    return success();
  }
};
} // namespace

void camber::pipeline::populateScorePatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                             const ThreadBlock &block) {
  patterns.add<ConvertScore, ConvertRowValues, ConvertRowOffsets, ConvertMaskTail>(types, block);
}
