// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The softmax state: tile.init_state and pipeline.softmax_update.
#include "ThreadBlock.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// As a tree: the chain is as short as can be.
static Value combineAll(SmallVector<Value> values, function_ref<Value(Value, Value)> pair) {
  while (values.size() > 1) {
    for (size_t i = 0; i < values.size() / 2; ++i)
      values[i] = pair(values[2 * i], values[2 * i + 1]);
    if (values.size() % 2)
      values[values.size() / 2] = values.back();
    values.resize((values.size() + 1) / 2);
  }
  return values.front();
}

namespace {
struct ConvertInitState : ThreadPattern<tile::InitStateOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::InitStateOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    int64_t headDim = block.shape.geometry.getHeadDim();
    if (cast<tile::TileType>(op.getOutput().getType()).getShape()[1] != headDim)
      return op.emitOpError() << "output must have the head dim of the geometry, " << headDim;
    Num n(b, op.getLoc());
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    Fragment maximum(rows.heads.size(), n.f32(-kInfinity)), sum(rows.heads.size(), n.f32(0.0));
    if (Value sink = only(adaptor.getSink())) {
      // The sink is one more score, seen by the first split: maximum sink · log2(e), sum 1. A sink of -∞ adds nothing.
      Value isFirst = n.compare(CmpIPredicate::eq, only(adaptor.getSplit()), n.index(0));
      Value addsSum = block.isFirstInRow(n); // one of the threads that share a row
      for (auto [i, head] : llvm::enumerate(rows.heads)) {
        Value logit = memref::LoadOp::create(b, op.getLoc(), sink, n.toIndex(head));
        logit = n.mulF(logit, n.f32(attn::kLog2e));
        Value joins = n.bitAnd(isFirst, n.compare(CmpFPredicate::UNE, logit, n.f32(-kInfinity)));
        maximum[i] = n.select(joins, logit, maximum[i]);
        sum[i] = n.select(n.bitAnd(joins, addsSum), n.f32(1.0), sum[i]);
      }
    }
    Fragment output(block.layout(headDim).elements.size(), n.f32(0.0));
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{maximum, sum, output});
    return success();
  }
};

struct ConvertSoftmaxUpdate : ThreadPattern<SoftmaxUpdateOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(SoftmaxUpdateOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Fragment p(adaptor.getScores()), maximum(adaptor.getMaximum()), sum(adaptor.getSum()), rescale;
    Fragment offset(adaptor.getOffset());
    offset.resize(maximum.size());
    FragmentLayout layout = block.layout(cast<tile::TileType>(op.getScores().getType()).getShape()[1]);
    // scale · x + y, where each may be missing.
    auto scaled = [&](Value x, Value y) {
      if (op.getScale().isExactlyValue(1.0))
        return y ? n.addF(x, y) : x;
      Value scale = n.f32(op.getScale().convertToDouble());
      return y ? n.fma(x, scale, y) : n.mulF(x, scale);
    };
    for (unsigned row = 0; row < layout.numRows(); ++row) {
      SmallVector<unsigned> registers = layout.registersOf(row);
      auto gather = [&] { return llvm::map_to_vector(registers, [&](unsigned i) { return p[i]; }); };
      Value most = combineAll(gather(), [&](Value x, Value y) { return n.maxNum(x, y); });
      most = scaled(block.overRow<arith::MaxNumFOp>(n, most), offset[row]);
      most = n.maxNum(most, maximum[row]);
      Value none = n.compare(CmpFPredicate::OEQ, most, n.f32(-kInfinity));
      Value finite = n.select(none, n.f32(0.0), most);
      rescale.push_back(block.machine.emitExp2(n, n.subF(maximum[row], finite)));
      Value zero =
          offset[row] ? n.subF(offset[row], finite) : arith::NegFOp::create(b, op.getLoc(), finite).getResult();
      for (unsigned i : registers)
        p[i] = block.machine.emitExp2(n, scaled(p[i], zero));
      Value added = combineAll(gather(), [&](Value x, Value y) { return n.addF(x, y); });
      sum[row] = n.fma(sum[row], rescale.back(), added);
      maximum[row] = most;
    }
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{p, maximum, sum, rescale});
    return success();
  }
};
} // namespace

void camber::pipeline::populateSoftmaxPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                               const ThreadBlock &block) {
  patterns.add<ConvertInitState, ConvertSoftmaxUpdate>(types, block);
}
