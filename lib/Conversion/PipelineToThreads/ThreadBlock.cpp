// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every pattern needs of its op, and ops of other dialects, which have no form for threads on values of the
// pipeline.
#include "ThreadBlock.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

bool camber::pipeline::isOfPipeline(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return isa<tile::TileType, tile::RowsType, RingType, StageType, TokenType>(type) ||
         (memref && memref.getMemorySpaceAsInt() == kSharedMemory);
}

LogicalResult camber::pipeline::checkForThreads(Operation *op, const ThreadBlock &block) {
  for (Operation *parent = op->getParentOp(); !isa<func::FuncOp>(parent); parent = parent->getParentOp())
    if (!isa<scf::ForOp, scf::IndexSwitchOp>(parent))
      return op->emitOpError() << "has no form for threads in " << parent->getName()
                               << "; loops are scf.for, branches scf.index_switch";
  int64_t rows = block.shape.geometry.getRows(), unit = block.machine.getColumnsUnit();
  for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types) {
      auto tile = dyn_cast<tile::TileType>(type);
      ArrayRef<int64_t> shape = tile ? tile.getShape() : ArrayRef<int64_t>();
      if (tile && (shape[0] != rows || (shape.size() == 2 && shape[1] % unit)))
        return op->emitOpError() << "tiles must have the rows of the block, " << rows << ", and multiples of " << unit
                                 << " columns, got " << tile;
      auto memref = dyn_cast<MemRefType>(type);
      if (memref && !memref.isStrided())
        return op->emitOpError() << "memrefs must be strided, got " << memref;
    }
  return success();
}

namespace {
/// Any op that is not lowered by another pattern.
struct RefuseForeign : ConversionPattern {
  RefuseForeign(const TypeConverter &types, MLIRContext *context)
      : ConversionPattern(types, MatchAnyOpTypeTag(), /*benefit=*/0, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<ValueRange>, ConversionPatternRewriter &) const override {
    if (isa_and_nonnull<tile::TileDialect, PipelineDialect>(op->getDialect()))
      return failure(); // its own pattern has said why, or it has none
    for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      if (auto found = llvm::find_if(types, isOfPipeline); found != types.end())
        return op->emitOpError() << "has no form for threads: " << *found << " is for ops of the pipeline";
    return failure();
  }
};
} // namespace

void camber::pipeline::populateForeignPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                               const ThreadBlock &) {
  patterns.add<RefuseForeign>(types, patterns.getContext());
}
