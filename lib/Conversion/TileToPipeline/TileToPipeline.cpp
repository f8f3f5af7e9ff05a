// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.instances to a function that one thread block runs: tiles of queries, keys and values come into shared memory.
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

/// @k_main: the kernel's operands, the number of splits, partial results and norms of keys.
func::FuncOp KernelBuilder::createFunction(StringRef suffix) {
  b.setInsertionPointAfter(kernel);
  SmallVector<Type> types(kernel.getArgumentTypes());
  auto floats = MemRefType::get({ShapedType::kDynamic}, b.getF32Type());
  types.append({b.getIndexType(), floats, floats});
  auto function = func::FuncOp::create(b, loc, (kernel.getName() + suffix).str(), b.getFunctionType(types, {}));
  for (unsigned i = 0; i < kernel.getNumArguments(); ++i)
    function.setArgAttrs(i, kernel.getArgAttrDict(i));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  mapping.clear();
  mapping.map(kernel.getArguments(), entry->getArguments().take_front(kernel.getNumArguments()));
  auto extra = entry->getArguments().drop_front(kernel.getNumArguments());
  splits = extra[0], partials = extra[1], norms = extra[2];
  // What the kernel computed before its instances: sizes and constants.
  for (Operation &op : kernel.getBody().front()) {
    if (&op == instances.getOperation())
      break;
    b.clone(op, mapping);
  }
  return function;
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

void KernelBuilder::convertSplit(tile::SplitKeysOp op) {
  Value lo = mapping.lookup(op.getLo()), hi = mapping.lookup(op.getHi()), step = index(op.getStep());
  Value tiles = ceilDiv(max(sub(hi, lo), index(0)), step);
  Value share = mul(ceilDiv(tiles, mapping.lookup(op.getSplits())), step);
  Value first = add(lo, mul(mapping.lookup(op.getSplit()), share));
  mapping.map(op.getFirst(), first);
  mapping.map(op.getLast(), min(hi, add(first, share)));
}

LogicalResult KernelBuilder::convert(Operation &op) {
  if (auto load = dyn_cast<tile::LoadRowsOp>(op)) {
    Value source = mapping.lookup(load.getSource());
    rowSlot = slotOf(createRing(1, geometry.getRows(), source), index(0));
    CopyRowsOp::create(b, loc, TokenType::get(b.getContext()), source, batch, rows, rowSlot);
    return success();
  }
  if (isa<tile::KeyRangeOp>(op)) // what it counts is for the CPU's counters
    return success();
  if (auto share = dyn_cast<tile::SplitKeysOp>(op))
    return convertSplit(share), success();
  if (auto finish = dyn_cast<tile::FinishOp>(op)) {
    auto map = [&](Value value) { return value ? mapping.lookup(value) : Value(); };
    FinishOp::create(b, loc, rows, batch, kvHead, split, splits, map(finish.getMaximum()), map(finish.getSum()),
                     map(finish.getOutput()), map(finish.getDestination()), map(finish.getLse()), partials);
    return success();
  }
  if (isa<tile::RowBoundsOp, tile::BlockHeadOp, tile::InitOp>(op) ||
      !isa_and_nonnull<tile::TileDialect>(op.getDialect()))
    return b.clone(op, mapping), success();
  if (isa<tile::RowNormsOp, tile::KeyNormsOp, tile::LeastStateOp, tile::NarrowOp>(op))
    return op.emitOpError("has no form on accelerators yet: keys cannot be left out (--no-skip)");
  return op.emitOpError("has no form on accelerators here");
}

LogicalResult KernelBuilder::check() {
  int64_t strip = 16 * schedule.getRowWarps();
  if (geometry.getRows() % strip || geometry.getKeys() % 16 || geometry.getHeadDim() % 16)
    return instances.emitOpError() << "rows, keys and head dim must be multiples of " << strip << ", 16 and 16 for "
                                   << schedule << ", got " << geometry;
  if (schedule.getKeyWarps() != 1)
    return instances.emitOpError("key_warps must be 1: states of warps cannot be merged yet");
  for (auto load : instances.getBody().getOps<tile::LoadRowsOp>())
    if (cast<MemRefType>(load.getSource().getType()).getElementType().isF32())
      return load.emitOpError("f32 storage has no products on accelerators yet");
  return success();
}

LogicalResult KernelBuilder::build() {
  if (failed(check()))
    return failure();
  func::FuncOp function = createFunction("_main");
  Block &body = instances.getBody().front();
  auto instance = InstanceOp::create(b, loc, b.getIndexType(), b.getIndexType(), body.getArgument(2).getType(),
                                     b.getIndexType(), mapping.lookup(instances.getQLen()), splits, geometry);
  batch = instance.getBatch(), kvHead = instance.getKvHead(), rows = instance.getRows(), split = instance.getSplit();
  mapping.map(body.getArguments(), ValueRange{batch, kvHead, rows, split, splits});
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
  function->setAttr("camber.geometry", geometry);
  function->setAttr("camber.schedule", schedule);
  return success();
}

namespace {
struct ConvertTileToPipeline : pipeline::impl::ConvertTileToPipelineBase<ConvertTileToPipeline> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function.getBody().getOps<tile::InstancesOp>().empty())
        kernels.push_back(function);
    for (func::FuncOp kernel : kernels) {
      auto all = kernel.getBody().getOps<tile::InstancesOp>();
      tile::InstancesOp instances = *all.begin();
      auto schedule = dyn_cast_or_null<ScheduleAttr>(instances.getSchedule().value_or(Attribute()));
      if (std::next(all.begin()) != all.end() || !schedule || kernel.getNumResults()) {
        instances.emitOpError("must be the only one in a function without results and carry a #pipeline.schedule");
        return signalPassFailure();
      }
      if (failed(KernelBuilder(kernel, instances, schedule).build()))
        return signalPassFailure();
      kernel.erase();
    }
  }
};
} // namespace
