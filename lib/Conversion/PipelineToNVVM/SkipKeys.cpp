// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Skipping keys: norms, what rows will have seen at least, and how far a range is negligible for all of them.
#include "BlockEmitter.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Makes up for the roundings of a sum of squares and a root, and for those of the dot product that norms limit.
static constexpr double kSlack = 1e-5;

/// √(squares + D·2^-126) · (1 + slack): squares below 2^-126 may have been taken for 0.
Value BlockEmitter::normOf(Value squares, int64_t dim) {
  Value root = squareRoot(real<arith::AddFOp>(squares, f32(static_cast<double>(dim) * 0x1p-126)));
  return real<arith::MulFOp>(root, f32(1 + kSlack));
}

/// Σ x² over 16 bytes at a pointer, added to `sum`.
Value BlockEmitter::addSquares(Value pointer, Type element, Value sum) {
  int64_t count = 128 / element.getIntOrFloatBitWidth();
  Value chunk = LLVM::LoadOp::create(b, loc, VectorType::get(count, element), pointer, /*alignment=*/16);
  for (int64_t i = 0; i < count; ++i) {
    Value x = vector::ExtractOp::create(b, loc, chunk, i);
    if (!element.isF32())
      x = arith::ExtFOp::create(b, loc, b.getF32Type(), x);
    sum = fma(x, x, sum);
  }
  return sum;
}

/// The four lanes of a row take every fourth chunk of it.
void BlockEmitter::emitRowNorms(RowNormsOp op) {
  StageType stage = op.getRows().getType();
  Value base = mapping.lookup(op.getRows());
  int64_t count = chunks(stage);
  Fragment norms;
  for (int64_t m = 0; m < rowFragments(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      Value row = threadRow(m, h), sum = f32(0.0);
      for (int64_t first = 0; first < count; first += 4) {
        Value chunk = add(lanePair, first), last = i32(count - 1);
        Value coord = this->op<arith::MinSIOp>(chunk, last);
        Value more = addSquares(chunkPointer(stage, base, {row, coord}), stage.getElementType(), sum);
        sum = first + 4 <= count ? more : select(compare(CmpIPredicate::sle, chunk, last), more, sum);
      }
      // Here and not where they are needed, behind a loop over keys: LLVM would keep the two parts of a sum until then.
      norms.push_back(pin(normOf(overRow<arith::AddFOp>(sum), stage.getColumns())));
    }
  fragments[op.getNorms()] = std::move(norms);
}

/// A warp takes every so many blocks of keys, a lane two keys of each; then one warp goes over the blocks from the
/// first on for the running maxima in that direction, and one from the last.
void BlockEmitter::emitKeyNorms(KeyNormsOp op) {
  auto source = cast<MemRefType>(op.getSource().getType());
  Value keys = mapping.lookup(op.getSource()), norms = mapping.lookup(op.getNorms());
  Value batch = mapping.lookup(op.getBatch()), kvHead = mapping.lookup(op.getKvHead());
  Value given = op.getGiven() ? mapping.lookup(op.getGiven()) : Value();
  Value zero = index(0), one = index(1), block = index(tile::KeyNormsOp::kBlock);
  Value begin = mapping.lookup(op.getBegin());
  Value end = this->op<arith::MaxSIOp>(mapping.lookup(op.getEnd()), begin);
  Value first = this->op<arith::DivUIOp>(begin, block), last = this->op<arith::CeilDivSIOp>(end, block);
  Value isFirstLane = compare(CmpIPredicate::eq, lane, i32(0));
  auto larger = [&](Value x, Value y) { return real<arith::MaxNumFOp>(x, y); };
  auto orInfinite = [&](Value x) { // a NaN would be lost in a maximum
    Value isNumber = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, f32(kInfinity));
    return select(isNumber, x, f32(kInfinity));
  };
  forLoop(add(first, toIndex(warp)), last, index(schedule.getWarps()), {}, [&](Value i, ValueRange) {
    Value norm;
    if (given) {
      norm = orInfinite(memref::LoadOp::create(b, loc, given, ValueRange{batch, kvHead, i}));
    } else {
      Value from = this->op<arith::MaxSIOp>(mul(i, block), begin), most = f32(0.0);
      Value to = this->op<arith::MinSIOp>(mul(add(i, one), block), end);
      for (int64_t half : {0, 32}) {
        Value key = add(add(mul(i, block), toIndex(lane)), half);
        Value exists =
            this->op<arith::AndIOp>(compare(CmpIPredicate::sge, key, from), compare(CmpIPredicate::slt, key, to));
        int64_t bytes = source.getDimSize(3) * source.getElementTypeBitWidth() / 8;
        Value squares = orZero(exists, [&] {
          Value row = globalAddress(keys, {batch, kvHead, key, zero});
          return forLoop(zero, index(bytes), index(16), f32(0.0), [&](Value at, ValueRange sum) {
            return SmallVector<Value>{addSquares(globalPointer(add(row, at)), source.getElementType(), sum[0])};
          })[0];
        });
        most = larger(orInfinite(squares), most);
      }
      for (int64_t mask : {1, 2, 4, 8, 16})
        most = larger(most, shuffleXor(most, mask));
      norm = normOf(most, source.getDimSize(3));
    }
    when(isFirstLane, [&] {
      memref::StoreOp::create(b, loc, norm, norms, ValueRange{zero, i});
      memref::StoreOp::create(b, loc, norm, norms, ValueRange{one, i});
    });
    return SmallVector<Value>();
  });
  NVVM::Barrier0Op::create(b, loc);
  // 32 blocks a turn; lane 0 has the one from which the maximum runs.
  auto run = [&](int64_t direction, int64_t byWarp) {
    when(compare(CmpIPredicate::eq, warp, i32(byWarp)), [&] {
      Value count = this->op<arith::MaxSIOp>(sub(last, first), zero), side = index(direction);
      forLoop(zero, count, index(32), f32(0.0), [&](Value turn, ValueRange before) -> SmallVector<Value> {
        Value number = add(turn, toIndex(lane)), exists = compare(CmpIPredicate::slt, number, count);
        Value i = direction == 0 ? add(first, number) : sub(add(last, -1), number);
        Value own = orZero(exists, [&]() -> Value {
          return memref::LoadOp::create(b, loc, norms, ValueRange{side, i});
        });
        Value running = larger(own, before[0]);
        for (int64_t distance : {1, 2, 4, 8, 16}) // a lane without such a neighbour gets its own
          running = larger(running, NVVM::ShflOp::create(b, loc, running.getType(), i32(-1), running, i32(distance),
                                                         i32(0), NVVM::ShflKind::up, UnitAttr()));
        when(exists, [&] { memref::StoreOp::create(b, loc, running, norms, ValueRange{side, i}); });
        return {NVVM::ShflOp::create(b, loc, running.getType(), i32(-1), running, i32(31), i32(31), NVVM::ShflKind::idx,
                                     UnitAttr())};
      });
    });
  };
  run(0, 0);
  run(1, schedule.getWarps() > 1 ? 1 : 0);
}

void BlockEmitter::emitStateBound(tile::StateBoundOp op) {
  Block &nearest = op.getNearest().front(), &score = op.getScore().front();
  Value begin = mapping.lookup(op.getBegin()), end = mapping.lookup(op.getEnd());
  Value keyNorms = mapping.lookup(op.getKeyNorms()), batch = toI32(mapping.lookup(op.getBatch()));
  Value queryBase = toI32(mapping.lookup(op.getQueryBase())), keyBase = toI32(mapping.lookup(op.getKeyBase()));
  Fragment norms = fragments.lookup(op.getRowNorms()), maximum;
  // Where nothing is to be found out, or there is no key, norms hold anything and are not read.
  Value wanted = this->op<arith::AndIOp>(mapping.lookup(op.getUseful()), compare(CmpIPredicate::slt, begin, end));
  auto branch = scf::IfOp::create(b, loc, SmallVector<Type>(norms.size(), b.getF32Type()), wanted, true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, Fragment(norms.size(), f32(0.0)));
    b.setInsertionPointToStart(branch.thenBlock());
    Value firstPosition = add(toI32(begin), keyBase), lastPosition = add(toI32(add(end, -1)), keyBase);
    IRMapping nearestUniform = uniformValues(nearest, 5, op.getParams());
    IRMapping scoreUniform = uniformValues(score, 5, op.getParams());
    for (auto [row, norm] : llvm::enumerate(norms)) {
      Value head = add(rowHeads[row], geometry.getHeadOffset()), query = add(rowQueries[row], queryBase);
      IRMapping values(nearestUniform);
      values.map(nearest.getArguments().take_front(5), ValueRange{batch, head, query, firstPosition, lastPosition});
      Value position = evaluate(nearest, values);
      Value none = compare(CmpIPredicate::eq, position, i32(INT32_MIN));
      Value key = select(none, begin, toIndex(sub(position, keyBase)));
      Value block = this->op<arith::DivUIOp>(key, index(tile::KeyNormsOp::kBlock));
      // The smaller of the two running maxima that cover the block: neither is less than the key's norm.
      Value upTo = memref::LoadOp::create(b, loc, keyNorms, ValueRange{index(0), block});
      Value from = memref::LoadOp::create(b, loc, keyNorms, ValueRange{index(1), block});
      IRMapping scoreValues(scoreUniform);
      scoreValues.map(
          score.getArguments().take_front(5),
          ValueRange{real<arith::MulFOp>(norm, real<arith::MinNumFOp>(upTo, from)), batch, head, query, position});
      Value bound = evaluate(score, scoreValues);
      // A kernel rounds its scores otherwise than the bound.
      Value lowered = fma(math::AbsFOp::create(b, loc, bound), f32(-0x1p-20), bound);
      maximum.push_back(select(none, f32(kInfinity), lowered));
    }
    scf::YieldOp::create(b, loc, maximum);
  }
  fragments[op.getMaximum()] = Fragment(branch.getResults());
  // One of the lanes that share a row has its sum.
  Value share = select(compare(CmpIPredicate::eq, lanePair, i32(0)), f32(1.0), f32(0.0));
  fragments[op.getSum()] = Fragment(norms.size(), share);
}

/// Bisection by all threads together: each looks at its rows, and a barrier tells whether all of them are satisfied.
/// Keys and tiles are counted in 32 bits, so that the result, which is extended by zeros, has one register throughout
/// the loops over keys.
void BlockEmitter::emitSkipRange(tile::SkipRangeOp op) {
  Block &body = *op.getBoundBody();
  bool above = op.getSide() == tile::Side::right;
  Value lo = toI32(mapping.lookup(op.getLo()));
  Value hi = this->op<arith::MaxSIOp>(toI32(mapping.lookup(op.getHi())), lo);
  Value firstNorm = globalAddress(mapping.lookup(op.getKeyNorms()), {index(above ? 1 : 0), index(0)});
  Value batch = toI32(mapping.lookup(op.getBatch()));
  Value queryBase = toI32(mapping.lookup(op.getQueryBase())), keyBase = toI32(mapping.lookup(op.getKeyBase()));
  Fragment maximum = fragments.lookup(op.getMaximum()), sum = fragments.lookup(op.getSum()),
           rowNorms = fragments.lookup(op.getRowNorms());
  Value keys = this->op<arith::MaxSIOp>(toI32(mapping.lookup(op.getKeys())), i32(1));
  Value slack = real<arith::AddFOp>(log2(arith::UIToFPOp::create(b, loc, b.getF32Type(), keys)), f32(26));
  SmallVector<Value> below, missing; // what the bounds must be less than, and whether a row is not there
  for (size_t row = 0; row < maximum.size(); ++row) {
    Value seen = real<arith::AddFOp>(maximum[row], log2(overRow<arith::AddFOp>(sum[row])));
    below.push_back(real<arith::SubFOp>(seen, slack));
    missing.push_back(compare(CmpIPredicate::sge, threadRow(row / 2, row % 2), toI32(rowCount)));
  }
  Value all = this->op<arith::CeilDivUIOp>(sub(hi, lo), i32(op.getStep()));
  IRMapping uniform = uniformValues(body, tile::SkipRangeOp::kNumRangeArguments, op.getParams());
  auto areNegligible = [&](Value tiles) -> Value {
    // The keys [first, last] that would be skipped, and the running maximum of norms that covers them.
    Value first = above ? add(lo, mul(sub(all, tiles), op.getStep())) : lo;
    Value last = add(above ? hi : add(lo, mul(tiles, op.getStep())), -1);
    Value block = this->op<arith::DivUIOp>(above ? first : last, i32(tile::KeyNormsOp::kBlock));
    Value coord = globalPointer(add(firstNorm, mul(toUnsignedIndex(block), 4)));
    Value norm = LLVM::LoadOp::create(b, loc, b.getF32Type(), coord);
    Value mine;
    for (size_t row = 0; row < maximum.size(); ++row) {
      IRMapping values(uniform);
      values.map(body.getArguments().take_front(tile::SkipRangeOp::kNumRangeArguments),
                 ValueRange{real<arith::MulFOp>(rowNorms[row], norm), batch,
                            add(rowHeads[row], geometry.getHeadOffset()), add(rowQueries[row], queryBase),
                            add(first, keyBase), add(last, keyBase)});
      Value bound = evaluate(body, values);
      Value raised = fma(math::AbsFOp::create(b, loc, bound), f32(0x1p-20), bound);
      Value small = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, raised, below[row]);
      small = this->op<arith::OrIOp>(small, missing[row]);
      mine = mine ? this->op<arith::AndIOp>(mine, small) : small;
    }
    auto reduction = NVVM::BarrierReductionAttr::get(b.getContext(), NVVM::BarrierReduction::AND);
    Value predicate = arith::ExtUIOp::create(b, loc, b.getI32Type(), mine);
    auto together = NVVM::BarrierOp::create(b, loc, TypeRange{b.getI32Type()}, Value(), Value(), reduction, predicate);
    // A barrier's result is the same in all threads, but assemblers know it of a vote's only. Where they know it, loops
    // over keys need no way for threads that have parted, which costs dozens of registers.
    Value agreed = compare(CmpIPredicate::ne, together.getResult(0), i32(0));
    return NVVM::VoteSyncOp::create(b, loc, b.getI1Type(), i32(-1), agreed, NVVM::VoteSyncKind::all);
  };
  // All satisfied without `low` tiles, not without more than `high`; the whole range is tried first.
  SmallVector<Value> inits = {i32(0), all, all};
  auto loop = scf::WhileOp::create(
      b, loc, TypeRange(ValueRange(inits)), inits,
      [&](OpBuilder &, Location, ValueRange state) {
        scf::ConditionOp::create(b, loc, compare(CmpIPredicate::slt, state[0], state[1]), state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value satisfied = areNegligible(state[2]);
        Value low = select(satisfied, state[2], state[0]), high = select(satisfied, state[1], add(state[2], -1));
        Value next = this->op<arith::CeilDivUIOp>(add(low, high), i32(2));
        scf::YieldOp::create(b, loc, ValueRange{low, high, next});
      });
  Value tiles = loop.getResult(0);
  Value end = add(lo, mul(above ? sub(all, tiles) : tiles, op.getStep()));
  if (above) // nothing left out: whole tiles may end after hi, and beyond 32 bits
    end = select(compare(CmpIPredicate::eq, tiles, i32(0)), hi, end);
  mapping.map(op.getResult(), toUnsignedIndex(end));
}
