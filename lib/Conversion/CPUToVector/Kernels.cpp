// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register-tile kernels other than the scores: packing, softmax step, value product, combining splits, and stores.
#include "VectorBuilder.h"

using namespace mlir;
using namespace camber::cpu;

static int64_t sizeOf(Value buffer, unsigned dim) { return cast<MemRefType>(buffer.getType()).getDimSize(dim); }
static Type elementOf(Value buffer) { return cast<MemRefType>(buffer.getType()).getElementType(); }

/// The first `count` rows, to the end of the unit that holds the last of them.
static Value roundUp(VectorBuilder &v, Value count, int64_t unit) {
  Value units = arith::CeilDivUIOp::create(v.b, v.loc, count, v.index(unit));
  return arith::MulIOp::create(v.b, v.loc, units, v.index(unit));
}

/// A row number kept as i32, as an index.
static Value loadIndex(VectorBuilder &v, Value buffer, Value r) {
  return arith::IndexCastOp::create(v.b, v.loc, v.b.getIndexType(), v.scalar(buffer, r));
}

QueryRow::QueryRow(PackQueriesOp op, VectorBuilder &v, Value r)
    : op(op), head(loadIndex(v, op.getRowHead(), r)), query(loadIndex(v, op.getRowIndex(), r)) {}

Value QueryRow::load(VectorBuilder &v, Value d) {
  // The scale in two parts, so that the packed query is the product with the exact factor, rounded once: an error of
  // the scale itself would shift every score of the kernel the same way.
  double exact = op.getScale().convertToDouble();
  Value scale = v.splat(exact), scaleRest = v.splat(exact - static_cast<double>(static_cast<float>(exact)));
  Value x = v.loadF32(op.getSource(), {op.getBatch(), head, query, d});
  return v.fma(x, scale, v.mul(x, scaleRest));
}

/// A square of vectors, transposed: the off-diagonal blocks of each 2 × 2 blocks of `size` change places, for every
/// size.
static void transpose(VectorBuilder &v, SmallVectorImpl<Value> &rows) {
  for (int64_t size = v.width / 2; size >= 1; size /= 2) {
    SmallVector<int64_t> upper, lower; // of the lanes of two rows, the second row's from `width` on
    for (int64_t lane = 0; lane < v.width; ++lane) {
      bool right = lane & size;
      upper.push_back(right ? v.width + lane - size : lane);
      lower.push_back(right ? v.width + lane : lane + size);
    }
    for (int64_t i = 0; i < v.width; ++i) {
      if (i & size)
        continue;
      Value x = rows[i], y = rows[i + size];
      rows[i] = v.shuffle(x, y, upper);
      rows[i + size] = v.shuffle(x, y, lower);
    }
  }
}

void camber::cpu::emitPackQueries(PackQueriesOp op, VectorBuilder &v) {
  if (op.getSchedule().getKeysInLanes())
    return emitPackQueryRows(op, v);
  int64_t dim = sizeOf(op.getPacked(), 1), panel = sizeOf(op.getPacked(), 2);
  v.loop(v.index(0), roundUp(v, op.getCount(), panel), v.width, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    Value panelIndex = arith::DivUIOp::create(v.b, v.loc, r, v.index(panel));
    Value lane = arith::RemUIOp::create(v.b, v.loc, r, v.index(panel));
    Value left =
        arith::IndexCastOp::create(v.b, v.loc, v.b.getI32Type(), arith::SubIOp::create(v.b, v.loc, op.getCount(), r));
    Value exists = arith::CmpIOp::create(v.b, v.loc, arith::CmpIPredicate::slt, v.lanes(), v.broadcast(left));
    SmallVector<QueryRow> rows;
    for (int64_t i = 0; i < v.width; ++i)
      rows.emplace_back(op, v, v.offset(r, i));
    v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      SmallVector<Value> square;
      for (QueryRow &row : rows)
        square.push_back(row.load(v, d));
      transpose(v, square);
      for (auto [k, column] : llvm::enumerate(square))
        v.store(v.select(exists, column, v.splat(0.0)), op.getPacked(), {panelIndex, v.offset(d, k), lane});
      return {};
    });
    return {};
  });
}

void camber::cpu::emitCopyKeys(CopyKeysOp op, VectorBuilder &v) {
  if (op.getFinite())
    return emitCopyFinite(op, v);
  int64_t dim = sizeOf(op.getDestination(), 1);
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value j, ValueRange) -> SmallVector<Value> {
    for (int64_t d = 0; d < dim; d += v.width)
      v.store(v.loadF32(op.getSource(), {j, v.index(d)}), op.getDestination(), {j, v.index(d)});
    return {};
  });
}

int64_t camber::cpu::unrollFor(int64_t fmas) { return fmas < 20 ? 4 : 2; }

Value camber::cpu::keysSeen(VectorBuilder &v, Value count, Value keyEnd, Value rowEnd) {
  Value seen = arith::MaxSIOp::create(v.b, v.loc, arith::AddIOp::create(v.b, v.loc, keyEnd, rowEnd), v.index(0));
  return arith::MinSIOp::create(v.b, v.loc, seen, count);
}

Value camber::cpu::keysRead(VectorBuilder &v, ScheduleAttr schedule, Value count, Value keyEnd, Value row) {
  return keysSeen(v, count, keyEnd, v.offset(row, v.width + schedule.getValueRows()));
}

void camber::cpu::emitSoftmaxUpdate(SoftmaxUpdateOp op, VectorBuilder &v) {
  if (op.getSchedule().getKeysInLanes())
    return emitKeyLaneSoftmaxUpdate(op, v);
  int64_t vectors = op.getSchedule().getRowVectors();
  v.loop(op.getBegin(), op.getEnd(), vectors * v.width, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    Value first = arith::SubIOp::create(v.b, v.loc, r, op.getBegin());
    SmallVector<Value> columns, maxima, sums;
    for (int64_t k = 0; k < vectors; ++k) {
      Value column = v.offset(r, k * v.width);
      Value now = v.load(op.getNewMaximum(), column), before = v.load(op.getMaximum(), column);
      Value finite = v.finiteMaximum(now);
      v.store(v.exp2(v.sub(before, finite)), op.getRescale(), column);
      v.store(now, op.getMaximum(), column);
      columns.push_back(column);
      maxima.push_back(finite);
      sums.push_back(v.splat(0.0));
    }
    Value from = v.index(0);
    const int64_t droppable = op.getKeyEnd() ? vectors : 1;
    for (int64_t dead = 0, next = 2; dead < droppable;
         dead = next, next += 2) { // vectors that see no key from `from` on
      Value to = op.getCount();
      if (next < droppable)
        to = keysRead(v, op.getSchedule(), to, op.getKeyEnd(), columns[next - 1]);
      ValueRange totals = v.loop(from, to, 1, ArrayRef(sums).drop_front(dead), [&](Value j, ValueRange carried) {
        SmallVector<Value> next;
        for (int64_t k = dead; k < vectors; ++k) {
          Value at = v.offset(first, k * v.width);
          Value p = v.exp2(v.sub(v.load(op.getScores(), {j, at}), maxima[k]));
          v.store(p, op.getScores(), {j, at});
          next.push_back(v.add(carried[k - dead], p));
        }
        return next;
      });
      llvm::copy(totals, sums.begin() + dead);
      from = to;
    }
    for (int64_t k = 0; k < vectors; ++k) {
      Value sum = v.fma(v.load(op.getSum(), columns[k]), v.load(op.getRescale(), columns[k]), sums[k]);
      v.store(sum, op.getSum(), columns[k]);
    }
    return {};
  });
}

/// One register tile: `rows` rows from `row` on by `vectors` vectors of the head dim from column `d` on.
static void emitValueTile(AccumulateOp op, VectorBuilder &v, Value row, int64_t rows, Value d, int64_t vectors) {
  Value first = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
  SmallVector<Value> zeros(rows * vectors, v.splat(0.0)), columns;
  for (int64_t n = 0; n < vectors; ++n)
    columns.push_back(v.offset(d, n * v.width));
  auto addKey = [&](Value j, ValueRange accumulators) {
    SmallVector<Value> values, next(accumulators);
    for (Value column : columns)
      values.push_back(v.load(op.getValues(), {j, column}));
    for (int64_t i = 0; i < rows; ++i) {
      Value p = v.broadcast(v.scalar(op.getP(), {j, v.offset(first, i)}));
      for (int64_t n = 0; n < vectors; ++n)
        next[i * vectors + n] = v.fma(p, values[n], next[i * vectors + n]);
    }
    return next;
  };
  Value count = op.getKeyEnd() ? keysSeen(v, op.getCount(), op.getKeyEnd(), v.offset(row, rows)) : op.getCount();
  const int64_t unroll = unrollFor(rows * vectors);
  Value rest = arith::RemUIOp::create(v.b, v.loc, count, v.index(unroll));
  Value whole = arith::SubIOp::create(v.b, v.loc, count, rest);
  ValueRange sums = v.loop(v.index(0), whole, unroll, zeros, [&](Value j, ValueRange accumulators) {
    SmallVector<Value> next(accumulators);
    for (int64_t k = 0; k < unroll; ++k)
      next = addKey(v.offset(j, k), next);
    return next;
  });
  ValueRange product = v.loop(whole, count, 1, sums, addKey);
  // Blocked summation: the tile's sum was built from zero and joins the running output in one FMA.
  for (int64_t i = 0; i < rows; ++i) {
    Value r = v.offset(row, i), rescale = v.broadcast(v.scalar(op.getRescale(), r));
    for (int64_t n = 0; n < vectors; ++n)
      v.store(v.fma(v.load(op.getOutput(), {r, columns[n]}), rescale, product[i * vectors + n]), op.getOutput(),
              {r, columns[n]});
  }
}

void camber::cpu::emitAccumulate(AccumulateOp op, VectorBuilder &v) {
  if (op.getSchedule().getKeysInLanes())
    return emitKeyLaneAccumulate(op, v);
  int64_t panel = op.getSchedule().getPanelRows(), dim = sizeOf(op.getOutput(), 1);
  int64_t tileRows = std::min(op.getSchedule().getValueRows(), panel),
          slab = op.getSchedule().getValueVectors() * v.width;
  // The rows of a panel are dealt evenly over its tiles (16 = 6 + 2·5), so that no short tile runs at a fraction of the
  // speed.
  int64_t tiles = (panel + tileRows - 1) / tileRows, small = panel / tiles, large = panel % tiles;
  auto emitSlab = [&](Value d, int64_t vectors) {
    v.loop(op.getBegin(), op.getEnd(), panel, {}, [&](Value first, ValueRange) -> SmallVector<Value> {
      auto emitTiles = [&](int64_t from, int64_t to, int64_t rows) {
        if (from == to)
          return;
        v.loop(v.offset(first, from), v.offset(first, to), rows, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
          emitValueTile(op, v, row, rows, d, vectors);
          return {};
        });
      };
      emitTiles(0, large * (small + 1), small + 1);
      emitTiles(large * (small + 1), panel, small);
      return {};
    });
  };
  // The values of a slab stay in the first-level cache for all rows.
  int64_t slabs = dim / slab * slab;
  v.loop(v.index(0), v.index(slabs), slab, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
    emitSlab(d, slab / v.width);
    return {};
  });
  if (slabs < dim)
    emitSlab(v.index(slabs), (dim - slabs) / v.width);
}

void camber::cpu::emitEpilogue(EpilogueOp op, VectorBuilder &v) {
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
}

/// o = Σ 2^(m_s - M) · o_s / Σ 2^(m_s - M), with M the largest of the splits' m_s; (0, -∞) where all are -∞.
void camber::cpu::emitCombine(CombineOp op, VectorBuilder &v) {
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
}

void camber::cpu::emitStoreRows(StoreRowsOp op, VectorBuilder &v) {
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
}
