// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #cpu.keys_in_lanes: scores, softmax step and value product for a few rows, whose keys are read once.
#include "Sizes.h"
#include "camber/Dialect/CPU/ScoreBody.h"
#include <numeric>

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

LogicalResult KeysInLanesAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width, int64_t streams,
                                      int64_t rows, int64_t valueKeys, int64_t valueVectors, int64_t groupRows,
                                      int64_t prefetch) {
  if (failed(verifySizes(emitError, {width, streams, rows, valueKeys, valueVectors, groupRows}))) // C1
    return failure();
  if (width % streams) // C2: width is a power of two, and so is what divides it
    return emitError() << "streams must be a power of two that divides width";
  if (prefetch < 0 || prefetch > 1048576) // C3
    return emitError() << "prefetch must be in 0 … 1048576, got " << prefetch;
  return success();
}

int64_t KeysInLanesAttr::getPanelRows() const { return 1; }
Lanes KeysInLanesAttr::getLanes() const { return Lanes::keys; }
SmallVector<int64_t> KeysInLanesAttr::getPackedShape(int64_t rows, int64_t dim) const { return {rows, dim}; }
SmallVector<int64_t> KeysInLanesAttr::getScoresShape(int64_t rows, int64_t keys) const {
  return {rows, int64_t(llvm::alignTo(keys, getWidth()))};
}
SmallVector<int64_t> KeysInLanesAttr::getScoresScratch(int64_t rows) const {
  return {rows, getWidth() / getStreams(), getWidth()};
}
SmallVector<int64_t> KeysInLanesAttr::getAccumulateScratch(int64_t rows, int64_t dim) const { return {rows, dim}; }
bool KeysInLanesAttr::needsCopy(Type, bool) const { return false; } // they are converted as they are loaded
bool KeysInLanesAttr::endsWithRow() const { return false; }

namespace {
/// A vector whose lanes hold parts of sums: lane i one of sum labels[i].
struct LaneParts {
  Value value;
  SmallVector<int64_t> labels;
};
} // namespace

/// Adds halves of two vectors at a time until there is one; all lanes of a block have the same label. For two stages of
/// blocks of four lanes, then of two:
///
///     stage 1   a0+a2 a1+a3 c0+c2 c1+c3     from a and c, likewise from b and d
///     stage 2   Σa Σb Σc Σd                  from the even and the odd lanes of these
///
/// The labels follow which sum a lane holds part of.
static LaneParts addHalves(VectorBuilder &v, ArrayRef<LaneParts> vectors, int64_t block) {
  SmallVector<LaneParts> parts(vectors);
  for (; parts.size() > 1; block /= 2) {
    SmallVector<LaneParts> next;
    for (size_t i = 0; i < parts.size() / 2; ++i) {
      LaneParts &x = parts[2 * i], &y = parts[2 * i + 1];
      SmallVector<int64_t> low, high, labels;
      for (int64_t first = 0; first < v.width; first += block)
        for (auto [source, offset] : {std::pair(&x, int64_t(0)), {&y, v.width}})
          for (int64_t lane = first; lane < first + block / 2; ++lane) {
            low.push_back(offset + lane);
            high.push_back(offset + lane + block / 2);
            labels.push_back(source->labels[lane]);
          }
      Value sum = v.add(v.shuffle(x.value, y.value, low), v.shuffle(x.value, y.value, high));
      next.push_back({sum, labels});
    }
    parts = std::move(next);
  }
  return parts.front();
}

/// Lane j of the result is the lane with label j.
static Value inOrder(VectorBuilder &v, const LaneParts &parts) {
  SmallVector<int64_t> order(v.width);
  for (auto [lane, label] : llvm::enumerate(parts.labels))
    order[label] = lane;
  if (llvm::equal(order, llvm::seq<int64_t>(0, v.width)))
    return parts.value;
  return v.shuffle(parts.value, parts.value, order);
}

LogicalResult KeysInLanesAttr::emitPackQueries(PackQueriesOp &op, VectorBuilder &v) const {
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    QueryRow row(op, v, r);
    int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
    v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      v.store(row.load(v, d), op.getPacked(), {r, d});
      return {};
    });
    return {};
  });
  return success();
}

namespace {
/// The order in which keys or values of a tile are read: as many runs of neighbours as the kernel has streams.
/// Processors fetch ahead within a page of memory, so one stream waits at the end of each page; of several, the others
/// go on meanwhile. A turn is one key of every run, a block as many turns as make a vector of keys.
struct Streams {
  Streams(VectorBuilder &v, KeysInLanesAttr kernel, Value count)
      : v(v), kernel(kernel), number(kernel.getStreams()), blockTurns(v.width / number), count(count) {
    Value vectors = arith::DivUIOp::create(v.b, v.loc, count, v.index(v.width));
    turns = arith::MulIOp::create(v.b, v.loc, vectors, v.index(blockTurns));
  }

  /// The keys of a turn.
  SmallVector<Value> keysOf(Value turn) const {
    SmallVector<Value> keys = {turn};
    while (int64_t(keys.size()) < number)
      keys.push_back(arith::AddIOp::create(v.b, v.loc, keys.back(), turns));
    return keys;
  }
  /// Loops over the keys of the turns from `from` to `to`, those of a turn together.
  SmallVector<Value> loop(Value from, Value to, ValueRange inits,
                          function_ref<SmallVector<Value>(ValueRange keys, ValueRange carried)> body) const {
    return v.loop(from, to, 1, inits, [&](Value turn, ValueRange carried) { return body(keysOf(turn), carried); });
  }
  /// Loops over the keys that no whole block is left for, one by one.
  SmallVector<Value> loopRest(ValueRange inits,
                              function_ref<SmallVector<Value>(ValueRange keys, ValueRange carried)> body) const {
    Value begin = arith::MulIOp::create(v.b, v.loc, turns, v.index(number));
    return v.loop(begin, count, 1, inits, [&](Value key, ValueRange carried) { return body(key, carried); });
  }
  /// Asks for what the streams will read some bytes after the keys of a turn: while there is much to compute,
  /// processors do not look ahead far enough by themselves. It may lie past the tile, which does no harm.
  void prefetch(Value source, Value turn) const {
    auto type = cast<MemRefType>(source.getType());
    int64_t bits = type.getElementTypeBitWidth(), rowBytes = type.getDimSize(1) * bits / 8;
    int64_t distance = llvm::divideCeil(kernel.getPrefetch(), rowBytes);
    if (!distance)
      return;
    for (Value key : keysOf(v.offset(turn, distance)))
      for (int64_t d = 0; d < type.getDimSize(1); d += 512 / bits) // a cache line
        memref::PrefetchOp::create(v.b, v.loc, source, ValueRange{key, v.index(d)}, /*isWrite=*/false,
                                   /*localityHint=*/3, /*isDataCache=*/true);
  }

  VectorBuilder &v;
  KeysInLanesAttr kernel;
  int64_t number, blockTurns;
  Value count, turns;
};
} // namespace

/// Loops over the rows from `begin` to `end`: `together` of them at a time, then those that are left one by one.
static void emitRowTiles(VectorBuilder &v, Value begin, Value end, int64_t together,
                         function_ref<void(Value row, int64_t rows)> emit) {
  Value rest = begin;
  if (together > 1) {
    Value rows = arith::SubIOp::create(v.b, v.loc, end, begin);
    Value left = arith::RemUIOp::create(v.b, v.loc, rows, v.index(together));
    rest = arith::SubIOp::create(v.b, v.loc, end, left);
    v.loop(begin, rest, together, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
      emit(row, together);
      return {};
    });
  }
  v.loop(rest, end, 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    emit(row, 1);
    return {};
  });
}

/// The dot products of `rows` rows with each of the keys, [rows][keys], lanes not yet added. A key is read in the order
/// of its bytes: a cache line that is asked for out of order comes at half the speed.
static SmallVector<Value> emitDots(ScoresOp op, VectorBuilder &v, Value row, int64_t rows, ValueRange keys) {
  int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
  // What is unrolled: up to 16 vectors of a key. Few accumulators are doubled, so that additions need not wait.
  int64_t vectors = dim / v.width, unrolled = std::gcd(vectors, int64_t(16)), count = keys.size();
  int64_t accumulators = rows * count, copies = accumulators < 8 ? 2 : 1;
  SmallVector<Value> zeros(accumulators * copies, v.splat(0.0));
  SmallVector<Value> sums =
      v.loop(v.index(0), v.index(dim), unrolled * v.width, zeros, [&](Value d0, ValueRange carried) {
        SmallVector<Value> next(carried);
        for (int64_t n = 0; n < unrolled; ++n) {
          Value d = v.offset(d0, n * v.width);
          SmallVector<Value> keyParts;
          for (Value key : keys)
            keyParts.push_back(v.loadF32(op.getKeys(), {key, d}));
          for (int64_t r = 0; r < rows; ++r) {
            Value query = v.load(op.getPacked(), {v.offset(row, r), d});
            for (auto [k, keyPart] : llvm::enumerate(keyParts)) {
              Value &sum = next[n % copies * accumulators + r * count + k];
              sum = v.fma(keyPart, query, sum);
            }
          }
        }
        return next;
      });
  if (copies == 2)
    for (int64_t i = 0; i < accumulators; ++i)
      sums[i] = v.add(sums[i], sums[accumulators + i]);
  sums.truncate(accumulators);
  return sums;
}

/// The dot products of all rows with the keys of a block of turns, as scores. Lanes are added as far as they can be
/// after every turn, so that what waits for the rest of the block is a vector a row and turn.
static void emitBlockDots(ScoresOp op, VectorBuilder &v, const Streams &streams, Value first) {
  const int64_t number = streams.number, turns = streams.blockTurns;
  SmallVector<int64_t> streamOf; // by lane, of the sums of a turn
  v.loop(v.index(0), v.index(turns), 1, {}, [&](Value place, ValueRange) -> SmallVector<Value> {
    Value turn = arith::AddIOp::create(v.b, v.loc, first, place);
    streams.prefetch(op.getKeys(), turn);
    SmallVector<Value> keys = streams.keysOf(turn);
    emitRowTiles(v, op.getBegin(), op.getEnd(), streams.kernel.getRows(), [&](Value row, int64_t rows) {
      SmallVector<Value> dots = emitDots(op, v, row, rows, keys);
      for (int64_t r = 0; r < rows; ++r) {
        SmallVector<LaneParts> parts;
        for (int64_t stream = 0; stream < number; ++stream)
          parts.push_back({dots[r * number + stream], SmallVector<int64_t>(v.width, stream)});
        LaneParts sums = addHalves(v, parts, v.width);
        streamOf = sums.labels;
        v.store(sums.value, op.getScratch(), {v.offset(row, r), place, v.index(0)});
      }
    });
    return {};
  });
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    SmallVector<LaneParts> parts;
    for (int64_t turn = 0; turn < turns; ++turn) {
      auto keyOf = llvm::map_to_vector(streamOf, [&](int64_t stream) { return stream * turns + turn; });
      parts.push_back({v.load(op.getScratch(), {row, v.index(turn), v.index(0)}), keyOf});
    }
    Value dots = inOrder(v, addHalves(v, parts, turns)); // [streams][turns]
    Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    for (auto [stream, key] : llvm::enumerate(streams.keysOf(first))) {
      auto lanes = llvm::to_vector(llvm::seq<int64_t>(stream * turns, (stream + 1) * turns));
      Value run = v.shuffle(dots, dots, lanes);
      v.store(run, op.getScores(), {at, key});
    }
    return {};
  });
}

/// The final scores of row `row` with the vector of keys from `key` on, whose dot products are there. Keys past the
/// tile's last have score -∞.
static FailureOr<Value> emitRowScores(ScoresOp op, VectorBuilder &v, ScoreBody &body, Value row, Value key, Value last,
                                      const IRMapping &keyValues) {
  Value dots = v.load(op.getScores(), {arith::SubIOp::create(v.b, v.loc, row, op.getBegin()), key});
  if (!op.getScale().isExactlyValue(1.0))
    dots = v.mul(dots, v.splat(op.getScale().convertToDouble()));
  IRMapping rowValues;
  if (failed(body.emitRow(row, rowValues)))
    return failure();
  FailureOr<Value> score = body.emitPair(dots, key, row, rowValues, keyValues);
  if (failed(score))
    return failure();
  Value left = arith::IndexCastOp::create(v.b, v.loc, v.b.getI32Type(), arith::SubIOp::create(v.b, v.loc, last, key));
  Value inside = arith::CmpIOp::create(v.b, v.loc, arith::CmpIPredicate::sle, v.lanes(), v.broadcast(left));
  return v.select(inside, *score, v.splat(-std::numeric_limits<double>::infinity()));
}

/// new_maximum[row] := max(maximum[row], the row's scores).
static void emitRowMaximum(ScoresOp op, VectorBuilder &v, Value row) {
  Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
  Value top = v.broadcast(v.scalar(op.getMaximum(), row));
  Value tops =
      v.loop(v.index(0), op.getCount(), v.width, top, [&](Value key, ValueRange carried) -> SmallVector<Value> {
        return {v.maxOr(v.load(op.getScores(), {at, key}), carried[0])};
      })[0];
  for (int64_t distance = v.width / 2; distance; distance /= 2) {
    SmallVector<int64_t> order;
    for (int64_t lane = 0; lane < v.width; ++lane)
      order.push_back(lane ^ distance);
    tops = v.maxOr(v.shuffle(tops, tops, order), tops);
  }
  memref::StoreOp::create(v.b, v.loc, vector::ExtractOp::create(v.b, v.loc, tops, 0), op.getNewMaximum(), row);
}

LogicalResult KeysInLanesAttr::emitScores(ScoresOp &op, VectorBuilder &v) const {
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  bool ok = true;
  Value count = op.getCount(), last = arith::SubIOp::create(v.b, v.loc, count, v.index(1)), zero = v.index(0);
  Streams streams(v, *this, count);
  v.loop(zero, streams.turns, streams.blockTurns, {}, [&](Value first, ValueRange) -> SmallVector<Value> {
    emitBlockDots(op, v, streams, first);
    return {};
  });
  streams.loopRest({}, [&](ValueRange keys, ValueRange) -> SmallVector<Value> {
    emitRowTiles(v, op.getBegin(), op.getEnd(), getRows(), [&](Value row, int64_t rows) {
      for (auto [r, dot] : llvm::enumerate(emitDots(op, v, row, rows, keys))) {
        Value sum =
            vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::ADD, dot, arith::FastMathFlags::reassoc);
        Value at = arith::SubIOp::create(v.b, v.loc, v.offset(row, r), op.getBegin());
        memref::StoreOp::create(v.b, v.loc, sum, op.getScores(), ValueRange{at, keys.front()});
      }
    });
    return {};
  });
  // A vector of keys at a time. Past the last key stands what an earlier tile left.
  v.loop(zero, count, v.width, {}, [&](Value first, ValueRange) -> SmallVector<Value> {
    IRMapping keyValues;
    ok = ok && succeeded(body.emitKey(first, keyValues));
    v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
      FailureOr<Value> score = failure();
      if (ok)
        score = emitRowScores(op, v, body, row, first, last, keyValues);
      ok = succeeded(score);
      if (ok)
        v.store(*score, op.getScores(), {arith::SubIOp::create(v.b, v.loc, row, op.getBegin()), first});
      return {};
    });
    return {};
  });
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    emitRowMaximum(op, v, row);
    return {};
  });
  return success(ok);
}

LogicalResult KeysInLanesAttr::emitSoftmaxUpdate(SoftmaxUpdateOp &op, VectorBuilder &v) const {
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    Value now = v.scalar(op.getNewMaximum(), row), before = v.scalar(op.getMaximum(), row);
    Value top = v.finiteMaximum(v.broadcast(now));
    auto first = [&](Value vector) -> Value { return vector::ExtractOp::create(v.b, v.loc, vector, 0); };
    Value rescale = first(v.exp2(v.sub(v.broadcast(before), top)));
    ValueRange sums = v.loop(v.index(0), op.getCount(), v.width, v.splat(0.0),
                             [&](Value key, ValueRange carried) -> SmallVector<Value> {
                               Value p = v.exp2(v.sub(v.load(op.getScores(), {at, key}), top));
                               v.store(p, op.getScores(), {at, key});
                               return {v.add(carried[0], p)};
                             });
    Value sum = vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::ADD, sums[0]);
    Value old = v.scalar(op.getSum(), row);
    memref::StoreOp::create(v.b, v.loc, math::FmaOp::create(v.b, v.loc, old, rescale, sum), op.getSum(), row);
    memref::StoreOp::create(v.b, v.loc, rescale, op.getRescale(), row);
    memref::StoreOp::create(v.b, v.loc, now, op.getMaximum(), row);
    return {};
  });
  return success();
}

/// Emits a loop over keys, a few at a time, that carries values.
using KeyLoop = function_ref<SmallVector<Value>(
    ValueRange inits, function_ref<SmallVector<Value>(ValueRange keys, ValueRange carried)> body)>;

/// scratch[row] += Σ p[j] · values[j] for `rows` rows from `row` on and `vectors` vectors of the head dim from
/// `column` on, the keys that `loop` gives its body summed from zero.
static void emitValueTile(AccumulateOp op, VectorBuilder &v, Value row, int64_t rows, Value column, int64_t vectors,
                          KeyLoop loop) {
  SmallVector<Value> zeros(rows * vectors, v.splat(0.0)), columns, scoreRows;
  for (int64_t n = 0; n < vectors; ++n)
    columns.push_back(v.offset(column, n * v.width));
  for (int64_t r = 0; r < rows; ++r)
    scoreRows.push_back(arith::SubIOp::create(v.b, v.loc, v.offset(row, r), op.getBegin()));
  SmallVector<Value> sums = loop(zeros, [&](ValueRange keys, ValueRange carried) {
    SmallVector<Value> next(carried);
    for (Value key : keys) {
      SmallVector<Value> values;
      for (Value at : columns)
        values.push_back(v.loadF32(op.getValues(), {key, at}));
      for (int64_t r = 0; r < rows; ++r) {
        Value p = v.broadcast(v.scalar(op.getP(), {scoreRows[r], key}));
        for (int64_t n = 0; n < vectors; ++n)
          next[r * vectors + n] = v.fma(values[n], p, next[r * vectors + n]);
      }
    }
    return next;
  });
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t n = 0; n < vectors; ++n) {
      SmallVector<Value> at = {v.offset(row, r), columns[n]};
      v.store(v.add(v.load(op.getScratch(), at), sums[r * vectors + n]), op.getScratch(), at);
    }
}

/// All columns of `rows` rows from `row` on, in parts of as many vectors as there are accumulators for.
static void emitValueRows(AccumulateOp op, VectorBuilder &v, Value row, int64_t rows, KeyLoop loop) {
  int64_t dim = cast<MemRefType>(op.getOutput().getType()).getDimSize(1);
  int64_t vectors = std::max<int64_t>(cast<KeysInLanesAttr>(op.getSchedule()).getValueVectors() / rows, 1);
  int64_t width = std::min(vectors * v.width, dim), whole = dim / width * width;
  v.loop(v.index(0), v.index(whole), width, {}, [&](Value column, ValueRange) -> SmallVector<Value> {
    emitValueTile(op, v, row, rows, column, width / v.width, loop);
    return {};
  });
  if (whole < dim)
    emitValueTile(op, v, row, rows, v.index(whole), (dim - whole) / v.width, loop);
}

LogicalResult KeysInLanesAttr::emitAccumulate(AccumulateOp &op, VectorBuilder &v) const {
  int64_t dim = cast<MemRefType>(op.getOutput().getType()).getDimSize(1);
  /// Stores what `compute` makes of every vector of the rows, given its place.
  auto forAll = [&](Value buffer, function_ref<Value(Value row, ValueRange at)> compute) {
    v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
      v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
        v.store(compute(row, {row, d}), buffer, {row, d});
        return {};
      });
      return {};
    });
  };
  Value zero = v.splat(0.0);
  forAll(op.getScratch(), [&](Value, ValueRange) { return zero; });
  Streams streams(v, *this, op.getCount());
  auto emitRows = [&](KeyLoop loop) {
    emitRowTiles(v, op.getBegin(), op.getEnd(), getRows(),
                 [&](Value row, int64_t rows) { emitValueRows(op, v, row, rows, loop); });
  };
  // A few keys at a time, so that all rows and columns find their values in the first-level cache.
  int64_t turns = std::max<int64_t>(getValueKeys() / streams.number, 1);
  v.loop(v.index(0), streams.turns, turns, {}, [&](Value from, ValueRange) -> SmallVector<Value> {
    Value to = v.offset(from, turns);
    if (turns > 1)
      to = arith::MinUIOp::create(v.b, v.loc, to, streams.turns);
    for (int64_t turn = 0; turn < turns; ++turn)
      streams.prefetch(op.getValues(), v.offset(from, turn));
    emitRows([&](ValueRange inits, auto body) { return streams.loop(from, to, inits, body); });
    return {};
  });
  emitRows([&](ValueRange inits, auto body) { return streams.loopRest(inits, body); });
  // Blocked summation: the tile's sum was built from zero and joins the running output in one FMA.
  forAll(op.getOutput(), [&](Value row, ValueRange at) {
    Value rescale = v.broadcast(v.scalar(op.getRescale(), row));
    return v.fma(v.load(op.getOutput(), at), rescale, v.load(op.getScratch(), at));
  });
  return success();
}

std::vector<ScheduleChoice> KeysInLanesAttr::getAlternatives(tile::ShapeAttr tiles, int64_t group, int64_t) const {
  struct Sizes {
    int64_t keys, streams, rows, valueKeys, valueVectors, prefetch;
  };
  const Sizes now = {tiles.getKeys(), getStreams(), getRows(), getValueKeys(), getValueVectors(), getPrefetch()};
  Alternatives all(tiles, *this);
  /// `change` is applied to what there is now.
  auto attempt = [&](auto change) {
    Sizes next = now;
    change(next);
    if (tiles.getRows() % getWidth() == 0)
      all.add(tiles.getRows(), next.keys,
              get(getContext(), getWidth(), next.streams, next.rows, next.valueKeys, next.valueVectors, getGroupRows(),
                  next.prefetch));
  };
  for (int64_t keys : {32, 64, 128, 256, 512})
    attempt([&](Sizes &s) { s.keys = keys; });
  for (int64_t rows : {1, 2, 4})
    if (rows <= group)
      attempt([&](Sizes &s) { s.rows = rows; });
  for (int64_t streams : {1, 2, 4, 8})
    if (streams <= getWidth())
      attempt([&](Sizes &s) { s.streams = streams; });
  for (int64_t bytes : {0, 1024, 2048, 4096})
    attempt([&](Sizes &s) { s.prefetch = bytes; });
  for (int64_t keys : {4, 8, 16, 64})
    attempt([&](Sizes &s) { s.valueKeys = keys; });
  for (int64_t vectors : {4, 8, 16})
    attempt([&](Sizes &s) { s.valueVectors = vectors; });
  return all.take();
}
