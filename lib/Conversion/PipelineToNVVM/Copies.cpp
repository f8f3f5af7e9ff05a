// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shared memory: rings, where rows lie in a stage, and copies into it.
#include "BlockEmitter.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

/// The eight rows that an ldmatrix reads a chunk of each from must lie in different banks: chunk c of row r is at c xor
/// (r mod 8) where a row has a multiple of eight chunks; otherwise rows are padded to an odd number of them.
bool BlockEmitter::isSwizzled(StageType stage) { return chunks(stage) % 8 == 0; }

int64_t BlockEmitter::rowBytes(StageType stage) { return 16 * (isSwizzled(stage) ? chunks(stage) : chunks(stage) | 1); }

Value BlockEmitter::sharedOffset(Value pointer, Value bytes) {
  return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer, ArrayRef<LLVM::GEPArg>{bytes});
}

Value BlockEmitter::sharedOffset(Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

Value BlockEmitter::globalPointer(Value address) {
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), address);
  return LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext(), 1), wide);
}

Value BlockEmitter::chunkPointer(StageType stage, Value base, const ChunkCoord &coord) {
  Value chunk = coord.chunk;
  int64_t bytes = coord.moreRows * rowBytes(stage);
  if (isSwizzled(stage)) {
    chunk = op<arith::XOrIOp>(add(chunk, coord.moreChunks % 8), op<arith::AndIOp>(coord.row, i32(7)));
    bytes += coord.moreChunks / 8 * 128;
  } else {
    bytes += coord.moreChunks * 16;
  }
  return sharedOffset(sharedOffset(base, add(mul(coord.row, rowBytes(stage)), mul(chunk, 16))), bytes);
}

void BlockEmitter::emitRing(RingOp op) {
  RingType ring = op.getRing().getType();
  auto stage = StageType::get(b.getContext(), ring.getRows(), ring.getColumns(), ring.getElementType());
  mapping.map(op.getRing(), sharedOffset(shared, sharedBytes));
  sharedBytes += llvm::alignTo(ring.getStages() * stageBytes(stage), 128);
}

void BlockEmitter::emitStage(StageOp op) {
  RingType ring = op.getRing().getType();
  Value base = mapping.lookup(op.getRing());
  if (ring.getStages() > 1) {
    Value stage = toI32(this->op<arith::RemUIOp>(mapping.lookup(op.getNumber()), index(ring.getStages())));
    base = sharedOffset(base, mul(stage, stageBytes(op.getStage().getType())));
  }
  mapping.map(op.getStage(), base);
}

void BlockEmitter::emitCopy(StageType stage, Value base, function_ref<Source(const CopiedChunk &)> source) {
  int64_t perRow = chunks(stage), threads = schedule.getThreads(), all = stage.getRows() * perRow;
  // Where the threads are whole rows, each stays in its column.
  bool inColumn = threads % perRow == 0;
  Value firstRow = op<arith::DivUIOp>(thread, i32(perRow)), firstChunk = op<arith::RemUIOp>(thread, i32(perRow));
  for (int64_t done = 0; done < all; done += threads) {
    Value number = add(thread, done);
    CopiedChunk chunk{firstRow, firstChunk};
    if (inColumn)
      chunk = {add(firstRow, done / perRow), firstChunk, done ? threads / perRow : 0};
    else if (done)
      chunk = {op<arith::DivUIOp>(number, i32(perRow)), op<arith::RemUIOp>(number, i32(perRow))};
    auto copy = [&] {
      Source from = source(chunk);
      NVVM::CpAsyncOp::create(b, loc, chunkPointer(stage, base, {chunk.row, chunk.column}), globalPointer(from.address),
                              b.getI32IntegerAttr(16),
                              NVVM::LoadCacheModifierKindAttr::get(b.getContext(), NVVM::LoadCacheModifierKind::CG),
                              select(from.exists, i32(16), i32(0)));
    };
    if (done + threads <= all) {
      copy();
      continue;
    }
    auto rest = scf::IfOp::create(b, loc, compare(CmpIPredicate::ult, number, i32(all)), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(rest.thenBlock());
    copy();
  }
  NVVM::CpAsyncCommitGroupOp::create(b, loc);
}

/// The address (index) of an element of a tensor.
Value BlockEmitter::globalAddress(Value memref, ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  Value elements = metadata.getOffset();
  for (auto [position, stride] : llvm::zip_equal(indices, metadata.getStrides()))
    elements = add(elements, op<arith::MulIOp>(position, stride));
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  return add(base, mul(elements, type.getElementTypeBitWidth() / 8));
}

void BlockEmitter::emitCopyRows(CopyRowsOp op) {
  Value source = mapping.lookup(op.getSource()), batch = mapping.lookup(op.getBatch());
  Value count = toI32(rowCount), zero = index(0);
  emitCopy(op.getStage().getType(), mapping.lookup(op.getStage()), [&](const CopiedChunk &chunk) -> Source {
    auto [rowHead, query] = rowOf(chunk.row);
    return {add(globalAddress(source, {batch, toIndex(rowHead), toIndex(query), zero}), bytesBefore(chunk)),
            compare(CmpIPredicate::slt, chunk.row, count)};
  });
}

void BlockEmitter::emitCopyKeys(CopyKeysOp op) {
  Value source = mapping.lookup(op.getSource()), zero = index(0);
  Value first = mapping.lookup(op.getFirst()), count = toI32(mapping.lookup(op.getCount()));
  Value tile = globalAddress(source, {mapping.lookup(op.getBatch()), mapping.lookup(op.getKvHead()), first, zero});
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, source);
  int64_t bytes = cast<MemRefType>(source.getType()).getElementTypeBitWidth() / 8;
  Value stride = mul(metadata.getStrides()[2], bytes);
  // From one row to the next by addition: multiples of the stride would stay in registers throughout the kernel.
  Value address;
  emitCopy(op.getStage().getType(), mapping.lookup(op.getStage()), [&](const CopiedChunk &chunk) -> Source {
    address = chunk.rowsOn ? add(address, mul(stride, chunk.rowsOn))
                           : add(add(tile, this->op<arith::MulIOp>(toIndex(chunk.row), stride)), bytesBefore(chunk));
    return {address, compare(CmpIPredicate::slt, chunk.row, count)};
  });
}
