// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of functions of the distance: pipeline.table and tabulate, and what pipeline.entry reads.
#include "Tables.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

SmallVector<Value> camber::pipeline::emitEntries(Num &n, EntryOp op, const ThreadRows &rows, Value firstPosition,
                                                 Value queryBase, IRMapping &uniform) {
  Value first = n.sub(firstPosition, uniform.lookup(op.getLeast())), table = uniform.lookup(op.getTable());
  return llvm::map_to_vector(rows.queries, [&](Value query) {
    return offsetPointer(n, table, n.mul(n.sub(first, n.add(query, queryBase)), 4));
  });
}

namespace {
/// A table becomes a pointer to its memory, of which ops know no more.
struct ConvertTable : ThreadPattern<TableOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(TableOp op, Adaptor, ConversionPatternRewriter &b) const override {
    for (OpOperand &use : op.getTable().getUses())
      if (!isOfTables(use))
        return use.getOwner()->emitOpError(
            "cannot read a pipeline.table; only pipeline.tabulate and the pipeline.entry "
            "of a tile.score can");
    Num n(b, op.getLoc());
    b.replaceOp(op, offsetPointer(n, block.shared, block.offsets.lookup(op)));
    return success();
  }

private:
  static bool isOfTables(OpOperand &use) {
    if (auto tabulate = dyn_cast<TabulateOp>(use.getOwner()))
      return &use == &tabulate.getTableMutable();
    auto score = dyn_cast<tile::ScoreOp>(use.getOwner());
    unsigned firstParam = score ? score->getNumOperands() - score.getParams().size() : 0;
    if (!score || use.getOperandNumber() < firstParam)
      return false;
    unsigned argument = tile::ScoreOp::kNumPairArguments + use.getOperandNumber() - firstParam;
    return llvm::all_of(score.getScoreBody()->getArgument(argument).getUsers(), llvm::IsaPred<EntryOp>);
  }
};

struct ConvertTabulate : ThreadPattern<TabulateOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(TabulateOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Block &body = op.getBody().front();
    IRMapping uniform = mapUniform(n, body, tile::DistanceArguments::kNumNamed, adaptor.getParams());
    uniform.map(op.getFunctionArguments().getBatch(), n.toI32(only(adaptor.getBatch())));
    uniform.map(op.getFunctionArguments().getHead(), only(adaptor.getHead()));
    Value table = only(adaptor.getTable()), least = only(adaptor.getLeast());
    int64_t size = cast<MemRefType>(op.getTable().getType()).getDimSize(0);
    block.forEach(n, size, [&](Value number, int64_t) {
      IRMapping values(uniform);
      values.map(op.getFunctionArguments().getDistance(), n.add(least, number));
      LLVM::StoreOp::create(b, op.getLoc(), evaluate(n, body, values), offsetPointer(n, table, n.mul(number, 4)));
    });
    b.eraseOp(op);
    return success();
  }
};
} // namespace

void camber::pipeline::populateTablePatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                             const ThreadBlock &block) {
  patterns.add<ConvertTable, ConvertTabulate>(types, block);
}
