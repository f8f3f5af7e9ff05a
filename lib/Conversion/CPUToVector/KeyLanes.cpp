// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores, softmax step and value product for a few rows: lanes are keys, so that every key is read once.
#include "ScoreBody.h"
#include <numeric>

using namespace mlir;
using namespace camber::cpu;

/// Lane j of the result is the sum over the lanes of vectors[j]: a tree that adds halves of two vectors at a time.
///
///     stage 1   a0+a2 a1+a3 c0+c2 c1+c3     from a and c, likewise from b and d
///     stage 2   Σa Σb Σc Σd                  from the even and the odd lanes of these
///
/// The labels follow which vector's sum a lane holds part of; they say in which order the vectors must enter.
static Value emitSums(VectorBuilder &v, ArrayRef<Value> vectors) {
  struct Part {
    Value value;
    SmallVector<int64_t> labels; ///< by lane
  };
  SmallVector<Part> parts;
  for (auto [label, value] : llvm::enumerate(vectors))
    parts.push_back({value, SmallVector<int64_t>(v.width, label)});
  // Blocks of lanes with one label halve in every stage.
  for (int64_t block = v.width; block > 1; block /= 2) {
    SmallVector<Part> next;
    for (size_t i = 0; i < parts.size() / 2; ++i) {
      Part &x = parts[2 * i], &y = parts[2 * i + 1];
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
  SmallVector<int64_t> order(v.width); // lane j wants label j
  for (auto [lane, label] : llvm::enumerate(parts.front().labels))
    order[label] = lane;
  if (llvm::equal(order, llvm::seq<int64_t>(0, v.width)))
    return parts.front().value;
  return v.shuffle(parts.front().value, parts.front().value, order);
}

void camber::cpu::emitPackQueryRows(PackQueriesOp op, VectorBuilder &v) {
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    emitQueryRow(op, v, r, [&](Value d, Value x) { v.store(x, op.getPacked(), {r, d}); });
    return {};
  });
}

namespace {
/// scores[r][j] for a vector of keys at a time.
struct KeyVector {
  ScoresOp op;
  VectorBuilder &v;
  ScoreBody &body;

  /// The dot products of row `row` with the keys of these numbers, one per lane.
  Value emitDots(Value row, ArrayRef<Value> keyNumbers);
  /// Scores of all rows with the keys from `key` on. With `last` (index), keys past it stand in for by it and have the
  /// score -∞.
  LogicalResult emit(Value key, Value last);
};
} // namespace

/// Key by key, each in the order of its bytes: a cache line that is asked for out of order comes at half the speed.
Value KeyVector::emitDots(Value row, ArrayRef<Value> keyNumbers) {
  int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
  // What is unrolled: up to 16 vectors of a key, in two sums, so that additions need not wait for each other.
  constexpr int64_t sumsPerKey = 2;
  int64_t vectors = dim / v.width, unrolled = std::gcd(vectors, int64_t(16));
  SmallVector<Value> zeros(keyNumbers.size() * sumsPerKey, v.splat(0.0));
  auto add = [&](Value d0, ValueRange carried) {
    SmallVector<Value> sums(carried);
    for (auto [k, number] : llvm::enumerate(keyNumbers))
      for (int64_t n = 0; n < unrolled; ++n) {
        Value d = v.offset(d0, n * v.width), &sum = sums[k * sumsPerKey + n % sumsPerKey];
        sum = v.fma(v.load(op.getKeys(), {number, d}), v.load(op.getPacked(), {row, d}), sum);
      }
    return sums;
  };
  SmallVector<Value> sums(v.loop(v.index(0), v.index(dim), unrolled * v.width, zeros, add)), totals;
  for (size_t k = 0; k < keyNumbers.size(); ++k)
    totals.push_back(v.add(sums[k * sumsPerKey], sums[k * sumsPerKey + 1]));
  return emitSums(v, totals);
}

LogicalResult KeyVector::emit(Value key, Value last) {
  SmallVector<Value> numbers;
  for (int64_t lane = 0; lane < v.width; ++lane) {
    Value number = v.offset(key, lane);
    numbers.push_back(last ? arith::MinUIOp::create(v.b, v.loc, number, last).getResult() : number);
  }
  IRMapping keyValues;
  if (failed(body.emitKey(key, keyValues)))
    return failure();
  bool ok = true;
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value dots = emitDots(row, numbers);
    if (!op.getGain().isExactlyValue(1.0))
      dots = v.mul(dots, v.splat(op.getGain().convertToDouble()));
    IRMapping rowValues;
    ok = ok && succeeded(body.emitRow(row, rowValues));
    FailureOr<Value> score = ok ? body.emitPair(dots, key, row, rowValues, keyValues) : FailureOr<Value>(failure());
    ok = succeeded(score);
    if (!ok)
      return {};
    if (last) {
      Value left =
          arith::IndexCastOp::create(v.b, v.loc, v.b.getI32Type(), arith::SubIOp::create(v.b, v.loc, last, key));
      Value inside = arith::CmpIOp::create(v.b, v.loc, arith::CmpIPredicate::sle, v.lanes(), v.broadcast(left));
      score = v.select(inside, *score, v.splat(-std::numeric_limits<double>::infinity()));
    }
    Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    v.store(*score, op.getScores(), {at, key});
    return {};
  });
  return success(ok);
}

LogicalResult camber::cpu::emitKeyLaneScores(ScoresOp op, VectorBuilder &v) {
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  KeyVector keys{op, v, body};
  bool ok = true;
  Value count = op.getCount();
  Value whole =
      arith::MulIOp::create(v.b, v.loc, arith::DivUIOp::create(v.b, v.loc, count, v.index(v.width)), v.index(v.width));
  v.loop(v.index(0), whole, v.width, {}, [&](Value key, ValueRange) -> SmallVector<Value> {
    ok = ok && succeeded(keys.emit(key, {}));
    return {};
  });
  v.loop(whole, count, v.width, {}, [&](Value key, ValueRange) -> SmallVector<Value> {
    ok = ok && succeeded(keys.emit(key, arith::SubIOp::create(v.b, v.loc, count, v.index(1))));
    return {};
  });
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    Value top = v.broadcast(v.scalar(op.getMaximum(), row));
    Value tops = v.loop(v.index(0), count, v.width, top, [&](Value key, ValueRange carried) -> SmallVector<Value> {
      return {v.maxOr(v.load(op.getScores(), {at, key}), carried[0])};
    })[0];
    for (int64_t distance = v.width / 2; distance; distance /= 2) {
      SmallVector<int64_t> order;
      for (int64_t lane = 0; lane < v.width; ++lane)
        order.push_back(lane ^ distance);
      tops = v.maxOr(v.shuffle(tops, tops, order), tops);
    }
    memref::StoreOp::create(v.b, v.loc, vector::ExtractOp::create(v.b, v.loc, tops, 0), op.getNewMaximum(), row);
    return {};
  });
  return success(ok);
}

void camber::cpu::emitKeyLaneExponentiate(ExponentiateOp op, VectorBuilder &v) {
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    Value now = v.scalar(op.getNewMaximum(), row), before = v.scalar(op.getMaximum(), row);
    Value top = v.finiteMaximum(v.broadcast(now));
    auto first = [&](Value vector) -> Value { return vector::ExtractOp::create(v.b, v.loc, vector, 0); };
    Value decay = first(v.exp2(v.sub(v.broadcast(before), top)));
    ValueRange sums = v.loop(v.index(0), op.getCount(), v.width, v.splat(0.0),
                             [&](Value key, ValueRange carried) -> SmallVector<Value> {
                               Value p = v.exp2(v.sub(v.load(op.getScores(), {at, key}), top));
                               v.store(p, op.getScores(), {at, key});
                               return {v.add(carried[0], p)};
                             });
    Value sum = vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::ADD, sums[0]);
    Value old = v.scalar(op.getSum(), row);
    memref::StoreOp::create(v.b, v.loc, math::FmaOp::create(v.b, v.loc, old, decay, sum), op.getSum(), row);
    memref::StoreOp::create(v.b, v.loc, decay, op.getDecay(), row);
    memref::StoreOp::create(v.b, v.loc, now, op.getMaximum(), row);
    return {};
  });
}

/// output[row] += Σ p[j] · values[j] over `keys` keys from `key` on, summed from zero in `vectors` accumulators a slab.
static void emitValueSlab(AccumulateOp op, VectorBuilder &v, Value row, Value key, Value end, Value d,
                          int64_t vectors) {
  Value at = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
  SmallVector<Value> zeros(vectors, v.splat(0.0)), columns;
  for (int64_t n = 0; n < vectors; ++n)
    columns.push_back(v.offset(d, n * v.width));
  ValueRange sums = v.loop(key, end, 1, zeros, [&](Value j, ValueRange carried) {
    Value p = v.broadcast(v.scalar(op.getP(), {at, j}));
    SmallVector<Value> next;
    for (auto [column, sum] : llvm::zip_equal(columns, carried))
      next.push_back(v.fma(v.load(op.getValues(), {j, column}), p, sum));
    return next;
  });
  for (auto [column, sum] : llvm::zip_equal(columns, sums))
    v.store(v.add(v.load(op.getOutput(), {row, column}), sum), op.getOutput(), {row, column});
}

void camber::cpu::emitKeyLaneAccumulate(AccumulateOp op, VectorBuilder &v) {
  int64_t dim = cast<MemRefType>(op.getOutput().getType()).getDimSize(1);
  int64_t slab = std::min(op.getSchedule().getValueVectors() * v.width, dim), slabs = dim / slab * slab;
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value decay = v.broadcast(v.scalar(op.getDecay(), row));
    v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      v.store(v.mul(v.load(op.getOutput(), {row, d}), decay), op.getOutput(), {row, d});
      return {};
    });
    return {};
  });
  // A few keys at a time, so that all rows and slabs find their values in the first-level cache.
  v.loop(
      v.index(0), op.getCount(), op.getSchedule().getValueRows(), {}, [&](Value key, ValueRange) -> SmallVector<Value> {
        Value end = arith::MinUIOp::create(v.b, v.loc, v.offset(key, op.getSchedule().getValueRows()), op.getCount());
        v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
          v.loop(v.index(0), v.index(slabs), slab, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
            emitValueSlab(op, v, row, key, end, d, slab / v.width);
            return {};
          });
          if (slabs < dim)
            emitValueSlab(op, v, row, key, end, v.index(slabs), (dim - slabs) / v.width);
          return {};
        });
        return {};
      });
}
