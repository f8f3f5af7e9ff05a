// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.instances to functions that thread blocks run: tiles of queries, keys and values come into shared memory.
#include "KernelBuilder.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_CONVERTTILETOPIPELINE
#include "camber/Dialect/Schedule/PipelinePasses.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

KernelBuilder::KernelBuilder(func::FuncOp kernel, tile::InstancesOp instances, ScheduleAttr schedule)
    : kernel(kernel), instances(instances), schedule(schedule), geometry(instances.getGeometry()), b(kernel),
      loc(kernel.getLoc()) {}

/// The kernel's operands, the number of key splits, partial results, and norms of keys as bytes.
func::FuncOp KernelBuilder::createFunction(StringRef suffix) {
  auto floats = MemRefType::get({ShapedType::kDynamic}, b.getF32Type());
  auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  func::FuncOp function =
      tile::createFunction(b, {kernel, instances}, suffix, {b.getIndexType(), floats, bytes}, mapping);
  auto extra = function.getArguments().drop_front(kernel.getNumArguments());
  splits = extra[0], partials = extra[1], norms = extra[2];
  function->setAttr("camber.geometry", geometry);
  function->setAttr("camber.schedule", schedule);
  return function;
}

void KernelBuilder::createInstance(Value splits) {
  Block &body = instances.getBody().front();
  auto instance = InstanceOp::create(b, loc, b.getIndexType(), b.getIndexType(), body.getArgument(2).getType(),
                                     b.getIndexType(), mapping.lookup(instances.getQLen()), splits, geometry);
  batch = instance.getBatch(), kvHead = instance.getKvHead(), rows = instance.getRows(), split = instance.getSplit();
  mapping.map(body.getArguments(), ValueRange{batch, kvHead, rows, split, splits});
}

/// A slot for `rows` rows of a tensor, of a new ring.
Value KernelBuilder::createRing(int64_t stages, int64_t rows, Value source) {
  Type element = cast<MemRefType>(source.getType()).getElementType();
  return RingOp::create(b, loc, RingType::get(b.getContext(), stages, rows, geometry.getHeadDim(), element));
}

Value KernelBuilder::slotOf(Value ring, Value number) {
  auto type = cast<RingType>(ring.getType());
  auto slot = SlotType::get(b.getContext(), type.getRows(), type.getColumns(), type.getElementType());
  return SlotOp::create(b, loc, slot, ring, number);
}

Value KernelBuilder::viewNorms(tile::KeyNormsOp op) {
  Value keys = memref::DimOp::create(b, loc, mapping.lookup(op.getSource()), 2);
  Value blocks = ceilDiv(keys, index(tile::KeyNormsOp::kBlock));
  Value number = add(mul(batch, index(geometry.getKvHeads())), kvHead);
  return memref::ViewOp::create(b, loc, cast<MemRefType>(op.getNorms().getType()), norms,
                                mul(mul(number, blocks), index(8)), ValueRange{blocks});
}

LogicalResult KernelBuilder::convert(Operation &op) {
  if (auto load = dyn_cast<tile::LoadRowsOp>(op)) {
    Value source = mapping.lookup(load.getSource());
    rowSlot = slotOf(createRing(1, geometry.getRows(), source), index(0));
    rowCopy = CopyRowsOp::create(b, loc, TokenType::get(b.getContext()), source, batch, rows, rowSlot);
    return success();
  }
  if (auto rowNorms = dyn_cast<tile::RowNormsOp>(op)) {
    WaitOp::create(b, loc, rowCopy);
    BarrierOp::create(b, loc);
    mapping.map(rowNorms.getNorms(), RowNormsOp::create(b, loc, rowNorms.getNorms().getType(), rowSlot).getNorms());
    return success();
  }
  if (auto keyNorms = dyn_cast<tile::KeyNormsOp>(op))
    return mapping.map(keyNorms.getNorms(), viewNorms(keyNorms)), success();
  if (auto near = dyn_cast<tile::NearKeysOp>(op)) { // a block is one group
    auto bounds = tile::RowBoundsOp::create(b, loc, b.getIndexType(), b.getIndexType(), mapping.lookup(near.getRows()),
                                            mapping.lookup(near.getQueryBase()));
    tile::NearTiles tiles = tile::findNearTiles(b, near, bounds.getMin(), bounds.getMax(), mapping);
    mapping.map(near.getResults(), ValueRange{tiles.begin, tiles.end, tiles.begin, tiles.end});
    return success();
  }
  if (isa<tile::KeyRangeOp>(op)) // what it counts is for the CPU's counters
    return success();
  if (auto share = dyn_cast<tile::SplitKeysOp>(op))
    return tile::convertSplit(b, share, mapping), success();
  if (auto finish = dyn_cast<tile::FinishOp>(op)) {
    auto map = [&](Value value) { return value ? mapping.lookup(value) : Value(); };
    if (lastCopy)
      WaitOp::create(b, loc, lastCopy);
    FinishOp::create(b, loc, rows, batch, kvHead, split, splits, map(finish.getMaximum()), map(finish.getSum()),
                     map(finish.getOutput()), map(finish.getDestination()), map(finish.getLse()), partials);
    return success();
  }
  if (isa<tile::RowBoundsOp, tile::BlockHeadOp, tile::InitOp, tile::LeastStateOp, tile::NarrowOp>(op) ||
      !isa_and_nonnull<tile::TileDialect>(op.getDialect()))
    return b.clone(op, mapping), success();
  return op.emitOpError("has no form on accelerators here");
}

LogicalResult KernelBuilder::check() {
  int64_t strip = 16 * schedule.getWarps();
  if (geometry.getRows() % strip || geometry.getKeys() % 16 || geometry.getHeadDim() % 16)
    return instances.emitOpError() << "rows, keys and head dim must be multiples of " << strip << ", 16 and 16 for "
                                   << schedule << ", got " << geometry;
  return success();
}

LogicalResult KernelBuilder::buildMain() {
  createFunction("_main");
  createInstance(splits);
  Block &body = instances.getBody().front();
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

/// @k_merge: the rows of a block from the partial results of its splits.
void KernelBuilder::buildMerge() {
  createFunction("_merge");
  createInstance(index(1));
  tile::FinishOp finish = *instances.getBody().getOps<tile::FinishOp>().begin();
  Value lse = finish.getLse() ? mapping.lookup(finish.getLse()) : Value();
  MergeOp::create(b, loc, rows, batch, kvHead, splits, mapping.lookup(finish.getDestination()), lse, partials);
  func::ReturnOp::create(b, loc);
}

/// @k_prepare: the norms of the keys of one batch and kv head, where keys are left out by them.
LogicalResult KernelBuilder::buildPrepare() {
  auto all = instances.getBody().getOps<tile::KeyNormsOp>();
  if (all.empty())
    return success();
  tile::KeyNormsOp op = *all.begin();
  func::FuncOp function = createFunction("_prepare");
  createInstance(index(1));
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
  buildMerge();
  return buildPrepare();
}

namespace {
struct ConvertTileToPipeline : pipeline::impl::ConvertTileToPipelineBase<ConvertTileToPipeline> {
  void runOnOperation() override {
    auto convert = [](tile::Kernel kernel) -> LogicalResult {
      auto schedule = dyn_cast_or_null<ScheduleAttr>(kernel.instances.getSchedule().value_or(Attribute()));
      if (!schedule)
        return kernel.instances.emitOpError(
            "must carry a #pipeline.schedule; run choose-schedule with a device as target first");
      return KernelBuilder(kernel.function, kernel.instances, schedule).build();
    };
    if (failed(tile::convertKernels(getOperation(), {"_main", "_merge", "_prepare"}, convert)))
      signalPassFailure();
  }
};
} // namespace
