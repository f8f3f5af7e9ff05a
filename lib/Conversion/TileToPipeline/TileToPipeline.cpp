// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.kernel to functions that thread blocks run: tiles of queries, keys and values come into shared memory.
#include "KernelBuilder.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_CONVERTTILETOPIPELINE
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

KernelBuilder::KernelBuilder(func::FuncOp kernel, tile::KernelOp programs, ScheduleAttr schedule)
    : kernel(kernel), programs(programs), schedule(schedule), geometry(programs.getGeometry()), b(kernel),
      loc(kernel.getLoc()) {}

/// The kernel's operands, the number of key splits, partial results, and norms of keys as bytes.
func::FuncOp KernelBuilder::createFunction(StringRef suffix) {
  auto floats = MemRefType::get({ShapedType::kDynamic}, b.getF32Type());
  auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  func::FuncOp function =
      tile::createFunction(b, {kernel, programs}, suffix, {b.getIndexType(), floats, bytes}, mapping);
  auto extra = function.getArguments().drop_front(kernel.getNumArguments());
  splits = extra[0], partials = extra[1], norms = extra[2];
  function->setAttr("camber.geometry", geometry);
  function->setAttr("camber.schedule", schedule);
  return function;
}

void KernelBuilder::createProgram(Value splits) {
  Block &body = programs.getBody().front();
  auto program = ProgramIdOp::create(b, loc, b.getIndexType(), b.getIndexType(), body.getArgument(2).getType(),
                                     b.getIndexType(), mapping.lookup(programs.getQLen()), splits, geometry);
  batch = program.getBatch(), kvHead = program.getKvHead(), rows = program.getRows(), split = program.getSplit();
  mapping.map(body.getArguments(), ValueRange{batch, kvHead, rows, split, splits});
}

/// A stage for `rows` rows of a tensor, of a new ring.
Value KernelBuilder::createRing(int64_t stages, int64_t rows, Value source) {
  Type element = cast<MemRefType>(source.getType()).getElementType();
  return RingOp::create(b, loc, RingType::get(b.getContext(), stages, rows, geometry.getHeadDim(), element));
}

Value KernelBuilder::stageOf(Value ring, Value number) {
  auto type = cast<RingType>(ring.getType());
  auto stage = StageType::get(b.getContext(), type.getRows(), type.getColumns(), type.getElementType());
  return StageOp::create(b, loc, stage, ring, number);
}

Value KernelBuilder::viewNorms(tile::KeyNormsOp op) {
  Value keys = memref::DimOp::create(b, loc, mapping.lookup(op.getSource()), 2);
  Value blocks = n.ceilDiv(keys, n.index(tile::KeyNormsOp::kBlock));
  Value number = n.add(n.mul(batch, n.index(geometry.getKvHeads())), kvHead);
  return memref::ViewOp::create(b, loc, cast<MemRefType>(op.getNorms().getType()), norms,
                                n.mul(n.mul(number, blocks), n.index(8)), ValueRange{blocks});
}

LogicalResult KernelBuilder::convert(Operation &op) {
  if (auto load = dyn_cast<tile::LoadRowsOp>(op)) {
    Value source = mapping.lookup(load.getSource());
    rowStage = stageOf(createRing(1, geometry.getRows(), source), n.index(0));
    rowCopy = CopyRowsOp::create(b, loc, TokenType::get(b.getContext()), source, batch, rows, rowStage);
    return success();
  }
  if (auto rowNorms = dyn_cast<tile::RowNormsOp>(op)) {
    WaitOp::create(b, loc, rowCopy);
    BarrierOp::create(b, loc);
    mapping.map(rowNorms.getNorms(), RowNormsOp::create(b, loc, rowNorms.getNorms().getType(), rowStage).getNorms());
    return success();
  }
  if (auto keyNorms = dyn_cast<tile::KeyNormsOp>(op))
    return mapping.map(keyNorms.getNorms(), viewNorms(keyNorms)), success();
  if (auto near = dyn_cast<tile::NearRangeOp>(op)) { // a block is one group
    auto bounds = tile::RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), mapping.lookup(near.getRows()),
                                            mapping.lookup(near.getQueryBase()));
    tile::NearTiles tiles = tile::findNearTiles(b, near, bounds.getMin(), bounds.getMax(), mapping);
    mapping.map(near.getResults(), ValueRange{tiles.begin, tiles.end, tiles.begin, tiles.end});
    return success();
  }
  if (isa<tile::KeyRangeOp>(op)) // what it counts is for the CPU's counters
    return success();
  if (auto share = dyn_cast<tile::SplitKVOp>(op))
    return tile::convertSplit(b, share, mapping), success();
  if (auto epilogue = dyn_cast<tile::EpilogueOp>(op)) {
    auto map = [&](Value value) { return value ? mapping.lookup(value) : Value(); };
    if (lastCopy)
      WaitOp::create(b, loc, lastCopy);
    EpilogueOp::create(b, loc, rows, batch, kvHead, split, splits, map(epilogue.getMaximum()), map(epilogue.getSum()),
                       map(epilogue.getOutput()), map(epilogue.getDestination()), map(epilogue.getLse()), partials);
    return success();
  }
  if (isa<tile::RowBoundsOp, tile::BlockHeadOp, tile::InitStateOp, tile::StateBoundOp, tile::SkipRangeOp>(op) ||
      !isa_and_nonnull<tile::TileDialect>(op.getDialect()))
    return b.clone(op, mapping), success();
  return op.emitOpError("has no form on accelerators here");
}

LogicalResult KernelBuilder::check() {
  int64_t fragment = 16 * schedule.getWarps();
  if (geometry.getRows() % fragment || geometry.getKeys() % 16 || geometry.getHeadDim() % 16)
    return programs.emitOpError() << "rows, keys and head dim must be multiples of " << fragment << ", 16 and 16 for "
                                  << schedule << ", got " << geometry;
  return success();
}

LogicalResult KernelBuilder::buildMain() {
  createFunction("_main");
  createProgram(splits);
  Block &body = programs.getBody().front();
  SmallVector<Operation *> operations = llvm::map_to_vector(body, [](Operation &op) { return &op; });
  for (auto it = operations.begin(); it != operations.end();) {
    if (!isa<tile::ForKeysOp>(*it)) {
      if (failed(convert(**it++)))
        return failure();
      continue;
    }
    SmallVector<tile::ForKeysOp> loops;
    if (failed(takeLoops(it, operations.end(), loops)) || failed(convertLoops(loops)))
      return failure();
  }
  func::ReturnOp::create(b, loc);
  return success();
}

/// @k_combine: the rows of a block from the partial results of its splits.
void KernelBuilder::buildCombine() {
  createFunction("_combine");
  createProgram(n.index(1));
  tile::EpilogueOp epilogue = *programs.getBody().getOps<tile::EpilogueOp>().begin();
  Value lse = epilogue.getLse() ? mapping.lookup(epilogue.getLse()) : Value();
  CombineOp::create(b, loc, rows, batch, kvHead, splits, mapping.lookup(epilogue.getDestination()), lse, partials);
  func::ReturnOp::create(b, loc);
}

/// @k_prepare: the norms of the keys of one batch and kv head, where keys are skipped by them.
LogicalResult KernelBuilder::buildPrepare() {
  auto all = programs.getBody().getOps<tile::KeyNormsOp>();
  if (all.empty())
    return success();
  tile::KeyNormsOp op = *all.begin();
  func::FuncOp function = createFunction("_prepare");
  createProgram(n.index(1));
  if (failed(tile::cloneNormBounds(b, op, mapping)))
    return failure();
  KeyNormsOp::create(b, loc, mapping.lookup(op.getSource()), batch, kvHead, mapping.lookup(op.getBegin()),
                     mapping.lookup(op.getEnd()), viewNorms(op),
                     op.getGiven() ? mapping.lookup(op.getGiven()) : Value());
  func::ReturnOp::create(b, loc);
  function->setAttr("camber.prepare_q_len_min", b.getI64IntegerAttr(op.getQLenMin()));
  return success();
}

LogicalResult KernelBuilder::build() {
  if (failed(check()) || failed(buildMain()))
    return failure();
  buildCombine();
  return buildPrepare();
}

namespace {
struct ConvertTileToPipeline : pipeline::impl::ConvertTileToPipelineBase<ConvertTileToPipeline> {
  void runOnOperation() override {
    auto convert = [](tile::Kernel kernel) -> LogicalResult {
      auto schedule = dyn_cast_or_null<ScheduleAttr>(kernel.programs.getSchedule().value_or(Attribute()));
      if (!schedule)
        return kernel.programs.emitOpError(
            "must carry a #pipeline.schedule; run choose-schedule with a device as target first");
      return KernelBuilder(kernel.function, kernel.programs, schedule).build();
    };
    if (failed(tile::convertKernels(getOperation(), {"_main", "_combine", "_prepare"}, convert)))
      signalPassFailure();
  }
};
} // namespace
