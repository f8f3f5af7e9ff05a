// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages: pipeline.ring and stage, acquire, copy_rows, copy_keys, commit, wait, barrier and release.
#include "ThreadBlock.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

namespace {
/// A ring becomes a pointer to its memory.
struct ConvertRing : ThreadPattern<RingOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(RingOp op, Adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    b.replaceOp(op, offsetPointer(n, block.shared, block.offsets.lookup(op)));
    return success();
  }
};

struct ConvertStage : ThreadPattern<StageOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(StageOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    int64_t stages = op.getRing().getType().getStages();
    Value base = only(adaptor.getRing());
    if (stages > 1) {
      Value stage = n.toI32(n.rem(only(adaptor.getNumber()), stages));
      base = offsetPointer(n, base, n.mul(stage, block.machine.getStageBytes(op.getStage().getType())));
    }
    b.replaceOp(op, base);
    return success();
  }
};

/// A chunk that a thread copies into a stage.
struct CopiedChunk {
  Value row, column;  ///< i32
  int64_t rowsOn = 0; ///< so many rows below the thread's last one, in its column; 0: anywhere
};

/// Where a chunk comes from (index), and whether there is anything (i1).
struct Source {
  Value address, exists;
};

Value bytesBefore(Num &n, const CopiedChunk &chunk) { return n.toIndex(n.mul(chunk.column, kChunkBytes)); }

/// Copies the rows of a stage: its chunks, divided among the threads.
void emitCopy(Num &n, const ThreadBlock &block, StageType stage, Value base,
              function_ref<Source(const CopiedChunk &)> source) {
  int64_t perRow = getChunks(stage), threads = block.numThreads(), all = stage.getRows() * perRow;
  // Where the threads are whole rows, each stays in its column.
  bool inColumn = threads % perRow == 0;
  Value firstRow = n.div(block.thread(), perRow), firstChunk = n.rem(block.thread(), perRow);
  block.forEach(n, all, [&](Value number, int64_t done) {
    CopiedChunk chunk{firstRow, firstChunk};
    if (inColumn)
      chunk = {n.add(firstRow, done / perRow), firstChunk, done ? threads / perRow : 0};
    else if (done)
      chunk = {n.div(number, perRow), n.rem(number, perRow)};
    Source from = source(chunk);
    Value to = block.machine.emitChunkPointer(n, stage, base, {chunk.row, chunk.column});
    block.machine.emitCopyChunk(n, to, emitGlobalPointer(n, from.address), from.exists);
  });
}

struct ConvertCopyRows : ThreadPattern<CopyRowsOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(CopyRowsOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    ThreadRows rows = ThreadRows::unpack(adaptor.getRows());
    Value source = only(adaptor.getSource()), batch = only(adaptor.getBatch());
    Value count = n.toI32(rows.block.count), zero = n.index(0);
    emitCopy(n, block, op.getStage().getType(), only(adaptor.getStage()), [&](const CopiedChunk &chunk) -> Source {
      auto [head, query] = rows.rowOf(n, block, chunk.row);
      Value row = emitGlobalAddress(n, source, {batch, n.toIndex(head), n.toIndex(query), zero});
      return {n.add(row, bytesBefore(n, chunk)), n.compare(CmpIPredicate::slt, chunk.row, count)};
    });
    b.eraseOp(op);
    return success();
  }
};

struct ConvertCopyKeys : ThreadPattern<CopyKeysOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(CopyKeysOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Value source = only(adaptor.getSource()), zero = n.index(0);
    Value first = only(adaptor.getFirst()), count = n.toI32(only(adaptor.getCount()));
    Value tile = emitGlobalAddress(n, source, {only(adaptor.getBatch()), only(adaptor.getKvHead()), first, zero});
    auto metadata = memref::ExtractStridedMetadataOp::create(b, op.getLoc(), source);
    int64_t bytes = cast<MemRefType>(source.getType()).getElementTypeBitWidth() / 8;
    Value stride = n.mul(metadata.getStrides()[2], bytes);
    // From one row to the next by addition: multiples of the stride would stay in registers throughout the kernel.
    Value address;
    emitCopy(n, block, op.getStage().getType(), only(adaptor.getStage()), [&](const CopiedChunk &chunk) -> Source {
      address = chunk.rowsOn ? n.add(address, n.mul(stride, chunk.rowsOn))
                             : n.add(n.add(tile, n.mul(n.toIndex(chunk.row), stride)), bytesBefore(n, chunk));
      return {address, n.compare(CmpIPredicate::slt, chunk.row, count)};
    });
    b.eraseOp(op);
    return success();
  }
};

struct ConvertAcquire : ThreadPattern<AcquireOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(AcquireOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    block.machine.emitAcquire(n, block.threads(), only(adaptor.getStage()));
    b.eraseOp(op);
    return success();
  }
};

struct ConvertCommit : ThreadPattern<CommitOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(CommitOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    block.machine.emitCommit(n, block.threads(), only(adaptor.getStage()));
    b.replaceOpWithMultiple(op, SmallVector<ValueRange>(1));
    return success();
  }
};

struct ConvertRelease : ThreadPattern<ReleaseOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(ReleaseOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    block.machine.emitRelease(n, block.threads(), only(adaptor.getStage()));
    b.eraseOp(op);
    return success();
  }
};

struct ConvertWait : ThreadPattern<WaitOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(WaitOp op, Adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    block.machine.emitWait(n, block.threads(), block.pending.lookup(op));
    b.eraseOp(op);
    return success();
  }
};

struct ConvertBarrier : ThreadPattern<BarrierOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(BarrierOp op, Adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    block.machine.emitBarrier(n, block.threads());
    b.eraseOp(op);
    return success();
  }
};
} // namespace

void camber::pipeline::populateStagePatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                             const ThreadBlock &block) {
  patterns.add<ConvertRing, ConvertStage, ConvertAcquire, ConvertCopyRows, ConvertCopyKeys, ConvertCommit, ConvertWait,
               ConvertBarrier, ConvertRelease>(types, block);
}
