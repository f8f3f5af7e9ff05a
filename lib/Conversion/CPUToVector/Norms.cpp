// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Norms of queries and keys, no smaller than the exact ones: the limit of a dot product is their product.
#include "Patterns.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

/// Makes up for the roundings of a sum of squares and a root, and for those of the dot product the norms limit: at most
/// 256 + 64 of 2^-24 each, relative to the product of the norms, of which each norm takes half.
static constexpr double kSlack = 1e-5;

/// Σ x² over one row of `source`, as a scalar.
static Value emitSquares(VectorBuilder &v, Value source, SmallVector<Value> row, Value from) {
  auto type = cast<MemRefType>(source.getType());
  row.push_back(from);
  ValueRange total = v.loop(from, v.index(type.getDimSize(3)), v.width, ValueRange{v.splat(0.0)},
                            [&](Value d, ValueRange sum) -> SmallVector<Value> {
                              row.back() = d;
                              Value x = v.load(source, row);
                              if (!type.getElementType().isF32())
                                x = arith::ExtFOp::create(v.b, v.loc, v.f32Vector(), x);
                              return {v.fma(x, x, sum[0])};
                            });
  return vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::ADD, total[0]);
}

/// √(squares + D·2^-126) · (1 + slack): squares below 2^-126 may have been taken for 0.
static Value emitNorm(VectorBuilder &v, Value squares, int64_t dim) {
  Value root = math::SqrtOp::create(v.b, v.loc, v.add(squares, v.f32(static_cast<double>(dim) * 0x1p-126)));
  return v.mul(root, v.f32(1 + kSlack));
}

static LogicalResult emitRowNorms(RowNormsOp op, VectorBuilder &v) {
  auto source = cast<MemRefType>(op.getSource().getType());
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    auto number = [&](Value buffer) -> Value {
      return arith::IndexCastOp::create(v.b, v.loc, v.b.getIndexType(), v.scalar(buffer, r));
    };
    Value squares =
        emitSquares(v, op.getSource(), {op.getBatch(), number(op.getRowHead()), number(op.getRowIndex())}, v.index(0));
    memref::StoreOp::create(v.b, v.loc, emitNorm(v, squares, source.getDimSize(3)), op.getNorms(), r);
    return {};
  });
  return success();
}

static LogicalResult emitKeyNorms(KeyNormsOp op, VectorBuilder &v) {
  OpBuilder &b = v.b;
  auto source = cast<MemRefType>(op.getSource().getType());
  auto larger = [&](Value x, Value y) -> Value { return v.select(v.compare(arith::CmpFPredicate::OGT, x, y), x, y); };
  Value block = v.index(tile::KeyNormsOp::kBlock), zero = v.index(0), one = v.index(1), none = v.f32(0.0);
  Value begin = op.getBegin(), end = arith::MaxSIOp::create(b, v.loc, op.getEnd(), begin);
  Value first = arith::DivUIOp::create(b, v.loc, begin, block);
  Value last = arith::CeilDivUIOp::create(b, v.loc, end, block);
  // The maximum of each block, and of those before it.
  v.loop(first, last, 1, ValueRange{none}, [&](Value i, ValueRange before) -> SmallVector<Value> {
    // A NaN would be lost in a maximum.
    Value infinite = v.f32(std::numeric_limits<double>::infinity());
    auto orInfinite = [&](Value x) { return v.select(v.compare(arith::CmpFPredicate::OLT, x, infinite), x, infinite); };
    auto keep = [&](Value norm) -> SmallVector<Value> {
      Value upTo = larger(norm, before[0]);
      memref::StoreOp::create(b, v.loc, upTo, op.getNorms(), ValueRange{zero, i});
      memref::StoreOp::create(b, v.loc, norm, op.getNorms(), ValueRange{one, i});
      return {upTo};
    };
    if (op.getGiven())
      return keep(orInfinite(v.scalar(op.getGiven(), {op.getBatch(), op.getKvHead(), i})));
    Value from = arith::MulIOp::create(b, v.loc, i, block), to = arith::AddIOp::create(b, v.loc, from, block);
    from = arith::MaxUIOp::create(b, v.loc, from, begin);
    to = arith::MinUIOp::create(b, v.loc, to, end);
    Value most = v.loop(from, to, 1, ValueRange{none}, [&](Value j, ValueRange m) -> SmallVector<Value> {
      Value squares = emitSquares(v, op.getSource(), {op.getBatch(), op.getKvHead(), j}, zero);
      return {larger(orInfinite(squares), m[0])};
    })[0];
    return keep(emitNorm(v, most, source.getDimSize(3)));
  });
  // From the last block back to the first.
  Value count = arith::SubIOp::create(b, v.loc, last, first);
  v.loop(zero, count, 1, ValueRange{none}, [&](Value back, ValueRange after) -> SmallVector<Value> {
    Value i = arith::SubIOp::create(b, v.loc, arith::SubIOp::create(b, v.loc, last, one), back);
    Value from = larger(v.scalar(op.getNorms(), {one, i}), after[0]);
    memref::StoreOp::create(b, v.loc, from, op.getNorms(), ValueRange{one, i});
    return {from};
  });
  return success();
}

void camber::cpu::populateNormPatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<RowNormsOp, emitRowNorms>, EmitBefore<KeyNormsOp, emitKeyNorms>>(patterns.getContext());
}
