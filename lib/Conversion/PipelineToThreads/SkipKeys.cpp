// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Skipping keys: what rows will have seen at least, and how far a range is negligible for all of them
// (tile.state_bound, tile.skip_range).
#include "ThreadBlock.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
struct ConvertStateBound : ThreadPattern<tile::StateBoundOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::StateBoundOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Block &nearest = op.getNearest().front(), &score = op.getScore().front();
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    Value begin = only(adaptor.getBegin()), end = only(adaptor.getEnd());
    Value keyNorms = only(adaptor.getKeyNorms()), batch = n.toI32(only(adaptor.getBatch()));
    Value queryBase = n.toI32(only(adaptor.getQueryBase())), keyBase = n.toI32(only(adaptor.getKeyBase()));
    Fragment norms(adaptor.getRowNorms()), maximum;
    // Where nothing is to be found out, or there is no key, norms hold anything and are not read.
    Value wanted = n.bitAnd(only(adaptor.getUseful()), n.compare(CmpIPredicate::slt, begin, end));
    auto branch = scf::IfOp::create(b, op.getLoc(), SmallVector<Type>(norms.size(), b.getF32Type()), wanted, true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(b, op.getLoc(), Fragment(norms.size(), n.f32(0.0)));
      b.setInsertionPointToStart(branch.thenBlock());
      Value firstPosition = n.add(n.toI32(begin), keyBase), lastPosition = n.add(n.toI32(n.add(end, -1)), keyBase);
      IRMapping nearestUniform = mapUniform(n, nearest, tile::NearestArguments::kNumNamed, adaptor.getParams());
      IRMapping scoreUniform = mapUniform(n, score, tile::PairBoundArguments::kNumNamed, adaptor.getParams());
      for (auto [row, norm] : llvm::enumerate(norms)) {
        Value head = rows.globalHead(n, block, row), query = n.add(rows.queries[row], queryBase);
        IRMapping values(nearestUniform);
        values.map(op.getNearestArguments().getNamed(), ValueRange{batch, head, query, firstPosition, lastPosition});
        Value position = evaluate(n, nearest, values);
        Value none = n.compare(CmpIPredicate::eq, position, n.i32(INT32_MIN));
        Value key = n.select(none, begin, n.toIndex(n.sub(position, keyBase)));
        Value number = n.div(key, n.index(tile::KeyNormsOp::kBlock));
        // The smaller of the two running maxima that cover the block: neither is less than the key's norm.
        Value upTo = memref::LoadOp::create(b, op.getLoc(), keyNorms, ValueRange{n.index(0), number});
        Value from = memref::LoadOp::create(b, op.getLoc(), keyNorms, ValueRange{n.index(1), number});
        IRMapping scoreValues(scoreUniform);
        scoreValues.map(op.getScoreArguments().getNamed(),
                        ValueRange{n.mulF(norm, n.minNum(upTo, from)), batch, head, query, position});
        Value bound = evaluate(n, score, scoreValues);
        // A kernel rounds its scores otherwise than the bound.
        Value lowered = n.fma(n.absF(bound), n.f32(-0x1p-20), bound);
        maximum.push_back(n.select(none, n.f32(kInfinity), lowered));
      }
      scf::YieldOp::create(b, op.getLoc(), maximum);
    }
    // One of the threads that share a row has its sum.
    Value share = n.select(block.isFirstInRow(n), n.f32(1.0), n.f32(0.0));
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{Fragment(branch.getResults()), Fragment(norms.size(), share)});
    return success();
  }
};

/// Bisection by all threads together: each looks at its rows, and a barrier tells whether all of them are satisfied.
/// Keys and tiles are counted in 32 bits, so that the result, which is extended by zeros, has one register throughout
/// the loops over keys.
struct ConvertSkipRange : ThreadPattern<tile::SkipRangeOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(tile::SkipRangeOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Block &body = *op.getBoundBody();
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    bool right = op.getSide() == tile::Side::right;
    Value lo = n.toI32(only(adaptor.getLo()));
    Value hi = n.max(n.toI32(only(adaptor.getHi())), lo);
    Value firstNorm = emitGlobalAddress(n, only(adaptor.getKeyNorms()), {n.index(right ? 1 : 0), n.index(0)});
    Value batch = n.toI32(only(adaptor.getBatch()));
    Value queryBase = n.toI32(only(adaptor.getQueryBase())), keyBase = n.toI32(only(adaptor.getKeyBase()));
    Fragment maximum(adaptor.getMaximum()), sum(adaptor.getSum()), rowNorms(adaptor.getRowNorms());
    Value keys = n.max(n.toI32(only(adaptor.getKeys())), n.i32(1));
    Value realKeys = arith::UIToFPOp::create(b, op.getLoc(), b.getF32Type(), keys);
    Value slack = n.addF(block.machine.emitLog2(n, realKeys), n.f32(26));
    SmallVector<Value> thresholds, missing; // what the bounds must be less than, and whether a row is not there
    for (unsigned row = 0; row < maximum.size(); ++row) {
      Value total = block.overRow<arith::AddFOp>(n, sum[row]);
      Value seen = n.addF(maximum[row], block.machine.emitLog2(n, total));
      thresholds.push_back(n.subF(seen, slack));
      missing.push_back(n.compare(CmpIPredicate::sge, block.row(n, row), n.toI32(rows.block.count)));
    }
    Value all = n.op<arith::CeilDivUIOp>(n.sub(hi, lo), n.i32(op.getStep()));
    IRMapping uniform = mapUniform(n, body, tile::RangeBoundArguments::kNumNamed, adaptor.getParams());
    auto areNegligible = [&](Value tiles) -> Value {
      // The keys [first, last] that would be skipped, and the running maximum of norms that covers them.
      Value first = right ? n.add(lo, n.mul(n.sub(all, tiles), op.getStep())) : lo;
      Value last = n.add(right ? hi : n.add(lo, n.mul(tiles, op.getStep())), -1);
      Value number = n.div(right ? first : last, n.i32(tile::KeyNormsOp::kBlock));
      Value pointer = emitGlobalPointer(n, n.add(firstNorm, n.mul(n.toUnsignedIndex(number), 4)));
      Value norm = LLVM::LoadOp::create(b, op.getLoc(), b.getF32Type(), pointer);
      Value mine;
      for (unsigned row = 0; row < maximum.size(); ++row) {
        IRMapping values(uniform);
        values.map(op.getBoundArguments().getNamed(),
                   ValueRange{n.mulF(rowNorms[row], norm), batch, rows.globalHead(n, block, row),
                              n.add(rows.queries[row], queryBase), n.add(first, keyBase), n.add(last, keyBase)});
        Value bound = evaluate(n, body, values);
        Value raised = n.fma(n.absF(bound), n.f32(0x1p-20), bound);
        Value small = n.compare(CmpFPredicate::OLT, raised, thresholds[row]);
        small = n.op<arith::OrIOp>(small, missing[row]);
        mine = mine ? n.bitAnd(mine, small) : small;
      }
      return block.machine.emitBarrierAll(n, block.threads(), mine);
    };
    // All satisfied without `low` tiles, not without more than `high`; the whole range is tried first.
    SmallVector<Value> inits = {n.i32(0), all, all};
    auto loop = scf::WhileOp::create(
        b, op.getLoc(), TypeRange(ValueRange(inits)), inits,
        [&](OpBuilder &, Location, ValueRange state) {
          scf::ConditionOp::create(b, op.getLoc(), n.compare(CmpIPredicate::slt, state[0], state[1]), state);
        },
        [&](OpBuilder &, Location, ValueRange state) {
          Value satisfied = areNegligible(state[2]);
          Value low = n.select(satisfied, state[2], state[0]);
          Value high = n.select(satisfied, state[1], n.add(state[2], -1));
          Value next = n.op<arith::CeilDivUIOp>(n.add(low, high), n.i32(2));
          scf::YieldOp::create(b, op.getLoc(), ValueRange{low, high, next});
        });
    Value tiles = loop.getResult(0);
    Value end = n.add(lo, n.mul(right ? n.sub(all, tiles) : tiles, op.getStep()));
    if (right) // nothing skipped: whole tiles may end after hi, and beyond 32 bits
      end = n.select(n.compare(CmpIPredicate::eq, tiles, n.i32(0)), hi, end);
    b.replaceOp(op, n.toUnsignedIndex(end));
    return success();
  }
};
} // namespace

void camber::pipeline::populateSkipPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                            const ThreadBlock &block) {
  patterns.add<ConvertStateBound, ConvertSkipRange>(types, block);
}
