// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.kernel to a task function whose tiles are buffers in the thread's workspace.
#include "TaskBuilder.h"
#include "camber/Dialect/Attn/AttnDialect.h"

namespace camber::cpu {
#define GEN_PASS_DEF_CONVERTTILETOCPU
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

func::FuncOp TaskBuilder::createFunction(StringRef suffix) {
  auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  SmallVector<Type> types(5, b.getIndexType());
  types.append(3, bytes);
  func::FuncOp function = tile::createFunction(b, {kernel, programs}, suffix, types, mapping);
  function.setPrivate();
  auto extra = function.getArguments().drop_front(kernel.getNumArguments());
  batch = extra[0], kvHead = extra[1], block = extra[2], split = extra[3], splits = extra[4];
  shared = extra[5], norms = extra[6], thread = extra[7];
  qLen = mapping.lookup(programs.getQLen());
  return function;
}

Value TaskBuilder::scratch(ArrayRef<int64_t> shape, Type element) {
  auto type = MemRefType::get(shape, element);
  Value view = memref::ViewOp::create(b, loc, type, thread, index(offset), ValueRange{});
  offset += llvm::alignTo(type.getNumElements() * (element.getIntOrFloatBitWidth() / 8), 64);
  return view;
}

/// A buffer for the keys or values of a tile.
Value TaskBuilder::keyScratch() {
  int64_t keys = geometry.getKeys(), dim = geometry.getHeadDim();
  Value padded = scratch({keys, spreadRows(dim)}, b.getF32Type());
  SmallVector<OpFoldResult> origin(2, b.getIndexAttr(0)), unit(2, b.getIndexAttr(1));
  return memref::SubViewOp::create(b, loc, padded, origin, {b.getIndexAttr(keys), b.getIndexAttr(dim)}, unit);
}

/// The buffers of the partial result of one key split of one row block, in the shared workspace.
Value TaskBuilder::partial(Value unit, Value splitIndex, bool maximumPart) {
  int64_t rows = geometry.getRows(), dim = geometry.getHeadDim();
  int64_t bytes = (rows * dim + rows) * 4;
  Value number = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, unit, splits), splitIndex);
  Value base = arith::MulIOp::create(b, loc, number, index(bytes));
  auto type = maximumPart ? MemRefType::get({rows}, b.getF32Type()) : MemRefType::get({rows, dim}, b.getF32Type());
  if (maximumPart)
    base = arith::AddIOp::create(b, loc, base, index(rows * dim * 4));
  return memref::ViewOp::create(b, loc, type, shared, base, ValueRange{});
}

/// rowHead (of the kernel, without offset), rowIndex and the number of rows. Rows past the last repeat it, so that
/// positions of a block never leave the block's range.
void TaskBuilder::fillRows() {
  int64_t rows = geometry.getRows(), group = geometry.getHeads() / geometry.getKvHeads();
  Value rowsValue = index(rows), groupValue = index(group);
  rowHead = scratch({rows}, b.getI32Type());
  rowIndex = scratch({rows}, b.getI32Type());
  rowPosition = scratch({rows}, b.getI32Type());
  Value firstHead = arith::MulIOp::create(b, loc, kvHead, groupValue);
  Value headOfBlock, firstRow, end;
  if (geometry.getPacked()) {
    firstRow = arith::MulIOp::create(b, loc, block, rowsValue);
    end = arith::MulIOp::create(b, loc, groupValue, qLen);
  } else {
    headOfBlock = arith::AddIOp::create(b, loc, firstHead, arith::RemSIOp::create(b, loc, block, groupValue));
    firstRow = arith::MulIOp::create(b, loc, arith::DivSIOp::create(b, loc, block, groupValue), rowsValue);
    end = qLen;
  }
  rowCount = arith::MinSIOp::create(b, loc, rowsValue, arith::SubIOp::create(b, loc, end, firstRow));
  Value panel = index(schedule.getPanelRows());
  rowEnd = arith::MulIOp::create(b, loc, arith::CeilDivUIOp::create(b, loc, rowCount, panel), panel);
  Value last = arith::SubIOp::create(b, loc, end, index(1));
  auto loop = scf::ForOp::create(b, loc, index(0), rowEnd, index(1));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value r = loop.getInductionVar();
    Value row = arith::MinSIOp::create(b, loc, arith::AddIOp::create(b, loc, firstRow, r), last);
    Value head = headOfBlock, query = row;
    if (geometry.getPacked()) {
      head = arith::AddIOp::create(b, loc, firstHead, arith::DivSIOp::create(b, loc, row, qLen));
      query = arith::RemSIOp::create(b, loc, row, qLen);
    }
    memref::StoreOp::create(b, loc, i32(head), rowHead, r);
    memref::StoreOp::create(b, loc, i32(query), rowIndex, r);
  }
  if (geometry.getPacked()) {
    rowMin = index(0);
    rowMax = arith::SubIOp::create(b, loc, qLen, index(1));
  } else {
    rowMin = firstRow;
    rowMax = arith::SubIOp::create(b, loc, arith::AddIOp::create(b, loc, firstRow, rowCount), index(1));
  }
}

void TaskBuilder::fill(Value buffer, double value) {
  auto type = cast<MemRefType>(buffer.getType());
  Value constant = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  SmallVector<Value> indices;
  OpBuilder::InsertionGuard guard(b);
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    auto loop = scf::ForOp::create(b, loc, index(0), dim == 0 ? rowEnd : index(size), index(1));
    b.setInsertionPointToStart(loop.getBody());
    indices.push_back(loop.getInductionVar());
  }
  memref::StoreOp::create(b, loc, constant, buffer, indices);
}

/// Adds to a counter (camber_counters) at the start of the thread's workspace.
void TaskBuilder::count(Counter counter, Value tiles) {
  auto type = MemRefType::get({8}, b.getI64Type());
  Value counters = memref::ViewOp::create(b, loc, type, thread, index(0), ValueRange{});
  Value old = memref::LoadOp::create(b, loc, counters, index(counter));
  if (secondRun) // of the same tiles
    tiles = arith::SelectOp::create(b, loc, secondRun, index(0), tiles);
  Value add = arith::IndexCastOp::create(b, loc, b.getI64Type(), tiles);
  memref::StoreOp::create(b, loc, arith::AddIOp::create(b, loc, old, add), counters, index(counter));
}

/// All tiles of the keys that exist, by the first split.
void TaskBuilder::countAll(tile::KeyRangeOp op) {
  Value keys = arith::SubIOp::create(b, loc, mapping.lookup(op.getEnd()), mapping.lookup(op.getBegin()));
  Value tiles = arith::CeilDivSIOp::create(b, loc, keys, index(op.getStep()));
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, mapping.lookup(op.getSplit()), index(0));
  count(TilesTotal, arith::SelectOp::create(b, loc, first, tiles, index(0)));
}

void TaskBuilder::init(tile::InitStateOp op) {
  fill(output, 0.0);
  if (!op.getSink()) {
    fill(maximum, -std::numeric_limits<double>::infinity());
    fill(sum, 0.0);
    return;
  }
  // The sink is one more score, seen by the first split: maximum sink · log2(e), sum 1.
  Value sink = mapping.lookup(op.getSink());
  auto loop = scf::ForOp::create(b, loc, index(0), rowEnd, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value r = loop.getInductionVar();
  Value head = arith::IndexCastOp::create(b, loc, b.getIndexType(), memref::LoadOp::create(b, loc, rowHead, r));
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); };
  Value logit = arith::MulFOp::create(b, loc, memref::LoadOp::create(b, loc, sink, head), f32(attn::kLog2e));
  Value firstSplit = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, split, index(0));
  Value none = f32(-std::numeric_limits<double>::infinity());
  // A sink of -∞ adds nothing.
  Value joins =
      arith::AndIOp::create(b, loc, firstSplit, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, logit, none));
  memref::StoreOp::create(b, loc, arith::SelectOp::create(b, loc, joins, logit, none), maximum, r);
  memref::StoreOp::create(b, loc, arith::SelectOp::create(b, loc, joins, f32(1.0), f32(0.0)), sum, r);
}

void TaskBuilder::epilogue(tile::EpilogueOp op) {
  EpilogueOp::create(b, loc, maximum, sum, output, rowCount, notFinite, schedule);
  endSecondRun();
  Value whole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, splits, index(1));
  auto branch = scf::IfOp::create(b, loc, whole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value lse = op.getLse() ? mapping.lookup(op.getLse()) : Value();
  StoreRowsOp::create(b, loc, output, maximum, batch, rowHead, rowIndex, rowCount, mapping.lookup(op.getDestination()),
                      lse, schedule);
  b.setInsertionPointToStart(branch.elseBlock());
  // The caller passes the number of the row block as the shared workspace's origin, so a split only adds its own.
  memref::CopyOp::create(b, loc, output, partial(index(0), split, false));
  memref::CopyOp::create(b, loc, maximum, partial(index(0), split, true));
}

LogicalResult TaskBuilder::convert(Operation &op) {
  if (auto bounds = dyn_cast<tile::RowBoundsOp>(op)) {
    Value base = mapping.lookup(bounds.getBase());
    mapping.map(bounds.getMin(), arith::AddIOp::create(b, loc, rowMin, base).getResult());
    mapping.map(bounds.getMax(), arith::AddIOp::create(b, loc, rowMax, base).getResult());
    return success();
  }
  if (auto head = dyn_cast<tile::BlockHeadOp>(op)) {
    Value first = memref::LoadOp::create(b, loc, rowHead, index(0));
    Value headOffset = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(geometry.getHeadOffset()));
    mapping.map(head.getHead(), arith::AddIOp::create(b, loc, first, headOffset).getResult());
    return success();
  }
  if (auto load = dyn_cast<tile::LoadRowsOp>(op)) {
    // The scale of the dot products is applied here once; loops of one program share it.
    double scale = 1.0;
    if (packsScale(load.getSource()))
      for (Operation *user : load.getTile().getUsers())
        if (auto dot = dyn_cast<tile::DotOp>(user))
          scale = dot.getScale().convertToDouble();
    PackQueriesOp::create(b, loc, mapping.lookup(load.getSource()), batch, rowHead, rowIndex, rowCount, packed,
                          b.getF64FloatAttr(scale), schedule);
    return success();
  }
  if (auto initOp = dyn_cast<tile::InitStateOp>(op))
    return init(initOp), success();
  if (auto loop = dyn_cast<tile::ForKeysOp>(op))
    return convertLoop(loop);
  if (auto epilogueOp = dyn_cast<tile::EpilogueOp>(op))
    return epilogue(epilogueOp), success();
  if (auto tiles = dyn_cast<tile::KeyRangeOp>(op))
    return countAll(tiles), success();
  if (auto share = dyn_cast<tile::SplitKVOp>(op))
    return tile::convertSplit(b, share, mapping), success();
  if (auto norms = dyn_cast<tile::RowNormsOp>(op))
    return convertRowNorms(norms), success();
  if (auto keyNorms = dyn_cast<tile::KeyNormsOp>(op))
    return mapping.map(keyNorms.getNorms(), viewNorms(keyNorms)), success();
  if (auto least = dyn_cast<tile::StateBoundOp>(op))
    return convertStateBound(least), success();
  if (auto near = dyn_cast<tile::NearRangeOp>(op))
    return convertNearRange(near), success();
  if (auto narrow = dyn_cast<tile::SkipRangeOp>(op))
    return convertSkipRange(narrow), success();
  if (isa_and_nonnull<tile::TileDialect>(op.getDialect()))
    return op.emitOpError("has no CPU form here");
  b.clone(op, mapping);
  return success();
}

void TaskBuilder::buildCombine() {
  createFunction("_combine");
  offset = kCounterBytes;
  int64_t rows = geometry.getRows();
  fillRows();
  output = scratch({rows, geometry.getHeadDim()}, b.getF32Type());
  maximum = scratch({rows}, b.getF32Type());
  int64_t stride = rows * geometry.getHeadDim() + rows;
  auto strided = [&](ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
    return MemRefType::get(shape, b.getF32Type(), StridedLayoutAttr::get(b.getContext(), 0, strides));
  };
  Value flat = memref::ViewOp::create(b, loc, MemRefType::get({ShapedType::kDynamic}, b.getF32Type()), shared, index(0),
                                      ValueRange{arith::MulIOp::create(b, loc, splits, index(stride)).getResult()});
  int64_t dim = geometry.getHeadDim(), dynamic = ShapedType::kDynamic;
  SmallVector<OpFoldResult> sizes3 = {splits, b.getIndexAttr(rows), b.getIndexAttr(dim)};
  SmallVector<OpFoldResult> strides3 = {b.getIndexAttr(stride), b.getIndexAttr(dim), b.getIndexAttr(1)};
  Value partialOutput = memref::ReinterpretCastOp::create(b, loc, strided({dynamic, rows, dim}, {stride, dim, 1}), flat,
                                                          b.getIndexAttr(0), sizes3, strides3);
  auto maximumType =
      MemRefType::get({dynamic, rows}, b.getF32Type(), StridedLayoutAttr::get(b.getContext(), rows * dim, {stride, 1}));
  SmallVector<OpFoldResult> sizes2 = {splits, b.getIndexAttr(rows)},
                            strides2 = {b.getIndexAttr(stride), b.getIndexAttr(1)};
  Value partialMaximum =
      memref::ReinterpretCastOp::create(b, loc, maximumType, flat, b.getIndexAttr(rows * dim), sizes2, strides2);
  CombineOp::create(b, loc, partialOutput, partialMaximum, splits, rowCount, output, maximum, schedule);
  tile::EpilogueOp epilogueOp = *programs.getBody().getOps<tile::EpilogueOp>().begin();
  Value lse = epilogueOp.getLse() ? mapping.lookup(epilogueOp.getLse()) : Value();
  StoreRowsOp::create(b, loc, output, maximum, batch, rowHead, rowIndex, rowCount,
                      mapping.lookup(epilogueOp.getDestination()), lse, schedule);
  func::ReturnOp::create(b, loc);
}

LogicalResult TaskBuilder::build() {
  func::FuncOp task = createFunction("_task");
  Block &body = programs.getBody().front();
  int64_t rows = geometry.getRows(), keys = geometry.getKeys(), dim = geometry.getHeadDim();
  int64_t panel = schedule.getPanelRows();
  if (rows % panel || dim % schedule.getWidth())
    return programs.emitOpError() << "rows " << rows << " and head dim " << dim << " must be multiples of " << panel
                                  << " and " << schedule.getWidth() << " lanes of " << schedule;
  mapping.map(body.getArgument(0), batch);
  mapping.map(body.getArgument(1), kvHead);
  mapping.map(body.getArgument(3), split);
  mapping.map(body.getArgument(4), splits);
  fillRows();
  Type f32 = b.getF32Type();
  int64_t group = std::min(schedule.getGroupRows(), rows);
  packed = scratch(schedule.getPackedShape(rows, dim), f32);
  scores = scratch(schedule.getScoresShape(group, keys), f32);
  if (SmallVector<int64_t> shape = schedule.getScoresScratch(rows); !shape.empty())
    scoresScratch = scratch(shape, f32);
  if (SmallVector<int64_t> shape = schedule.getAccumulateScratch(rows, dim); !shape.empty())
    outputScratch = scratch(shape, f32);
  output = scratch({rows, dim}, f32);
  maximum = scratch({rows}, f32);
  newMaximum = scratch({rows}, f32);
  sum = scratch({rows}, f32);
  rescale = scratch({rows}, f32);
  programs.walk([&](tile::LoadKeysOp load) {
    Type element = cast<MemRefType>(load.getSource().getType()).getElementType();
    bool isValue = llvm::any_of(load->getUsers(), [](Operation *user) { return isa<tile::AccumulateOp>(user); });
    Value &buffer = isValue ? valueBuffer : keyBuffer;
    if (!buffer && schedule.needsCopy(element, isValue))
      buffer = keyScratch();
  });
  prepareSecondRun(task);
  beginSecondRun();
  for (Operation &op : body)
    if (failed(convert(op)))
      return failure();
  func::ReturnOp::create(b, loc);
  for (NamedAttribute fact : kernel->getDiscardableAttrs()) // bounds of lengths
    if (fact.getName().getValue().starts_with("camber."))
      task->setAttr(fact.getName(), fact.getValue());
  task->setAttr("camber.thread_bytes", b.getI64IntegerAttr(offset));
  task->setAttr("camber.partial_bytes", b.getI64IntegerAttr((rows * dim + rows) * 4));
  task->setAttr("camber.geometry", geometry);
  task->setAttr("camber.schedule", schedule);
  buildCombine();
  return buildPrepare(task);
}

namespace {
struct ConvertTileToCPU : cpu::impl::ConvertTileToCPUBase<ConvertTileToCPU> {
  void runOnOperation() override {
    auto convert = [](tile::Kernel kernel) -> LogicalResult {
      auto schedule = dyn_cast_or_null<MicrokernelAttrInterface>(kernel.programs.getSchedule().value_or(Attribute()));
      if (!schedule)
        return kernel.programs.emitOpError("must carry a microkernel, such as #cpu.rows_in_lanes, as its schedule; run "
                                           "choose-schedule with a CPU target first");
      return TaskBuilder(kernel.function, kernel.programs, schedule).build();
    };
    // plan, run and tasks are of cpu-emit-kernel-abi.
    if (failed(tile::convertKernels(getOperation(), {"_plan", "_run", "_task", "_combine", "_prepare", "_tasks"},
                                    convert)))
      signalPassFailure();
  }
};
} // namespace
