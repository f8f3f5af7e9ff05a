// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #cpu.rows_in_lanes: packing, softmax step and value product. Its scores are in RowsInLanesScores.cpp.
#include "RowsInLanes.h"
#include "Sizes.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

static int64_t sizeOf(Value buffer, unsigned dim) { return cast<MemRefType>(buffer.getType()).getDimSize(dim); }

LogicalResult RowsInLanesAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width, int64_t scoreKeys,
                                      int64_t rowVectors, int64_t valueRows, int64_t valueVectors, int64_t panels,
                                      bool) {
  return verifySizes(emitError, {width, scoreKeys, rowVectors, valueRows, valueVectors, panels}); // C1
}

int64_t RowsInLanesAttr::getPanelRows() const { return getRowVectors() * getWidth(); }
int64_t RowsInLanesAttr::getGroupRows() const { return getPanels() * getPanelRows(); }
Lanes RowsInLanesAttr::getLanes() const { return Lanes::rows; }
SmallVector<int64_t> RowsInLanesAttr::getPackedShape(int64_t rows, int64_t dim) const {
  return {rows / getPanelRows(), dim, getPanelRows()};
}
SmallVector<int64_t> RowsInLanesAttr::getScoresShape(int64_t rows, int64_t keys) const {
  return {keys, spreadRows(rows)};
}
SmallVector<int64_t> RowsInLanesAttr::getScoresScratch(int64_t) const { return {}; }
SmallVector<int64_t> RowsInLanesAttr::getAccumulateScratch(int64_t, int64_t) const { return {}; }
bool RowsInLanesAttr::needsCopy(Type element, bool values) const {
  return !element.isF32() || (values && getCopyValues());
}
bool RowsInLanesAttr::endsWithRow() const { return true; }

int64_t camber::cpu::unrollFor(int64_t fmas) { return fmas < 20 ? 4 : 2; }

Value camber::cpu::keysSeen(VectorBuilder &v, Value count, Value keyEnd, Value rowEnd) {
  Value seen = arith::MaxSIOp::create(v.b, v.loc, arith::AddIOp::create(v.b, v.loc, keyEnd, rowEnd), v.index(0));
  return arith::MinSIOp::create(v.b, v.loc, seen, count);
}

Value camber::cpu::keysRead(VectorBuilder &v, RowsInLanesAttr kernel, Value count, Value keyEnd, Value row) {
  return keysSeen(v, count, keyEnd, v.offset(row, v.width + kernel.getValueRows()));
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

LogicalResult RowsInLanesAttr::emitPackQueries(PackQueriesOp &op, VectorBuilder &v) const {
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
  return success();
}

LogicalResult RowsInLanesAttr::emitSoftmaxUpdate(SoftmaxUpdateOp &op, VectorBuilder &v) const {
  int64_t vectors = getRowVectors();
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
        to = keysRead(v, *this, to, op.getKeyEnd(), columns[next - 1]);
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
  return success();
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

LogicalResult RowsInLanesAttr::emitAccumulate(AccumulateOp &op, VectorBuilder &v) const {
  int64_t panel = getPanelRows(), dim = sizeOf(op.getOutput(), 1);
  int64_t tileRows = std::min(getValueRows(), panel), slab = getValueVectors() * v.width;
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
  return success();
}

/// Accumulators of `rows` × `vectors`, one row of vectors and a broadcast.
static bool fits(int64_t rows, int64_t vectors, int64_t registers) { return rows * vectors + vectors + 1 <= registers; }

std::vector<ScheduleChoice> RowsInLanesAttr::getAlternatives(tile::ShapeAttr tiles, int64_t,
                                                             int64_t vectorRegisters) const {
  struct Sizes {
    int64_t rows, keys, scoreKeys, rowVectors, valueRows, valueVectors, panels;
    bool copyValues;
  };
  const Sizes now = {tiles.getRows(), tiles.getKeys(),   getScoreKeys(), getRowVectors(),
                     getValueRows(),  getValueVectors(), getPanels(),    getCopyValues()};
  Alternatives all(tiles, *this);
  /// `change` is applied to what there is now.
  auto attempt = [&](auto change) {
    Sizes next = now;
    change(next);
    if (next.rows % (next.rowVectors * getWidth()) == 0)
      all.add(next.rows, next.keys,
              get(getContext(), getWidth(), next.scoreKeys, next.rowVectors, next.valueRows, next.valueVectors,
                  next.panels, next.copyValues));
  };
  for (int64_t keys : {32, 48, 64, 96, 128, 192})
    attempt([&](Sizes &s) { s.keys = keys; });
  for (int64_t rows : {64, 128, 192, 256})
    attempt([&](Sizes &s) { s.rows = rows; });
  for (int64_t panels : {1, 2, 4})
    attempt([&](Sizes &s) { s.panels = panels; });
  attempt([&](Sizes &s) { s.copyValues = !s.copyValues; });
  for (int64_t vectors : {1, 2, 3, 4, 5, 6, 7})
    for (int64_t count : {3, 4, 6, 8, 12, 16}) {
      if (!fits(count, vectors, vectorRegisters))
        continue;
      if (llvm::isPowerOf2_64(vectors) && count != 16)
        attempt([&](Sizes &s) { s.scoreKeys = count, s.rowVectors = vectors; });
      attempt([&](Sizes &s) { s.valueRows = count, s.valueVectors = vectors; });
    }
  return all.take();
}
