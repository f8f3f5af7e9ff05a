// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ends of programs: pipeline.epilogue, and pipeline.combine where keys are split.
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

/// Stores numbers that lie together, as `type`.
static void emitStore(Num &n, Value address, ArrayRef<Value> numbers, Type type) {
  int64_t count = numbers.size();
  Value vector = vector::FromElementsOp::create(n.b, n.loc, VectorType::get(count, n.b.getF32Type()), numbers);
  if (!type.isF32())
    vector = arith::TruncFOp::create(n.b, n.loc, VectorType::get(count, type), vector);
  LLVM::StoreOp::create(n.b, n.loc, vector, emitGlobalPointer(n, address), count * type.getIntOrFloatBitWidth() / 8);
}

/// Runs of columns that lie together: the number of the first, and how many.
static SmallVector<std::pair<unsigned, unsigned>> findRuns(ArrayRef<int64_t> columns) {
  SmallVector<std::pair<unsigned, unsigned>> runs;
  for (auto [number, column] : llvm::enumerate(columns))
    if (number && column == columns[number - 1] + 1)
      ++runs.back().second;
    else
      runs.push_back({number, 1});
  return runs;
}

/// Where the partial result of a split of this row block begins, in elements.
static Value emitPartial(Num &n, const ThreadBlock &block, const ThreadRows &rows, Value batch, Value kvHead,
                         Value splits, Value split) {
  // Of all units of a launch there are fewer than 2^32, and so one register holds this to the end of a kernel.
  Value pair = n.add(n.mul(n.toI32(batch), block.shape.geometry.getKvHeads()), n.toI32(kvHead));
  Value unit = n.toUnsignedIndex(n.add(n.mul(pair, rows.blocks), rows.gridBlock));
  return n.mul(n.add(n.mul(unit, splits), split), block.rowMap().getPartialSize());
}

/// log-sum-exp of base e from maximum + log2 sum.
static void storeLse(Num &n, Value seen, Value lse, ValueRange at) {
  memref::StoreOp::create(n.b, n.loc, n.mulF(seen, n.f32(1.0 / attn::kLog2e)), lse, at);
}

namespace {
struct ConvertEpilogue : ThreadPattern<EpilogueOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(EpilogueOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    int64_t dim = this->block.shape.geometry.getHeadDim();
    if (cast<tile::TileType>(op.getOutput().getType()).getShape()[1] != dim)
      return op.emitOpError() << "output must have the head dim of the geometry, " << dim;
    Num n(b, op.getLoc());
    // Nothing that is needed only here stays in registers throughout the loops.
    ThreadBlock block = this->block;
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    block.ids = block.machine.emitThreadIds(n, /*rematerialize=*/true);
    GridPosition grid = block.machine.emitGridPosition(n, /*rematerialize=*/true);
    ThreadRows::Program before = rows.program;
    rows = ThreadRows::emit(n, block, grid, rows.qLen, rows.splits);
    auto again = [](Value value, Value before, Value now) { return value == before ? now : value; };
    Value batch = again(only(adaptor.getBatch()), before.batch, rows.program.batch);
    Value kvHead = again(only(adaptor.getKvHead()), before.kvHead, rows.program.kvHead);
    Value split = again(only(adaptor.getSplit()), before.split, rows.program.split);

    Fragment output(adaptor.getOutput()), maximum(adaptor.getMaximum()), sum(adaptor.getSum());
    FragmentLayout layout = block.layout(dim);
    SmallVector<std::pair<unsigned, unsigned>> runs = findRuns(layout.columnOffsets);
    Value destination = only(adaptor.getDestination()), partials = only(adaptor.getPartials());
    Value lse = only(adaptor.getLse());
    Value whole = n.compare(CmpIPredicate::eq, rows.splits, n.index(1)), count = n.toI32(rows.block.count);
    Type element = cast<MemRefType>(destination.getType()).getElementType();
    Value partial = emitPartial(n, block, rows, batch, kvHead, rows.splits, split);
    Value column = n.toIndex(block.machine.emitFirstColumn(n, block.ids)), isFirst = block.isFirstInRow(n);
    for (unsigned row = 0; row < layout.numRows(); ++row) {
      Value number = block.row(n, row);
      Value total = block.overRow<arith::AddFOp>(n, sum[row]);
      Value none = n.compare(CmpFPredicate::OEQ, total, n.f32(0.0));
      Value inverse = n.select(none, n.f32(0.0), block.machine.emitReciprocal(n, total));
      Value seen = n.select(none, n.f32(-kInfinity), n.addF(maximum[row], block.machine.emitLog2(n, total)));
      SmallVector<Value> values =
          llvm::map_to_vector(layout.registersOf(row), [&](unsigned i) { return n.mulF(output[i], inverse); });
      // Stores all columns from the address of the first on.
      auto storeColumns = [&](Value address, Type type) {
        for (auto [first, size] : runs)
          emitStore(n, n.add(address, layout.columnOffsets[first] * type.getIntOrFloatBitWidth() / 8),
                    ArrayRef(values).slice(first, size), type);
      };
      auto exists = scf::IfOp::create(b, op.getLoc(), n.compare(CmpIPredicate::slt, number, count),
                                      /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(exists.thenBlock());
      auto isWhole = scf::IfOp::create(b, op.getLoc(), whole, /*withElseRegion=*/true);
      b.setInsertionPointToStart(isWhole.thenBlock());
      auto [rowHead, rowQuery] = rows.existingRowOf(n, block, number);
      Value head = n.toIndex(rowHead), query = n.toIndex(rowQuery);
      storeColumns(emitGlobalAddress(n, destination, {batch, head, query, column}), element);
      if (lse)
        n.when(isFirst, [&] { storeLse(n, seen, lse, {batch, head, query}); });
      b.setInsertionPointToStart(isWhole.elseBlock());
      Value rowIndex = n.toIndex(number);
      storeColumns(emitGlobalAddress(n, partials, n.add(n.add(partial, n.mul(rowIndex, dim)), column)), b.getF32Type());
      n.when(isFirst, [&] {
        Value at = n.add(n.add(partial, block.rowMap().getPartialMaximum()), rowIndex);
        memref::StoreOp::create(b, op.getLoc(), seen, partials, at);
      });
    }
    b.eraseOp(op);
    return success();
  }
};

/// A group of threads takes every so many rows of the block; its threads have pairs of columns.
struct ConvertCombine : ThreadPattern<CombineOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(CombineOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    int64_t dim = block.shape.geometry.getHeadDim();
    if (cast<MemRefType>(op.getDestination().getType()).getDimSize(3) != dim)
      return op.emitOpError() << "destination must have the head dim of the geometry, " << dim;
    Num n(b, op.getLoc());
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    int64_t columnsOfGroup = 2 * block.machine.getGroupSize();
    int64_t turns = llvm::divideCeilSigned(dim, columnsOfGroup);
    Value destination = only(adaptor.getDestination()), partials = only(adaptor.getPartials());
    Value batch = only(adaptor.getBatch()), kvHead = only(adaptor.getKvHead());
    Value splits = only(adaptor.getSplits()), zero = n.index(0), one = n.index(1), lse = only(adaptor.getLse());
    Type element = cast<MemRefType>(destination.getType()).getElementType();
    n.loop(n.toIndex(block.group(n)), rows.block.count, n.index(block.numGroups()), {}, [&](Value row, ValueRange) {
      auto seenOf = [&](Value split) -> Value {
        Value at = n.add(emitPartial(n, block, rows, batch, kvHead, splits, split), block.rowMap().getPartialMaximum());
        return memref::LoadOp::create(b, op.getLoc(), partials, n.add(at, row));
      };
      Value most = n.loop(zero, splits, one, n.f32(-kInfinity), [&](Value split, ValueRange state) {
        return SmallVector<Value>{n.maxNum(state[0], seenOf(split))};
      })[0];
      // A row that is NaN in every split has no maximum either.
      Value noMaximum = n.compare(CmpFPredicate::OEQ, most, n.f32(-kInfinity));
      Value finite = n.select(noMaximum, n.f32(0.0), most);
      // The columns of a thread; one past the last column repeats it and stores nothing.
      SmallVector<Value> columns, exists;
      for (int64_t turn = 0; turn < turns; ++turn) {
        Value column = n.toIndex(n.add(n.mul(block.lane(n), 2), columnsOfGroup * turn));
        exists.push_back(n.compare(CmpIPredicate::slt, column, n.index(dim)));
        columns.push_back(n.min(column, n.index(dim - 2)));
      }
      SmallVector<Value> inits(1 + 2 * turns, n.f32(0.0));
      SmallVector<Value> sums = n.loop(zero, splits, one, inits, [&](Value split, ValueRange state) {
        Value share = block.machine.emitExp2(n, n.subF(seenOf(split), finite));
        SmallVector<Value> next = {n.addF(state[0], share)};
        Value begin = n.add(emitPartial(n, block, rows, batch, kvHead, splits, split), n.mul(row, dim));
        for (int64_t turn = 0; turn < turns; ++turn)
          for (int64_t c : {0, 1}) {
            Value part = memref::LoadOp::create(b, op.getLoc(), partials, n.add(n.add(begin, columns[turn]), c));
            next.push_back(n.fma(share, part, state[1 + 2 * turn + c]));
          }
        return next;
      });
      Value total = sums[0];
      Value none = n.compare(CmpFPredicate::OEQ, total, n.f32(0.0));
      Value inverse = n.select(none, n.f32(0.0), block.machine.emitReciprocal(n, total));
      auto [rowHead, rowQuery] = rows.existingRowOf(n, block, n.toI32(row));
      for (int64_t turn = 0; turn < turns; ++turn) {
        Value address =
            emitGlobalAddress(n, destination, {batch, n.toIndex(rowHead), n.toIndex(rowQuery), columns[turn]});
        n.when(exists[turn], [&] {
          emitStore(n, address, {n.mulF(sums[1 + 2 * turn], inverse), n.mulF(sums[2 + 2 * turn], inverse)}, element);
        });
      }
      if (lse) {
        SmallVector<Value> at = {batch, n.toIndex(rowHead), n.toIndex(rowQuery)};
        n.when(n.compare(CmpIPredicate::eq, block.lane(n), n.i32(0)), [&] {
          Value seen = n.select(none, n.f32(-kInfinity), n.addF(most, block.machine.emitLog2(n, total)));
          storeLse(n, seen, lse, at);
        });
      }
      return SmallVector<Value>();
    });
    b.eraseOp(op);
    return success();
  }
};
} // namespace

void camber::pipeline::populateResultPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                              const ThreadBlock &block) {
  patterns.add<ConvertEpilogue, ConvertCombine>(types, block);
}
