// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scores of #cpu.rows_in_lanes, with the score body fused into the register tiles.
#include "RowsInLanes.h"
#include "camber/Dialect/CPU/ScoreBody.h"

using namespace mlir;
using namespace camber::cpu;

namespace {
/// Scores of `keys` keys from `key` on for the vectors of one panel: keys × vectors accumulators.
///
/// The body follows on the accumulators. One with transcendental functions would stand there 6·2 times and compete with
/// the accumulators for registers: it gets a loop of its own over what the dot products have left in memory.
struct ScoreTile {
  ScoresOp op;
  VectorBuilder &v;
  ScoreBody &body;
  Value panel;
  SmallVector<Value> columns; ///< rows of the block
  SmallVector<Value> at;      ///< and where their scores are
  SmallVector<IRMapping> rows;
  int64_t firstVector = 0; ///< of the panel

  /// The same without the first vectors.
  ScoreTile dropFront(int64_t vectors) const {
    return {op,
            v,
            body,
            panel,
            llvm::to_vector(llvm::drop_begin(columns, vectors)),
            llvm::to_vector(llvm::drop_begin(at, vectors)),
            llvm::to_vector(llvm::drop_begin(rows, vectors)),
            firstVector + vectors};
  }
  SmallVector<Value> emitDots(ValueRange keyNumbers);
  /// From dot products to scores and the new running maxima.
  FailureOr<SmallVector<Value>> emitBody(ArrayRef<Value> dots, ValueRange keyNumbers, ValueRange maxima);
  /// Dot products, and the body unless it has a loop of its own.
  FailureOr<SmallVector<Value>> emit(Value key, int64_t keys, ValueRange maxima);
  FailureOr<SmallVector<Value>> emitBodyLoop(ValueRange maxima);
};
} // namespace

SmallVector<Value> ScoreTile::emitDots(ValueRange keyNumbers) {
  int64_t vectors = columns.size(), keys = keyNumbers.size();
  int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
  SmallVector<Value> zeros(keys * vectors, v.splat(0.0));
  int64_t unroll = unrollFor(keys * vectors);
  ValueRange dots = v.loop(v.index(0), v.index(dim), unroll, zeros, [&](Value d0, ValueRange accumulators) {
    SmallVector<Value> next(accumulators);
    for (int64_t u = 0; u < unroll; ++u) {
      Value d = v.offset(d0, u);
      SmallVector<Value> queries;
      for (int64_t n = 0; n < vectors; ++n)
        queries.push_back(v.load(op.getPacked(), {panel, d, v.index((firstVector + n) * v.width)}));
      for (int64_t i = 0; i < keys; ++i) {
        Value k = v.broadcast(v.scalar(op.getKeys(), {keyNumbers[i], d}));
        for (int64_t n = 0; n < vectors; ++n)
          next[i * vectors + n] = v.fma(k, queries[n], next[i * vectors + n]);
      }
    }
    return next;
  });
  SmallVector<Value> scores(dots);
  if (!op.getScale().isExactlyValue(1.0)) {
    Value scale = v.splat(op.getScale().convertToDouble());
    for (Value &score : scores)
      score = v.mul(score, scale);
  }
  return scores;
}

FailureOr<SmallVector<Value>> ScoreTile::emitBody(ArrayRef<Value> dots, ValueRange keyNumbers, ValueRange maxima) {
  int64_t vectors = columns.size();
  SmallVector<Value> newMaxima(maxima);
  Value real = body.emitRealPosition(keyNumbers.front());
  for (auto [i, key] : llvm::enumerate(keyNumbers)) {
    IRMapping keyValues;
    if (failed(body.emitKey(key, real, i, keyValues)))
      return failure();
    for (int64_t n = 0; n < vectors; ++n) {
      FailureOr<Value> score = body.emitPair(dots[i * vectors + n], key, columns[n], rows[n], keyValues);
      if (failed(score))
        return failure();
      v.store(*score, op.getScores(), {key, at[n]});
      newMaxima[n] = v.maxOr(*score, newMaxima[n]);
    }
  }
  return newMaxima;
}

FailureOr<SmallVector<Value>> ScoreTile::emit(Value key, int64_t keys, ValueRange maxima) {
  SmallVector<Value> keyNumbers;
  for (int64_t i = 0; i < keys; ++i)
    keyNumbers.push_back(v.offset(key, i));
  SmallVector<Value> dots = emitDots(keyNumbers);
  if (!body.isExpensive())
    return emitBody(dots, keyNumbers, maxima);
  int64_t vectors = columns.size();
  for (auto [number, dot] : llvm::enumerate(dots))
    v.store(dot, op.getScores(), {keyNumbers[number / vectors], at[number % vectors]});
  return SmallVector<Value>(maxima);
}

FailureOr<SmallVector<Value>> ScoreTile::emitBodyLoop(ValueRange maxima) {
  bool ok = true;
  ValueRange result = v.loop(v.index(0), op.getCount(), 1, maxima, [&](Value key, ValueRange carried) {
    SmallVector<Value> dots;
    for (Value column : at)
      dots.push_back(v.load(op.getScores(), {key, column}));
    FailureOr<SmallVector<Value>> next = emitBody(dots, key, carried);
    ok = succeeded(next);
    return ok ? *next : SmallVector<Value>(carried);
  });
  if (!ok)
    return failure();
  return SmallVector<Value>(result);
}

LogicalResult RowsInLanesAttr::emitScores(ScoresOp &op, VectorBuilder &v) const {
  int64_t vectors = getRowVectors();
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  bool ok = true;
  v.loop(op.getBegin(), op.getEnd(), getPanelRows(), {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value panel = arith::DivUIOp::create(v.b, v.loc, row, v.index(getPanelRows()));
    Value first = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    ScoreTile tile{op, v, body, panel, {}, {}, {}};
    SmallVector<Value> maxima;
    for (int64_t n = 0; n < vectors; ++n) {
      tile.columns.push_back(v.offset(row, n * v.width));
      tile.at.push_back(v.offset(first, n * v.width));
      tile.rows.emplace_back();
      ok &= succeeded(body.emitRow(tile.columns.back(), tile.rows.back()));
      maxima.push_back(v.load(op.getMaximum(), tile.columns.back()));
    }
    // Keys in register tiles, without the first `dead` vectors of rows.
    auto chunk = [&](Value from, Value to, int64_t keys, Value last, int64_t dead = 0) {
      ScoreTile live = tile.dropFront(dead);
      auto emitKeys = [&](Value key, ValueRange carried) -> SmallVector<Value> {
        if (last)
          key = arith::MinUIOp::create(v.b, v.loc, key, last);
        FailureOr<SmallVector<Value>> next = live.emit(key, keys, carried);
        ok &= succeeded(next);
        return ok ? *next : SmallVector<Value>(carried);
      };
      llvm::copy(v.loop(from, to, keys, ArrayRef(maxima).drop_front(dead), emitKeys), maxima.begin() + dead);
    };
    int64_t tileKeys = cast<MemRefType>(op.getScores().getType()).getDimSize(0);
    int64_t most = std::min(getScoreKeys(), tileKeys);
    if (op.getFull()) {
      // Keys dealt evenly: 64 = 9·6 + 2·5.
      int64_t tiles = (tileKeys + most - 1) / most, small = tileKeys / tiles, large = tileKeys % tiles;
      Value boundary = v.index(large * (small + 1));
      if (large)
        chunk(v.index(0), boundary, small + 1, {});
      chunk(boundary, v.index(tileKeys), small, {});
    } else {
      // A boundary tile is as long as it is: register tiles, of which the last ends with the last key and computes some
      // scores again, which changes nothing. Only what is shorter than a register tile goes key by key.
      Value count = op.getCount(), zero = v.index(0);
      Value isShort = arith::CmpIOp::create(v.b, v.loc, arith::CmpIPredicate::ult, count, v.index(most));
      Value last = arith::SubIOp::create(v.b, v.loc, count, v.index(most));
      Value from = zero, end = v.select(isShort, zero, count);
      // Vectors of rows drop out, two at a time, as the keys pass the last that their rows see. One at a time they
      // would save some 0.5 % of a causal kernel for another 5 KB of code.
      const int64_t droppable = op.getKeyEnd() && !body.isExpensive() ? vectors : 1;
      for (int64_t dead = 0, next = 2; dead < droppable; dead = next, next += 2) {
        Value to = end;
        if (next < droppable) {
          Value read = keysRead(v, *this, count, op.getKeyEnd(), tile.columns[next - 1]);
          Value tiles = arith::CeilDivUIOp::create(v.b, v.loc, read, v.index(most));
          to = arith::MinUIOp::create(v.b, v.loc, arith::MulIOp::create(v.b, v.loc, tiles, v.index(most)), end);
        }
        chunk(from, to, most, last, dead);
        from = to;
      }
      chunk(zero, v.select(isShort, count, zero), 1, {});
    }
    if (ok && body.isExpensive()) {
      FailureOr<SmallVector<Value>> next = tile.emitBodyLoop(maxima);
      ok = succeeded(next);
      if (ok)
        maxima = *next;
    }
    for (int64_t n = 0; n < vectors; ++n)
      v.store(maxima[n], op.getNewMaximum(), tile.columns[n]);
    return {};
  });
  return success(ok);
}
