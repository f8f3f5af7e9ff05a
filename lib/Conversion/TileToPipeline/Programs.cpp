// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The programs of a kernel: tile.kernel, tile.key_range, tile.split_kv. The functions that run them.
#include "Patterns.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Kernel.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

SmallVector<Type> WorkArguments::types(MLIRContext *context) {
  auto buffer = [](Type element) { return MemRefType::get({ShapedType::kDynamic}, element); };
  return {IndexType::get(context), buffer(Float32Type::get(context)), buffer(IntegerType::get(context, 8))};
}

WorkArguments::WorkArguments(func::FuncOp function) {
  auto arguments = function.getArguments().take_back(3);
  splits = arguments[0], partials = arguments[1], norms = arguments[2];
}

SiblingFunction::SiblingFunction(OpBuilder &b, func::FuncOp main, StringRef suffix) {
  b.setInsertionPoint(main);
  StringRef kernel = main.getName();
  kernel.consume_back("_main");
  function = func::FuncOp::create(b, main.getLoc(), (kernel + suffix).str(), main.getFunctionType());
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    function.setArgAttrs(i, main.getArgAttrDict(i));
  for (StringRef name : {"camber.geometry", "camber.schedule"})
    function->setAttr(name, main->getAttr(name));
  Block *entry = b.createBlock(&function.getBody(), {}, main.getArgumentTypes(),
                               SmallVector<Location>(main.getNumArguments(), main.getLoc()));
  mapping.map(main.getArguments(), entry->getArguments());
  for (Operation &op : main.getBody().front()) {
    if (auto found = dyn_cast<ProgramIdOp>(op)) {
      IRMapping ofProgram(mapping);
      ofProgram.map(found.getSplits(), arith::ConstantIndexOp::create(b, op.getLoc(), 1).getResult());
      program = cast<ProgramIdOp>(b.clone(op, ofProgram));
      break;
    }
    b.clone(op, mapping);
  }
}

/// Every function of a kernel computes what stands before its programs once more, and there is one of each.
static LogicalResult checkProgram(tile::KernelOp op) {
  auto function = dyn_cast<func::FuncOp>(op->getParentOp());
  if (!function || !function.getBody().hasOneBlock())
    return op.emitOpError("must be in a function of one block, without branches");
  for (Operation &other : function.getBody().front())
    if (&other != op && !other.hasTrait<OpTrait::IsTerminator>() &&
        (other.getNumRegions() || !(isMemoryEffectFree(&other) || isa<attn::LookupOp>(other)) ||
         isa_and_nonnull<tile::TileDialect>(other.getDialect())))
      return other.emitOpError("has no place in a kernel: a function with one tile.kernel, sizes and constants");
  SmallVector<tile::EpilogueOp> epilogues(op.getBody().getOps<tile::EpilogueOp>());
  if (epilogues.size() != 1)
    return op.emitOpError("must hold one tile.epilogue to be converted, got ") << epilogues.size();
  SmallVector<tile::KeyNormsOp> norms(op.getBody().getOps<tile::KeyNormsOp>());
  if (norms.size() > 1)
    return norms[1].emitOpError("must be the only one of a kernel");
  return success();
}

namespace {
/// A thread block is a program, by its place in the grid.
struct ConvertKernel : OpConversionPattern<tile::KernelOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::KernelOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (failed(checkProgram(op)))
      return failure();
    Block *body = &op.getBody().front();
    Type index = b.getIndexType();
    Value splits = WorkArguments(op->getParentOfType<func::FuncOp>()).splits;
    auto program = ProgramIdOp::create(b, op.getLoc(), index, index, body->getArgument(2).getType(), index,
                                       adaptor.getQLen(), splits, op.getGeometry());
    b.inlineBlockBefore(body, op,
                        {program.getBatch(), program.getKvHead(), program.getRows(), program.getSplit(), splits});
    b.eraseOp(op);
    return success();
  }
};

/// What it counts is for the CPU's counters.
struct EraseKeyRange : OpConversionPattern<tile::KeyRangeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::KeyRangeOp op, OpAdaptor, ConversionPatternRewriter &b) const override {
    b.eraseOp(op);
    return success();
  }
};

struct ConvertSplitKV : OpConversionPattern<tile::SplitKVOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tile::SplitKVOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    IRMapping mapping;
    mapping.map(op->getOperands(), adaptor.getOperands());
    tile::convertSplit(b, op, mapping);
    b.replaceOp(op, {mapping.lookup(op.getFirst()), mapping.lookup(op.getLast())});
    return success();
  }
};
} // namespace

void camber::pipeline::populateProgramPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertKernel, EraseKeyRange, ConvertSplitKV>(patterns.getContext());
}
