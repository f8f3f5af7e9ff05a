// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs and rows: pipeline.program_id, tile.row_bounds, tile.block_head. Control flow: scf.index_switch.
#include "ThreadBlock.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

SmallVector<Type> ThreadRows::types(MLIRContext *context, unsigned numRows) {
  Type i32 = IntegerType::get(context, 32), index = IndexType::get(context);
  SmallVector<Type> types(3, i32);
  types.append(8, index);
  types.append(2 * numRows, i32);
  return types;
}

SmallVector<Value> ThreadRows::pack() const {
  SmallVector<Value> values = {blocks, gridBlock, block.head,    block.firstRow, block.end,    block.count,
                               qLen,   splits,    program.batch, program.kvHead, program.split};
  llvm::append_range(values, heads);
  llvm::append_range(values, queries);
  return values;
}

ThreadRows ThreadRows::unpack(ValueRange v) {
  ThreadRows rows;
  rows.blocks = v[0], rows.gridBlock = v[1];
  rows.block = {v[2], v[3], v[4], v[5]}, rows.qLen = v[6], rows.splits = v[7];
  rows.program = {v[8], v[9], v[10]};
  ValueRange ofThread = v.drop_front(11);
  llvm::append_range(rows.heads, ofThread.take_front(ofThread.size() / 2));
  llvm::append_range(rows.queries, ofThread.drop_front(ofThread.size() / 2));
  return rows;
}

ThreadRows ThreadRows::emit(Num &n, const ThreadBlock &block, const GridPosition &grid, Value qLen, Value splits) {
  ThreadRows rows;
  rows.blocks = grid.blocks, rows.qLen = qLen, rows.splits = splits;
  // Under a causal mask the last blocks have the most keys.
  rows.gridBlock = n.sub(n.add(grid.blocks, -1), grid.x);
  Value kvHead = n.toIndex(grid.y), count = n.toI32(splits); // which, as z, is below 2^16
  Value batch = n.toIndex(n.div(grid.z, count)), split = n.toIndex(n.rem(grid.z, count));
  rows.block = block.rowMap().emitBlock(n, grid.y, rows.gridBlock, qLen);
  rows.program = {batch, kvHead, split};
  return rows;
}

tile::RowMap::RowCoord ThreadRows::rowOf(Num &n, const ThreadBlock &threads, Value row) const {
  Value number = n.min(n.add(n.toI32(block.firstRow), row), n.add(n.toI32(block.end), -1));
  Value length = threads.rowMap().isOneHead() ? Value() : n.toI32(qLen);
  return threads.rowMap().emitRow(n, number, block.head, length);
}

tile::RowMap::RowCoord ThreadRows::existingRowOf(Num &n, const ThreadBlock &threads, Value row) const {
  Value number = n.add(n.toI32(block.firstRow), row);
  Value length = threads.rowMap().isOneHead() ? Value() : n.toI32(qLen);
  return threads.rowMap().emitRow(n, number, block.head, length);
}

namespace {
struct ConvertProgramId : ThreadPattern<ProgramIdOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(ProgramIdOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    auto function = op->getParentOfType<func::FuncOp>();
    WalkResult others = function.walk([&](ProgramIdOp other) {
      if (other == op && other->getParentOp() == function)
        return WalkResult::advance();
      other.emitOpError("must be the only one of a function, and outside of its loops");
      return WalkResult::interrupt();
    });
    if (others.wasInterrupted())
      return failure();
    if (op.getGeometry() != block.shape.geometry)
      return op.emitOpError() << "must have the geometry of the function, " << block.shape.geometry;
    Num n(b, op.getLoc());
    GridPosition grid = block.machine.emitGridPosition(n, /*rematerialize=*/false);
    ThreadRows rows = ThreadRows::emit(n, block, grid, only(adaptor.getQLen()), only(adaptor.getSplits()));
    for (unsigned i = 0; i < block.numRows(); ++i) {
      auto [head, query] = rows.rowOf(n, block, block.row(n, i));
      rows.heads.push_back(head);
      rows.queries.push_back(query);
    }
    b.replaceOpWithMultiple(op, SmallVector<SmallVector<Value>>{
                                    {rows.program.batch}, {rows.program.kvHead}, rows.pack(), {rows.program.split}});
    return success();
  }
};

struct ConvertRowBounds : ThreadPattern<tile::RowBoundsOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::RowBoundsOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    auto [first, last] = block.rowMap().emitQueryRange(n, rows.block, rows.qLen);
    Value base = only(adaptor.getBase());
    b.replaceOp(op, {n.add(first, base), n.add(last, base)});
    return success();
  }
};

struct ConvertBlockHead : ThreadPattern<tile::BlockHeadOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::BlockHeadOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!block.rowMap().isOneHead())
      return op.emitOpError("needs rows of one head, and those of this block are packed");
    Num n(b, op.getLoc());
    Value head = ThreadRows::unpack(adaptor.getRows()).block.head;
    b.replaceOp(op, n.add(head, block.shape.geometry.getHeadOffset()));
    return success();
  }
};

/// With the registers of what the cases yield.
struct ConvertIndexSwitch : ThreadPattern<scf::IndexSwitchOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(scf::IndexSwitchOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    SmallVector<Type> types;
    SmallVector<size_t> counts;
    for (Type type : op.getResultTypes()) {
      size_t before = types.size();
      if (failed(getTypeConverter()->convertType(type, types)))
        return failure();
      counts.push_back(types.size() - before);
    }
    auto choice =
        scf::IndexSwitchOp::create(b, op.getLoc(), types, only(adaptor.getArg()), op.getCases(), op.getCases().size());
    for (auto [from, to] : llvm::zip_equal(op->getRegions(), choice->getRegions()))
      b.inlineRegionBefore(from, to, to.end());
    SmallVector<ValueRange> results;
    ValueRange rest = choice.getResults();
    for (size_t count : counts) {
      results.push_back(rest.take_front(count));
      rest = rest.drop_front(count);
    }
    b.replaceOpWithMultiple(op, results);
    return success();
  }
};
} // namespace

void camber::pipeline::populateProgramPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                               const ThreadBlock &block) {
  patterns.add<ConvertProgramId, ConvertRowBounds, ConvertBlockHead, ConvertIndexSwitch>(types, block);
}
