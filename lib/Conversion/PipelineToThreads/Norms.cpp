// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Norms of rows and of blocks of keys, where keys are skipped by them: pipeline.row_norms and key_norms.
#include "ThreadBlock.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Makes up for the roundings of a sum of squares and a root, and for those of the dot product that norms limit.
static constexpr double kSlack = 1e-5;

/// √(squares + D·2^-126) · (1 + slack): squares below 2^-126 may have been taken for 0.
static Value emitNorm(Num &n, const ThreadBlock &block, Value squares, int64_t dim) {
  Value root = block.machine.emitSquareRoot(n, n.addF(squares, n.f32(static_cast<double>(dim) * 0x1p-126)));
  return n.mulF(root, n.f32(1 + kSlack));
}

/// Σ x² over 16 bytes at a pointer, added to `sum`.
static Value addSquares(Num &n, Value pointer, Type element, Value sum) {
  int64_t count = 8 * kChunkBytes / element.getIntOrFloatBitWidth();
  Value chunk = LLVM::LoadOp::create(n.b, n.loc, VectorType::get(count, element), pointer, /*alignment=*/kChunkBytes);
  for (int64_t i = 0; i < count; ++i) {
    Value x = vector::ExtractOp::create(n.b, n.loc, chunk, i);
    if (!element.isF32())
      x = arith::ExtFOp::create(n.b, n.loc, n.b.getF32Type(), x);
    sum = n.fma(x, x, sum);
  }
  return sum;
}

namespace {
/// The threads that share a row take its chunks in turn.
struct ConvertRowNorms : ThreadPattern<RowNormsOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(RowNormsOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    StageType stage = op.getRows().getType();
    Value base = only(adaptor.getRows()), numberInRow = block.machine.emitNumberInRow(n, block.ids);
    int64_t count = getChunks(stage), turn = block.machine.getThreadsPerRow();
    Fragment norms;
    for (unsigned i = 0; i < block.numRows(); ++i) {
      Value row = block.row(n, i), sum = n.f32(0.0);
      for (int64_t first = 0; first < count; first += turn) {
        Value chunk = n.add(numberInRow, first), last = n.i32(count - 1);
        Value existing = n.min(chunk, last);
        Value pointer = block.machine.emitChunkPointer(n, stage, base, {row, existing});
        Value more = addSquares(n, pointer, stage.getElementType(), sum);
        sum = first + turn <= count ? more : n.select(n.compare(CmpIPredicate::sle, chunk, last), more, sum);
      }
      // Here and not where they are needed, behind a loop over keys: LLVM would keep the parts of a sum until then.
      Value norm = emitNorm(n, block, block.overRow<arith::AddFOp>(n, sum), stage.getColumns());
      norms.push_back(block.machine.pin(n, norm));
    }
    b.replaceOpWithMultiple(op, SmallVector<Fragment>{norms});
    return success();
  }
};

/// A group of threads takes every so many blocks of keys, and its threads the keys of each; then one group goes over
/// the blocks from the first on for the running maxima in that direction, and one from the last.
struct ConvertKeyNorms : ThreadPattern<KeyNormsOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(KeyNormsOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    auto source = cast<MemRefType>(op.getSource().getType());
    if (source.getDimSize(3) * source.getElementTypeBitWidth() % (8 * kChunkBytes))
      return op.emitOpError() << "keys must be a multiple of 16 bytes, got " << source;
    Num n(b, op.getLoc());
    MachineAttrInterface machine = block.machine;
    int64_t groupSize = machine.getGroupSize();
    Value keys = only(adaptor.getSource()), norms = only(adaptor.getNorms());
    Value batch = only(adaptor.getBatch()), kvHead = only(adaptor.getKvHead()), given = only(adaptor.getGiven());
    Value zero = n.index(0), one = n.index(1), blockKeys = n.index(tile::KeyNormsOp::kBlock);
    Value begin = only(adaptor.getBegin());
    Value end = n.max(only(adaptor.getEnd()), begin);
    Value first = n.div(begin, blockKeys), last = n.ceilDiv(end, blockKeys);
    Value lane = block.lane(n), group = block.group(n), isFirstLane = n.compare(CmpIPredicate::eq, lane, n.i32(0));
    auto orInfinite = [&](Value x) { // a NaN would be lost in a maximum
      Value isNumber = n.compare(CmpFPredicate::OLT, x, n.f32(kInfinity));
      return n.select(isNumber, x, n.f32(kInfinity));
    };
    auto load = [&](Value memref, ValueRange at) -> Value {
      return memref::LoadOp::create(b, op.getLoc(), memref, at);
    };
    auto store = [&](Value x, ValueRange at) { memref::StoreOp::create(b, op.getLoc(), x, norms, at); };
    n.loop(n.add(first, n.toIndex(group)), last, n.index(block.numGroups()), {}, [&](Value i, ValueRange) {
      Value norm;
      if (given) {
        norm = orInfinite(load(given, {batch, kvHead, i}));
      } else {
        Value from = n.max(n.mul(i, blockKeys), begin), most = n.f32(0.0);
        Value to = n.min(n.mul(n.add(i, one), blockKeys), end);
        for (int64_t part = 0; part < tile::KeyNormsOp::kBlock; part += groupSize) {
          Value key = n.add(n.add(n.mul(i, blockKeys), n.toIndex(lane)), part);
          Value exists = n.bitAnd(n.compare(CmpIPredicate::sge, key, from), n.compare(CmpIPredicate::slt, key, to));
          int64_t bytes = source.getDimSize(3) * source.getElementTypeBitWidth() / 8;
          Value squares = n.orZero(exists, [&] {
            Value row = emitGlobalAddress(n, keys, {batch, kvHead, key, zero});
            return n.loop(zero, n.index(bytes), n.index(kChunkBytes), n.f32(0.0), [&](Value at, ValueRange sum) {
              Value pointer = emitGlobalPointer(n, n.add(row, at));
              return SmallVector<Value>{addSquares(n, pointer, source.getElementType(), sum[0])};
            })[0];
          });
          most = n.maxNum(orInfinite(squares), most);
        }
        for (int64_t mask = 1; mask < groupSize; mask *= 2)
          most = n.maxNum(most, machine.emitShuffle(n, Shuffle::exclusiveOr, most, mask));
        norm = emitNorm(n, block, most, source.getDimSize(3));
      }
      n.when(isFirstLane, [&] {
        store(norm, {zero, i});
        store(norm, {one, i});
      });
      return SmallVector<Value>();
    });
    machine.emitBarrier(n, block.threads());
    // As many blocks a turn as a group has threads; its first has the block from which the maximum runs.
    auto run = [&](int64_t direction, int64_t byGroup) {
      n.when(n.compare(CmpIPredicate::eq, group, n.i32(byGroup)), [&] {
        Value count = n.max(n.sub(last, first), zero), side = n.index(direction);
        n.loop(zero, count, n.index(groupSize), n.f32(0.0), [&](Value turn, ValueRange before) -> SmallVector<Value> {
          Value number = n.add(turn, n.toIndex(lane)), exists = n.compare(CmpIPredicate::slt, number, count);
          Value i = direction == 0 ? n.add(first, number) : n.sub(n.add(last, -1), number);
          Value own = n.orZero(exists, [&] { return load(norms, {side, i}); });
          Value running = n.maxNum(own, before[0]);
          for (int64_t distance = 1; distance < groupSize; distance *= 2)
            running = n.maxNum(running, machine.emitShuffle(n, Shuffle::up, running, distance));
          n.when(exists, [&] { store(running, {side, i}); });
          return {machine.emitShuffle(n, Shuffle::index, running, groupSize - 1)};
        });
      });
    };
    run(0, 0);
    run(1, block.numGroups() > 1 ? 1 : 0);
    b.eraseOp(op);
    return success();
  }
};
} // namespace

void camber::pipeline::populateNormPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                            const ThreadBlock &block) {
  patterns.add<ConvertRowNorms, ConvertKeyNorms>(types, block);
}
