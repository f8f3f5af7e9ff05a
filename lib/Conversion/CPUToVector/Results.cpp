// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.epilogue, cpu.combine and cpu.store_rows: what a block makes of its state.
#include "Patterns.h"

using namespace mlir;
using namespace camber::cpu;

static int64_t sizeOf(Value buffer, unsigned dim) { return cast<MemRefType>(buffer.getType()).getDimSize(dim); }
static Type elementOf(Value buffer) { return cast<MemRefType>(buffer.getType()).getElementType(); }

static LogicalResult emitEpilogue(EpilogueOp op, VectorBuilder &v) {
  int64_t dim = sizeOf(op.getOutput(), 1);
  Value none = v.splat(-std::numeric_limits<double>::infinity()), zero = v.splat(0.0), one = v.splat(1.0);
  v.loop(v.index(0), roundUp(v, op.getCount(), v.width), v.width, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    Value sum = v.load(op.getSum(), r), maximum = v.load(op.getMaximum(), r);
    // A row that saw nothing has sum 0: divide by 1 and keep -∞. NaN is not 0 and stays NaN.
    Value empty = v.compare(arith::CmpFPredicate::OEQ, sum, zero);
    Value divisor = v.select(empty, one, sum);
    Value lse = v.select(empty, none, v.add(maximum, v.log2(divisor)));
    Value isNaN = v.compare(arith::CmpFPredicate::UNO, sum, sum);
    v.store(v.select(isNaN, sum, lse), op.getMaximum(), r);
    v.store(v.div(one, divisor), op.getSum(), r);
    return {};
  });
  SmallVector<Value> inits;
  if (op.getNotFinite())
    inits.push_back(zero);
  ValueRange notFinite =
      v.loop(v.index(0), op.getCount(), 1, inits, [&](Value r, ValueRange carried) -> SmallVector<Value> {
        Value inverse = v.broadcast(v.scalar(op.getSum(), r)), zeroOrNaN = zero;
        for (int64_t d = 0; d < dim; d += v.width) {
          Value x = v.mul(v.load(op.getOutput(), {r, v.index(d)}), inverse);
          v.store(x, op.getOutput(), {r, v.index(d)});
          if (op.getNotFinite())
            zeroOrNaN = v.fma(x, zero, zeroOrNaN);
        }
        if (!op.getNotFinite())
          return {};
        Value isNaN = v.compare(arith::CmpFPredicate::UNO, inverse, inverse);
        return {v.add(carried[0], v.select(isNaN, zero, zeroOrNaN))};
      });
  if (op.getNotFinite()) {
    Value any = vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::ADD, notFinite[0]);
    memref::StoreOp::create(v.b, v.loc, any, op.getNotFinite(), v.index(0));
  }
  return success();
}

/// o = Σ 2^(m_s - M) · o_s / Σ 2^(m_s - M), with M the largest of the splits' m_s; (0, -∞) where all are -∞.
static LogicalResult emitCombine(CombineOp op, VectorBuilder &v) {
  OpBuilder &b = v.b;
  int64_t dim = sizeOf(op.getOutput(), 1);
  Value none = v.splat(-std::numeric_limits<double>::infinity());
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    auto partial = [&](Value s) { return v.broadcast(v.scalar(op.getPartialMaximum(), {s, r})); };
    Value top = v.loop(v.index(0), op.getSplits(), 1, ValueRange{none},
                       [&](Value s, ValueRange m) -> SmallVector<Value> { return {v.maxOr(partial(s), m[0])}; })[0];
    Value finite = v.finiteMaximum(top);
    Value total = v.loop(v.index(0), op.getSplits(), 1, ValueRange{v.splat(0.0)},
                         [&](Value s, ValueRange sum) -> SmallVector<Value> {
                           return {v.add(sum[0], v.exp2(v.sub(partial(s), finite)))};
                         })[0];
    Value empty = v.compare(arith::CmpFPredicate::OEQ, total, v.splat(0.0));
    Value divisor = v.select(empty, v.splat(1.0), total), inverse = v.div(v.splat(1.0), divisor);
    for (int64_t d = 0; d < dim; d += v.width) {
      Value sum = v.loop(v.index(0), op.getSplits(), 1, ValueRange{v.splat(0.0)},
                         [&](Value s, ValueRange carried) -> SmallVector<Value> {
                           Value weight = v.exp2(v.sub(partial(s), finite));
                           return {v.fma(v.load(op.getPartialOutput(), {s, r, v.index(d)}), weight, carried[0])};
                         })[0];
      v.store(v.mul(sum, inverse), op.getOutput(), {r, v.index(d)});
    }
    Value lse = v.select(empty, none, v.add(finite, v.log2(divisor)));
    Value isNaN = v.compare(arith::CmpFPredicate::UNO, total, total);
    memref::StoreOp::create(b, v.loc, vector::ExtractOp::create(b, v.loc, v.select(isNaN, total, lse), 0),
                            op.getMaximum(), r);
    return {};
  });
  return success();
}

static LogicalResult emitStoreRows(StoreRowsOp op, VectorBuilder &v) {
  OpBuilder &b = v.b;
  int64_t dim = sizeOf(op.getOutput(), 1);
  Type storage = elementOf(op.getDestination());
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    Value head = loadIndex(v, op.getRowHead(), r), query = loadIndex(v, op.getRowIndex(), r);
    for (int64_t d = 0; d < dim; d += v.width) {
      Value x = v.load(op.getOutput(), {r, v.index(d)});
      if (!storage.isF32())
        x = arith::TruncFOp::create(b, v.loc, v.vectorType(storage), x);
      v.store(x, op.getDestination(), {op.getBatch(), head, query, v.index(d)});
    }
    if (op.getLse()) {
      Value lse = v.mul(v.scalar(op.getMaximum(), r), v.f32(0.6931471805599453));
      memref::StoreOp::create(b, v.loc, lse, op.getLse(), ValueRange{op.getBatch(), head, query});
    }
    return {};
  });
  return success();
}

void camber::cpu::populateResultPatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<EpilogueOp, emitEpilogue>, EmitBefore<CombineOp, emitCombine>,
               EmitBefore<StoreRowsOp, emitStoreRows>>(patterns.getContext());
}
