// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels at the tile level: their form, and what conversions of them share.
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Divisions.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace camber;

/// The only op of its kind in a block; null, with an error at `parent`, where there is none or more.
template <typename OpTy> static OpTy single(Operation *parent, Block &block) {
  auto all = block.getOps<OpTy>();
  if (!all.empty() && std::next(all.begin()) == all.end())
    return *all.begin();
  parent->emitOpError() << "must hold one " << OpTy::getOperationName() << " to be converted";
  return {};
}

static LogicalResult expectShape(Operation *op, Type type, ArrayRef<int64_t> shape) {
  if (cast<tile::TileType>(type).getShape() == shape)
    return success();
  return op->emitOpError() << type << " is not of the geometry's sizes";
}

static LogicalResult checkModifiers(Region &region) {
  if (Operation *modifier = tile::findScoreModifier(region))
    return modifier->emitOpError("is a score modifier, which has no code of its own; run tile-fuse-scores first");
  return success();
}

LogicalResult camber::tile::checkLowered(ScoreOp score) {
  if (!score.getMasks().empty())
    return score.emitOpError() << "masks " << score.getMasks() << " were not fused; run tile-fuse-scores first";
  if (failed(checkModifiers(score.getBody())))
    return failure();
  if (!score.getBase2())
    return score.emitOpError("yields scores in natural units, and the softmax takes base 2; run tile-use-base2 first");
  return success();
}

template <typename OpTy> static LogicalResult checkBound(OpTy op, Region &body) {
  if (!op.getBase2())
    return op.emitOpError("must be in base 2; run tile-use-base2 first");
  return checkModifiers(body);
}

LogicalResult camber::tile::checkLowered(SkipRangeOp op) { return checkBound(op, op.getBody()); }
LogicalResult camber::tile::checkLowered(StateBoundOp op) { return checkBound(op, op.getScore()); }

namespace {
/// What all loops of a kernel have in common: the code around the score bodies is there once.
struct Common {
  tile::KernelOp programs;
  tile::LoadRowsOp rows;
  tile::DotOp dot;     ///< of the first loop
  tile::ScoreOp score; ///< likewise
  Value keys, values;
};
} // namespace

/// Whether the loop takes its own tile of the program's keys, as its score body is told, and what the others take.
static LogicalResult checkOperands(tile::ForKeysOp loop, tile::DotOp dot, tile::ScoreOp score, tile::LoadKeysOp keys,
                                   tile::LoadKeysOp values, Common &common) {
  Value batch = common.programs.getBatchIndex(), kvHead = common.programs.getKvHead();
  for (tile::LoadKeysOp load : {keys, values})
    if (load.getBatch() != batch || load.getKvHead() != kvHead || load.getFirst() != loop.getFirstKey() ||
        load.getCount() != loop.getCount())
      return load.emitOpError("must load the loop's tile of the program's batch and kv head");
  if (score.getRows() != common.programs.getRows() || score.getBatch() != batch || score.getKvHead() != kvHead ||
      score.getFirstKey() != loop.getFirstKey())
    return score.emitOpError("must be of the program's rows, batch and kv head and of the loop's keys");
  if (!common.dot) {
    common.dot = dot, common.score = score, common.keys = keys.getSource(), common.values = values.getSource();
    return success();
  }
  if (dot.getScale() != common.dot.getScale())
    return dot.emitOpError() << "has the scale " << dot.getScale().convertToDouble() << ", and the loop before "
                             << common.dot.getScale().convertToDouble()
                             << "; run tile-use-base2 before tile-split-key-ranges";
  if (keys.getSource() != common.keys || values.getSource() != common.values)
    return loop.emitOpError("must take the keys and values of the loops before it");
  if (score.getQueryBase() != common.score.getQueryBase() || score.getKeyBase() != common.score.getKeyBase())
    return score.emitOpError("must have the positions of the loops before it");
  return success();
}

static LogicalResult checkLoop(tile::ForKeysOp loop, Common &common) {
  tile::GeometryAttr geometry = common.programs.getGeometry();
  tile::LoadRowsOp rows = common.rows;
  Block &body = *loop.getLoopBody();
  auto dot = single<tile::DotOp>(loop, body);
  auto score = dot ? single<tile::ScoreOp>(loop, body) : tile::ScoreOp();
  auto update = score ? single<tile::SoftmaxUpdateOp>(loop, body) : tile::SoftmaxUpdateOp();
  auto accumulate = update ? single<tile::AccumulateOp>(loop, body) : tile::AccumulateOp();
  if (!accumulate)
    return failure();
  if (static_cast<int64_t>(loop.getStep()) != geometry.getKeys())
    return loop.emitOpError() << "step " << loop.getStep() << " is not the geometry's keys, " << geometry.getKeys();
  auto isLoad = [&](Value tile) {
    auto load = tile.getDefiningOp<tile::LoadKeysOp>();
    return load && load->getBlock() == &body;
  };
  if (dot.getRows() != rows.getTile() || !isLoad(dot.getKeys()))
    return dot.emitOpError("must multiply the rows of the block with keys loaded in the loop");
  if (score.getScores() != dot.getScores() || update.getScores() != score.getResult() ||
      accumulate.getP() != update.getP() || accumulate.getRescale() != update.getRescale() ||
      !isLoad(accumulate.getValues()))
    return loop.emitOpError("must be dot, score, softmax update and accumulate, each on the result of the one before");
  if (failed(expectShape(dot, dot.getScores().getType(), {geometry.getRows(), geometry.getKeys()})))
    return failure();
  auto carried = loop.getCarried();
  Value next[] = {update.getNewMaximum(), update.getNewSum(), accumulate.getResult()};
  if (carried.size() != 3 || update.getMaximum() != carried[0] || update.getSum() != carried[1] ||
      accumulate.getOutput() != carried[2] || !llvm::equal(body.getTerminator()->getOperands(), next))
    return loop.emitOpError(
        "must carry maximum, sum and output, and yield what the update and the accumulate make of them");
  if (failed(checkOperands(loop, dot, score, dot.getKeys().getDefiningOp<tile::LoadKeysOp>(),
                           accumulate.getValues().getDefiningOp<tile::LoadKeysOp>(), common)))
    return failure();
  return tile::checkLowered(score);
}

/// Each loop goes on from where the one before it ended.
static LogicalResult checkState(Block &body, tile::InitStateOp init, tile::EpilogueOp epilogue) {
  ValueRange state = init.getResults();
  for (auto loop : body.getOps<tile::ForKeysOp>()) {
    if (!llvm::equal(loop.getInits(), state))
      return loop.emitOpError("must begin with the state that the op before it leaves");
    state = loop.getResults();
  }
  Value last[] = {epilogue.getMaximum(), epilogue.getSum(), epilogue.getOutput()};
  if (!llvm::equal(last, state))
    return epilogue.emitOpError("must store the state that the op before it leaves");
  return success();
}

/// The state of the rows is in buffers, so an op that reads it must stand where they hold what it names.
static LogicalResult checkSkipRange(Block &body, tile::LoadRowsOp rows) {
  auto norms = body.getOps<tile::KeyNormsOp>();
  if (!norms.empty() && std::next(norms.begin()) != norms.end())
    return (*norms.begin()).emitOpError("must be the only one of a kernel");
  tile::RowNormsOp rowNorms;
  Operation *state = nullptr;
  SmallVector<tile::Side> narrowed;
  tile::StateBoundOp least;
  bool hasNear = false;
  for (Operation &op : body) {
    if (auto found = dyn_cast<tile::RowNormsOp>(op)) {
      if (rowNorms || found.getRows() != rows.getTile())
        return found.emitOpError("must be the only one of a kernel, of the rows it loads");
      rowNorms = found;
    }
    if (isa<tile::InitStateOp, tile::ForKeysOp>(op))
      state = &op;
    if (auto found = dyn_cast<tile::StateBoundOp>(op)) {
      if (least || !rowNorms || found.getRowNorms() != rowNorms.getNorms() ||
          !found.getKeyNorms().getDefiningOp<tile::KeyNormsOp>())
        return found.emitOpError("must be the only one, and use the norms of the block's rows and keys");
      if (failed(tile::checkLowered(found)))
        return failure();
      least = found;
    }
    hasNear = hasNear || isa<tile::NearRangeOp>(op);
    if (auto loop = dyn_cast<tile::ForKeysOp>(op); loop && loop.getSide()) {
      if (!loop.isSide(tile::Side::near) && !llvm::is_contained(narrowed, *loop.getSide()))
        return loop.emitOpError("must come after the tile.skip_range of its side");
      if (!hasNear)
        return loop.emitOpError("must come after the tile.near_range that its side refers to");
    }
    auto skip = dyn_cast<tile::SkipRangeOp>(op);
    if (!skip)
      continue;
    if (!rowNorms || skip.getRowNorms() != rowNorms.getNorms() || !skip.getKeyNorms().getDefiningOp<tile::KeyNormsOp>())
      return skip.emitOpError("must use the norms of the block's rows and keys");
    bool isStateBound = least && skip.getMaximum() == least.getMaximum() && skip.getSum() == least.getSum();
    if (!isStateBound && (!state || skip.getMaximum() != state->getResult(0) || skip.getSum() != state->getResult(1)))
      return skip.emitOpError("must use the state that the op before it leaves");
    if (failed(tile::checkLowered(skip)))
      return failure();
    if (isStateBound)
      continue;
    if (llvm::is_contained(narrowed, skip.getSide()))
      return skip.emitOpError("must be the only one of its side");
    if (!hasNear)
      return skip.emitOpError("must come after the tile.near_range that its side refers to");
    narrowed.push_back(skip.getSide());
  }
  return success();
}

static LogicalResult checkNames(func::FuncOp kernel, ArrayRef<StringRef> suffixes) {
  StringRef name = kernel.getName();
  for (StringRef suffix : suffixes)
    if (Operation *other = SymbolTable::lookupSymbolIn(kernel->getParentOp(), (name + suffix).str()))
      return other->emitOpError() << "cannot be called " << name << suffix << ": kernel '" << name
                                  << "' becomes functions called " << name << " with " << llvm::join(suffixes, ", ")
                                  << "; these names are reserved, use another";
  return success();
}

static LogicalResult checkKernel(tile::Kernel kernel) {
  if (!kernel.function.getBody().hasOneBlock())
    return kernel.function.emitOpError("must be one block, without branches");
  for (Operation &op : kernel.function.getBody().front())
    if (&op != kernel.programs.getOperation() && !op.hasTrait<OpTrait::IsTerminator>() &&
        (op.getNumRegions() || !(isMemoryEffectFree(&op) || isa<attn::LookupOp>(op)) ||
         isa_and_nonnull<tile::TileDialect>(op.getDialect())))
      return op.emitOpError("has no place in a kernel: a function with one tile.kernel, sizes and constants");
  tile::GeometryAttr geometry = kernel.programs.getGeometry();
  Block &body = kernel.programs.getBody().front();
  auto rows = single<tile::LoadRowsOp>(kernel.programs, body);
  auto init = rows ? single<tile::InitStateOp>(kernel.programs, body) : tile::InitStateOp();
  auto epilogue = init ? single<tile::EpilogueOp>(kernel.programs, body) : tile::EpilogueOp();
  if (!epilogue)
    return failure();
  if (failed(expectShape(rows, rows.getTile().getType(), {geometry.getRows(), geometry.getHeadDim()})))
    return failure();
  Common common{kernel.programs, rows, {}, {}, {}, {}};
  for (auto loop : body.getOps<tile::ForKeysOp>())
    if (failed(checkLoop(loop, common)))
      return failure();
  if (failed(checkSkipRange(body, rows)))
    return failure();
  return checkState(body, init, epilogue);
}

LogicalResult camber::tile::refuseKernels(ModuleOp module, StringRef pass) {
  WalkResult found = module.walk([&](Operation *op) {
    if (!isa<attn::AttentionOp, KernelOp>(op))
      return WalkResult::advance();
    op->emitOpError() << "was not converted; run " << (isa<KernelOp>(op) ? pass : "convert-attn-to-tile") << " first";
    return WalkResult::interrupt();
  });
  return failure(found.wasInterrupted());
}

LogicalResult camber::tile::checkDivisions(func::FuncOp kernel) {
  WalkResult found = kernel.walk([](Operation *op) {
    if (!tile::mayTrap(op))
      return WalkResult::advance();
    op->emitOpError("may divide by 0, which every processor answers in another way; run tile-guard-divisions first");
    return WalkResult::interrupt();
  });
  return failure(found.wasInterrupted());
}

FailureOr<SmallVector<tile::Kernel>> camber::tile::findKernels(ModuleOp module, ArrayRef<StringRef> suffixes) {
  WalkResult left = module.walk([](attn::AttentionOp attention) {
    attention.emitOpError("was not converted; run convert-attn-to-tile first");
    return WalkResult::interrupt();
  });
  if (left.wasInterrupted())
    return failure();
  SmallVector<Kernel> kernels;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto all = function.getBody().getOps<KernelOp>();
    if (all.empty())
      continue;
    if (std::next(all.begin()) != all.end() || function.getNumResults())
      return (*all.begin()).emitOpError("must be the only one in a function without results");
    if (failed(checkNames(function, suffixes)))
      return failure();
    kernels.push_back({function, *all.begin()});
  }
  return kernels;
}

LogicalResult camber::tile::convertKernels(ModuleOp module, ArrayRef<StringRef> suffixes,
                                           function_ref<LogicalResult(Kernel)> convert) {
  FailureOr<SmallVector<Kernel>> kernels = findKernels(module, suffixes);
  if (failed(kernels))
    return failure();
  for (Kernel kernel : *kernels) {
    if (failed(checkKernel(kernel)) || failed(checkDivisions(kernel.function)) || failed(convert(kernel)))
      return failure();
    kernel.function.erase();
  }
  return success();
}

func::FuncOp camber::tile::createFunction(OpBuilder &b, Kernel kernel, StringRef suffix, ArrayRef<Type> moreTypes,
                                          IRMapping &mapping) {
  func::FuncOp from = kernel.function;
  b.setInsertionPointAfter(from);
  SmallVector<Type> types(from.getArgumentTypes());
  llvm::append_range(types, moreTypes);
  auto function = func::FuncOp::create(b, from.getLoc(), (from.getName() + suffix).str(), b.getFunctionType(types, {}));
  for (unsigned i = 0; i < from.getNumArguments(); ++i)
    function.setArgAttrs(i, from.getArgAttrDict(i));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  mapping.clear();
  mapping.map(from.getArguments(), entry->getArguments().take_front(from.getNumArguments()));
  for (Operation &op : from.getBody().front()) {
    if (&op == kernel.programs.getOperation())
      break;
    b.clone(op, mapping);
  }
  return function;
}

void camber::tile::convertSplit(OpBuilder &b, SplitKVOp op, IRMapping &mapping) {
  Location loc = op.getLoc();
  Value lo = mapping.lookup(op.getLo()), hi = mapping.lookup(op.getHi());
  Value step = arith::ConstantIndexOp::create(b, loc, op.getStep()), zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value keys = arith::MaxSIOp::create(b, loc, arith::SubIOp::create(b, loc, hi, lo), zero);
  Value tiles = arith::CeilDivSIOp::create(b, loc, keys, step);
  // Both are far below 2^31, and devices divide 64 bits by calling a function.
  auto toI32 = [&](Value v) { return arith::IndexCastOp::create(b, loc, b.getI32Type(), v); };
  Value share = arith::CeilDivUIOp::create(b, loc, toI32(tiles), toI32(mapping.lookup(op.getSplits())));
  share = arith::MulIOp::create(b, loc, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), share), step);
  Value before = arith::MulIOp::create(b, loc, mapping.lookup(op.getSplit()), share);
  Value first = arith::AddIOp::create(b, loc, lo, before);
  Value last = arith::MinSIOp::create(b, loc, hi, arith::AddIOp::create(b, loc, first, share));
  mapping.map(op.getFirst(), first);
  mapping.map(op.getLast(), last);
}

tile::NearTiles camber::tile::findNearTiles(OpBuilder &b, NearRangeOp op, Value first, Value last,
                                            const IRMapping &mapping) {
  Location loc = op.getLoc();
  auto constant = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, loc, v); };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, loc, x, y); };
  auto max = [&](Value x, Value y) -> Value { return arith::MaxSIOp::create(b, loc, x, y); };
  auto min = [&](Value x, Value y) -> Value { return arith::MinSIOp::create(b, loc, x, y); };
  Value lo = mapping.lookup(op.getLo()), hi = mapping.lookup(op.getHi()), keyBase = mapping.lookup(op.getKeyBase());
  Value step = constant(op.getStep()), one = constant(1);
  auto keysFromLo = [&](Value position) { return sub(min(max(sub(position, keyBase), lo), hi), lo); };
  Value tilesBefore = arith::DivUIOp::create(b, loc, keysFromLo(first), step);
  Value tilesTo = arith::CeilDivUIOp::create(b, loc, keysFromLo(add(last, one)), step);
  auto keyOf = [&](Value tiles) { return add(lo, arith::MulIOp::create(b, loc, tiles, step)); };
  NearTiles near{max(lo, keyOf(sub(tilesBefore, one))), min(hi, keyOf(add(tilesTo, one)))};
  if (op.getUseful()) {
    Value useful = mapping.lookup(op.getUseful());
    near.begin = arith::SelectOp::create(b, loc, useful, near.begin, lo);
    near.end = arith::SelectOp::create(b, loc, useful, near.end, hi);
  }
  return near;
}

LogicalResult camber::tile::cloneNormBounds(OpBuilder &b, KeyNormsOp op, IRMapping &mapping) {
  for (Value bound : {op.getBegin(), op.getEnd()})
    if (failed(cloneSlice(b, bound, mapping)))
      return op.emitOpError(
          "needs keys that depend on batch and kv head alone: their norms are computed before all tasks");
  return success();
}
