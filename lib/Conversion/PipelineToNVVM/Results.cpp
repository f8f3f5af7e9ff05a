// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ends of programs: results, and what they are combined from where keys are split.
#include "BlockEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Stores two numbers that lie together, as `type`.
void BlockEmitter::storePair(Value address, Value x, Value y, Type type) {
  Value pair = vector::FromElementsOp::create(b, loc, VectorType::get(2, b.getF32Type()), ValueRange{x, y});
  if (!type.isF32())
    pair = arith::TruncFOp::create(b, loc, VectorType::get(2, type), pair);
  LLVM::StoreOp::create(b, loc, pair, globalPointer(address), type.getIntOrFloatBitWidth() / 4);
}

/// Where the partial result of a split of this row block begins, in elements: output [R,D], then maximum + log2 sum
/// [R].
Value BlockEmitter::partialResult(Value batch, Value kvHead, Value splits, Value split) {
  int64_t rows = geometry.getRows();
  // Of all units of a launch there are fewer than 2^32, and so one register holds this to the end of a kernel.
  Value pair = add(mul(toI32(batch), geometry.getKvHeads()), toI32(kvHead)), number = add(mul(pair, blocks), gridBlock);
  Value unit = toUnsignedIndex(number);
  return mul(add(mul(unit, splits), split), rows * geometry.getHeadDim() + rows);
}

void BlockEmitter::emitEpilogue(EpilogueOp op) {
  rematerializeIds();
  Fragment output = fragments.lookup(op.getOutput()), maximum = fragments.lookup(op.getMaximum()),
           sum = fragments.lookup(op.getSum());
  int64_t dim = geometry.getHeadDim(), numFragments = dim / 8;
  Value destination = mapping.lookup(op.getDestination()), batch = mapping.lookup(op.getBatch());
  Value lse = op.getLse() ? mapping.lookup(op.getLse()) : Value();
  Value kvHead = mapping.lookup(op.getKvHead()), split = mapping.lookup(op.getSplit());
  Value whole = compare(CmpIPredicate::eq, splits, index(1)), count = toI32(rowCount);
  Type element = cast<MemRefType>(destination.getType()).getElementType();
  int64_t rows = geometry.getRows();
  Value partial = partialResult(batch, kvHead, splits, split);
  Value column = toIndex(mul(lanePair, 2)), firstLane = compare(CmpIPredicate::eq, lanePair, i32(0));
  for (int64_t m = 0; m < rowFragments(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      int64_t row = 2 * m + h;
      Value number = threadRow(m, h);
      Value total = overRow<arith::AddFOp>(sum[row]);
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, total, f32(0.0));
      Value inverse = select(none, f32(0.0), reciprocal(total));
      Value seen = select(none, f32(-kInfinity), real<arith::AddFOp>(maximum[row], log2(total)));
      SmallVector<Value> values;
      for (int64_t n = 0; n < numFragments; ++n)
        for (int64_t c = 0; c < 2; ++c)
          values.push_back(real<arith::MulFOp>(output[((m * numFragments + n) * 2 + h) * 2 + c], inverse));
      auto exists = scf::IfOp::create(b, loc, compare(CmpIPredicate::slt, number, count), /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(exists.thenBlock());
      auto isWhole = scf::IfOp::create(b, loc, whole, /*withElseRegion=*/true);
      b.setInsertionPointToStart(isWhole.thenBlock());
      auto [rowHead, rowQuery] = existingRowOf(number);
      Value head = toIndex(rowHead), query = toIndex(rowQuery);
      Value address = globalAddress(destination, {batch, head, query, column});
      for (int64_t n = 0; n < numFragments; ++n)
        storePair(add(address, n * 8 * element.getIntOrFloatBitWidth() / 8), values[2 * n], values[2 * n + 1], element);
      if (lse)
        when(firstLane, [&] {
          memref::StoreOp::create(b, loc, real<arith::MulFOp>(seen, f32(1.0 / attn::kLog2e)), lse,
                                  ValueRange{batch, head, query});
        });
      b.setInsertionPointToStart(isWhole.elseBlock());
      Value partials = mapping.lookup(op.getPartials()), rowIndex = toIndex(number);
      Value coord = globalAddress(partials, add(add(partial, mul(rowIndex, dim)), column));
      for (int64_t n = 0; n < numFragments; ++n)
        storePair(add(coord, n * 32), values[2 * n], values[2 * n + 1], b.getF32Type());
      when(firstLane, [&] {
        memref::StoreOp::create(b, loc, seen, partials, ValueRange{add(add(partial, rows * dim), rowIndex)});
      });
    }
}

/// A warp takes every so many rows of the block; its lanes have pairs of columns.
void BlockEmitter::emitCombine(CombineOp op) {
  int64_t rows = geometry.getRows(), dim = geometry.getHeadDim(), warps = schedule.getWarps();
  int64_t turns = llvm::divideCeilSigned(dim, 64); // of 64 columns
  Value destination = mapping.lookup(op.getDestination()), partials = mapping.lookup(op.getPartials());
  Value batch = mapping.lookup(op.getBatch()), kvHead = mapping.lookup(op.getKvHead());
  Value splits = mapping.lookup(op.getSplits()), zero = index(0), one = index(1);
  Value lse = op.getLse() ? mapping.lookup(op.getLse()) : Value();
  Type element = cast<MemRefType>(destination.getType()).getElementType();
  auto loop = scf::ForOp::create(b, loc, toIndex(warp), rowCount, index(warps));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  auto seenOf = [&](Value split) -> Value {
    Value coord = add(partialResult(batch, kvHead, splits, split), rows * dim);
    return memref::LoadOp::create(b, loc, partials, ValueRange{add(coord, row)});
  };
  Value most = forLoop(zero, splits, one, f32(-kInfinity), [&](Value split, ValueRange state) -> SmallVector<Value> {
    return {real<arith::MaxNumFOp>(state[0], seenOf(split))};
  })[0];
  // A row that is NaN in every split has no maximum either.
  Value noMaximum = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, most, f32(-kInfinity));
  Value finite = select(noMaximum, f32(0.0), most);
  // The columns of a lane; a lane past the last column repeats it and stores nothing.
  SmallVector<Value> columns, exists;
  for (int64_t turn = 0; turn < turns; ++turn) {
    Value column = toIndex(add(mul(lane, 2), 64 * turn));
    exists.push_back(compare(CmpIPredicate::slt, column, index(dim)));
    columns.push_back(this->op<arith::MinSIOp>(column, index(dim - 2)));
  }
  SmallVector<Value> inits(1 + 2 * turns, f32(0.0));
  SmallVector<Value> sums = forLoop(zero, splits, one, inits, [&](Value split, ValueRange state) {
    Value share = exp2(real<arith::SubFOp>(seenOf(split), finite));
    SmallVector<Value> next = {real<arith::AddFOp>(state[0], share)};
    Value begin = add(partialResult(batch, kvHead, splits, split), mul(row, dim));
    for (int64_t turn = 0; turn < turns; ++turn)
      for (int64_t c : {0, 1}) {
        Value part = memref::LoadOp::create(b, loc, partials, ValueRange{add(add(begin, columns[turn]), c)});
        next.push_back(fma(share, part, state[1 + 2 * turn + c]));
      }
    return next;
  });
  Value total = sums[0];
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, total, f32(0.0));
  Value inverse = select(none, f32(0.0), reciprocal(total));
  auto [head, query] = existingRowOf(toI32(row));
  for (int64_t turn = 0; turn < turns; ++turn) {
    Value address = globalAddress(destination, {batch, toIndex(head), toIndex(query), columns[turn]});
    when(exists[turn], [&] {
      storePair(address, real<arith::MulFOp>(sums[1 + 2 * turn], inverse),
                real<arith::MulFOp>(sums[2 + 2 * turn], inverse), element);
    });
  }
  if (!lse)
    return;
  SmallVector<Value> coord = {batch, toIndex(head), toIndex(query)};
  when(compare(CmpIPredicate::eq, lane, i32(0)), [&] {
    Value seen = select(none, f32(-kInfinity), real<arith::AddFOp>(most, log2(total)));
    memref::StoreOp::create(b, loc, real<arith::MulFOp>(seen, f32(1.0 / attn::kLog2e)), lse, coord);
  });
}
