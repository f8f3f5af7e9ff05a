// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The softmax state.
#include "BlockEmitter.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

void BlockEmitter::emitInitState(tile::InitStateOp op) {
  Fragment maximum(2 * rowFragments(), f32(-kInfinity)), sum(2 * rowFragments(), f32(0.0));
  if (op.getSink()) {
    // The sink is one more score, seen by the first split: maximum sink · log2(e), sum 1. A sink of -∞ adds nothing.
    Value sink = mapping.lookup(op.getSink());
    Value isFirst = compare(CmpIPredicate::eq, mapping.lookup(op.getSplit()), index(0));
    Value addsSum = compare(CmpIPredicate::eq, lanePair, i32(0)); // one of the lanes that share a row
    for (auto [i, rowHead] : llvm::enumerate(rowHeads)) {
      Value logit = memref::LoadOp::create(b, loc, sink, toIndex(rowHead));
      logit = real<arith::MulFOp>(logit, f32(attn::kLog2e));
      Value isThere = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, logit, f32(-kInfinity));
      Value joins = this->op<arith::AndIOp>(isFirst, isThere);
      maximum[i] = select(joins, logit, maximum[i]);
      sum[i] = select(this->op<arith::AndIOp>(joins, addsSum), f32(1.0), sum[i]);
    }
  }
  fragments[op.getMaximum()] = std::move(maximum);
  fragments[op.getSum()] = std::move(sum);
  fragments[op.getOutput()] = Fragment(rowFragments() * geometry.getHeadDim() / 8 * 4, f32(0.0));
}

void BlockEmitter::emitSoftmaxUpdate(SoftmaxUpdateOp op) {
  Fragment p = fragments.lookup(op.getScores()), maximum = fragments.lookup(op.getMaximum()),
           sum = fragments.lookup(op.getSum()), rescale;
  Fragment offset = op.getOffset() ? fragments.lookup(op.getOffset()) : Fragment(2 * rowFragments());
  int64_t numFragments = p.size() / (4 * rowFragments());
  // scale · x + y, where each may be missing.
  auto scaled = [&](Value x, Value y) {
    if (op.getScale().isExactlyValue(1.0))
      return y ? real<arith::AddFOp>(x, y) : x;
    Value scale = f32(op.getScale().convertToDouble());
    return y ? fma(x, scale, y) : real<arith::MulFOp>(x, scale);
  };
  auto combine = [&](SmallVector<Value> values, auto pair) { // as a tree: the chain is as short as can be
    while (values.size() > 1) {
      for (size_t i = 0; i < values.size() / 2; ++i)
        values[i] = pair(values[2 * i], values[2 * i + 1]);
      if (values.size() % 2)
        values[values.size() / 2] = values.back();
      values.resize((values.size() + 1) / 2);
    }
    return values.front();
  };
  for (int64_t m = 0; m < rowFragments(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      int64_t row = 2 * m + h;
      SmallVector<int64_t> places;
      for (int64_t n = 0; n < numFragments; ++n)
        for (int64_t c = 0; c < 2; ++c)
          places.push_back(((m * numFragments + n) * 2 + h) * 2 + c);
      auto gather = [&] { return llvm::map_to_vector(places, [&](int64_t coord) { return p[coord]; }); };
      Value most = combine(gather(), [&](Value x, Value y) { return real<arith::MaxNumFOp>(x, y); });
      most = scaled(overRow<arith::MaxNumFOp>(most), offset[row]);
      most = real<arith::MaxNumFOp>(most, maximum[row]);
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, most, f32(-kInfinity));
      Value finite = select(none, f32(0.0), most);
      rescale.push_back(exp2(real<arith::SubFOp>(maximum[row], finite)));
      Value zero = offset[row] ? real<arith::SubFOp>(offset[row], finite) : arith::NegFOp::create(b, loc, finite);
      for (int64_t coord : places)
        p[coord] = exp2(scaled(p[coord], zero));
      Value added = combine(gather(), [&](Value x, Value y) { return real<arith::AddFOp>(x, y); });
      sum[row] = fma(sum[row], rescale.back(), added);
      maximum[row] = most;
    }
  fragments[op.getP()] = std::move(p);
  fragments[op.getNewMaximum()] = std::move(maximum);
  fragments[op.getNewSum()] = std::move(sum);
  fragments[op.getRescale()] = std::move(rescale);
}
