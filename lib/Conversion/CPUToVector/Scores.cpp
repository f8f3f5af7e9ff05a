// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register-tile kernel of the scores, with the score body fused into it.
#include "BodyEmitter.h"

using namespace mlir;
using namespace camber::cpu;

namespace {
/// The body of cpu.scores: (score, batch, head, query position, key position, query index, key index, params…, table
/// values…).
class ScoreBody {
public:
  ScoreBody(ScoresOp op, VectorBuilder &v) : op(op), v(v), body(op.getBody().front()), emitter(body, scopes(op), v) {}

  /// Emits everything Uniform.
  LogicalResult emitUniform() {
    OpBuilder &b = v.b;
    uniform.map(body.getArguments().slice(7, op.getParams().size()), op.getParams());
    uniform.map(body.getArgument(1), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), op.getBatch()).getResult());
    if (op.getUniformHead()) {
      Value head = v.scalar(op.getRowHead(), v.index(0));
      Value offset = arith::ConstantOp::create(b, v.loc, b.getI32IntegerAttr(op.getHeadOffset()));
      uniform.map(body.getArgument(2), arith::AddIOp::create(b, v.loc, head, offset).getResult());
    }
    return emitter.emit(BodyEmitter::Uniform, uniform);
  }

  /// Emits everything Row for the rows of the vector that begins at row `column` (index).
  LogicalResult emitRow(Value column, IRMapping &values) {
    addValues(values, uniform);
    if (!op.getUniformHead()) {
      Value head = v.load(op.getRowHead(), column);
      values.map(body.getArgument(2),
                 arith::AddIOp::create(v.b, v.loc, head, v.splatI32(op.getHeadOffset())).getResult());
    }
    values.map(body.getArgument(3), v.load(op.getRowPosition(), column));
    values.map(body.getArgument(5), v.load(op.getRowIndex(), column));
    return emitter.emit(BodyEmitter::Row, values);
  }

  /// Emits everything Key for key number `key` of the tile (index).
  LogicalResult emitKey(Value key, IRMapping &values) {
    OpBuilder &b = v.b;
    addValues(values, uniform);
    Value number = arith::AddIOp::create(b, v.loc, op.getFirstKey(), key);
    Value position = arith::AddIOp::create(b, v.loc, number, op.getKeyBase());
    values.map(body.getArgument(4), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), position).getResult());
    values.map(body.getArgument(6), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), number).getResult());
    return emitter.emit(BodyEmitter::Key, values);
  }

  /// Emits the rest and returns the vector of final scores of key `key` and the rows from `column` on.
  FailureOr<Value> emitPair(Value score, Value key, Value column, const IRMapping &row, const IRMapping &keyValues) {
    IRMapping values;
    addValues(values, row);
    addValues(values, keyValues);
    values.map(body.getArgument(0), score);
    for (auto [argument, table] : llvm::zip_equal(body.getArguments().take_back(op.getTables().size()), op.getTables()))
      values.map(argument, readTable(table, key, column));
    if (failed(emitter.emit(BodyEmitter::Pair, values)))
      return failure();
    return emitter.yielded(values);
  }

private:
  static SmallVector<BodyEmitter::Scope> scopes(ScoresOp op) {
    lowerScoreStructure(op.getBody().front());
    auto head = op.getUniformHead() ? BodyEmitter::Uniform : BodyEmitter::Row;
    SmallVector<BodyEmitter::Scope> result = {BodyEmitter::Pair, BodyEmitter::Uniform, head,
                                              BodyEmitter::Row,  BodyEmitter::Key,     BodyEmitter::Row,
                                              BodyEmitter::Key};
    result.append(op.getParams().size(), BodyEmitter::Uniform);
    result.append(op.getTables().size(), BodyEmitter::Pair);
    return result;
  }

  /// By diagonal (rank 1) consecutive rows lie side by side, row r and key j at r - j + T - 1; by pair (rank 2) at
  /// [j][r].
  Value readTable(Value table, Value key, Value column) {
    if (cast<MemRefType>(table.getType()).getRank() == 2)
      return v.load(table, {key, column});
    int64_t rows = cast<MemRefType>(op.getMaximum().getType()).getDimSize(0);
    int64_t keys = cast<MemRefType>(table.getType()).getDimSize(0) - rows;
    Value difference = arith::SubIOp::create(v.b, v.loc, column, key);
    return v.load(table, v.offset(difference, keys - 1));
  }

  ScoresOp op;
  VectorBuilder &v;
  Block &body;
  BodyEmitter emitter;
  IRMapping uniform;
};

/// scores[j][at…] for `keys` keys from `key` on: dot products in keys × vectors accumulators, then the body, the
/// running maximum and the store.
struct ScoreTile {
  ScoresOp op;
  VectorBuilder &v;
  ScoreBody &body;
  Value panel;
  SmallVector<Value> columns; ///< rows of the block
  SmallVector<Value> at;      ///< and where their scores are
  SmallVector<IRMapping> rows;

  FailureOr<SmallVector<Value>> emit(Value key, int64_t keys, ValueRange maxima);
};
} // namespace

FailureOr<SmallVector<Value>> ScoreTile::emit(Value key, int64_t keys, ValueRange maxima) {
  int64_t vectors = columns.size();
  int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
  SmallVector<Value> zeros(keys * vectors, v.splat(0.0)), keyNumbers;
  for (int64_t i = 0; i < keys; ++i)
    keyNumbers.push_back(v.offset(key, i));
  ValueRange dots = v.loop(v.index(0), v.index(dim), 4, zeros, [&](Value d0, ValueRange accumulators) {
    SmallVector<Value> next(accumulators);
    for (int64_t u = 0; u < 4; ++u) {
      Value d = v.offset(d0, u);
      SmallVector<Value> queries;
      for (int64_t n = 0; n < vectors; ++n)
        queries.push_back(v.load(op.getPacked(), {panel, d, v.index(n * v.width)}));
      for (int64_t i = 0; i < keys; ++i) {
        Value k = v.broadcast(v.scalar(op.getKeys(), {keyNumbers[i], d}));
        for (int64_t n = 0; n < vectors; ++n)
          next[i * vectors + n] = v.fma(k, queries[n], next[i * vectors + n]);
      }
    }
    return next;
  });
  SmallVector<Value> scores(dots);
  if (!op.getGain().isExactlyValue(1.0)) {
    Value gain = v.splat(op.getGain().convertToDouble());
    for (Value &score : scores)
      score = v.mul(score, gain);
  }
  SmallVector<Value> newMaxima(maxima);
  for (int64_t i = 0; i < keys; ++i) {
    IRMapping keyValues;
    if (failed(body.emitKey(keyNumbers[i], keyValues)))
      return failure();
    for (int64_t n = 0; n < vectors; ++n) {
      FailureOr<Value> score = body.emitPair(scores[i * vectors + n], keyNumbers[i], columns[n], rows[n], keyValues);
      if (failed(score))
        return failure();
      v.store(*score, op.getScores(), {keyNumbers[i], at[n]});
      newMaxima[n] = v.maxOr(*score, newMaxima[n]);
    }
  }
  return newMaxima;
}

LogicalResult camber::cpu::emitScores(ScoresOp op, VectorBuilder &v) {
  ScheduleAttr schedule = op.getSchedule();
  int64_t vectors = schedule.getRowVectors();
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  bool ok = true;
  v.loop(op.getBegin(), op.getEnd(), schedule.getPanelRows(), {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value panel = arith::DivUIOp::create(v.b, v.loc, row, v.index(schedule.getPanelRows()));
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
    auto chunk = [&](Value from, Value to, int64_t keys, Value last) {
      ValueRange result = v.loop(from, to, keys, maxima, [&](Value key, ValueRange carried) -> SmallVector<Value> {
        if (last)
          key = arith::MinUIOp::create(v.b, v.loc, key, last);
        FailureOr<SmallVector<Value>> next = tile.emit(key, keys, carried);
        ok &= succeeded(next);
        return ok ? *next : SmallVector<Value>(carried);
      });
      maxima.assign(result.begin(), result.end());
    };
    int64_t tileKeys = cast<MemRefType>(op.getScores().getType()).getDimSize(0);
    int64_t most = std::min(schedule.getScoreKeys(), tileKeys);
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
      chunk(zero, v.select(isShort, zero, count), most, last);
      chunk(zero, v.select(isShort, count, zero), 1, {});
    }
    for (int64_t n = 0; n < vectors; ++n)
      v.store(maxima[n], op.getNewMaximum(), tile.columns[n]);
    return {};
  });
  return success(ok);
}
