// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Control flow, programs and rows; values with registers of their own.
#include "BlockEmitter.h"
#include "CheckBlock.h"
#include "CopyGroups.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

BlockEmitter::BlockEmitter(func::FuncOp function, tile::GeometryAttr geometry, ScheduleAttr schedule)
    : function(function), geometry(geometry), schedule(schedule), b(function), loc(function.getLoc()),
      pending(countPendingCopies(function)) {}

Value BlockEmitter::approximate(StringRef function, Value x) {
  auto name = b.getStringAttr("llvm.nvvm." + function);
  return LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(), name, ValueRange{x}).getResults();
}

void BlockEmitter::when(Value condition, function_ref<void()> emit) {
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit();
}

Value BlockEmitter::orZero(Value condition, function_ref<Value()> compute) {
  auto branch = scf::IfOp::create(b, loc, TypeRange{b.getF32Type()}, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, compute());
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, f32(0.0));
  return branch.getResult(0);
}

SmallVector<Value> BlockEmitter::forLoop(Value from, Value to, Value step, ValueRange inits,
                                         function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, from, to, step, inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> yielded = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!yielded.empty()) // a loop that carries nothing has its terminator already
    scf::YieldOp::create(b, loc, yielded);
  return loop.getResults();
}

Value BlockEmitter::shuffleXor(Value x, int64_t mask) {
  return NVVM::ShflOp::create(b, loc, x.getType(), i32(-1), x, i32(mask), i32(31), NVVM::ShflKind::bfly, UnitAttr());
}

//===- registers ---------------------------------------------------------------===//

SmallVector<Type> BlockEmitter::registerTypes(Type type) {
  if (isa<TokenType>(type))
    return {};
  auto tile = dyn_cast<tile::TileType>(type);
  if (!tile)
    return {type};
  int64_t count = 2 * rowFragments();
  if (tile.getShape().size() == 2)
    count *= tile.getShape()[1] / 8 * 2;
  return SmallVector<Type>(count, b.getF32Type());
}

void BlockEmitter::appendRegisters(Value value, SmallVectorImpl<Value> &registers) {
  if (isa<TokenType>(value.getType()))
    return;
  if (isa<tile::TileType>(value.getType()))
    llvm::append_range(registers, fragments.lookup(value));
  else
    registers.push_back(mapping.lookup(value));
}

void BlockEmitter::mapRegisters(Value value, ValueRange &registers) {
  size_t count = registerTypes(value.getType()).size();
  if (isa<tile::TileType>(value.getType()))
    fragments[value] = Fragment(registers.take_front(count));
  else if (count)
    mapping.map(value, registers.front());
  registers = registers.drop_front(count);
}

//===- control flow --------------------------------------------------------------===//

LogicalResult BlockEmitter::emitLoop(scf::ForOp op) {
  SmallVector<Value> inits;
  for (Value init : op.getInitArgs())
    appendRegisters(init, inits);
  auto loop = scf::ForOp::create(b, loc, mapping.lookup(op.getLowerBound()), mapping.lookup(op.getUpperBound()),
                                 mapping.lookup(op.getStep()), inits);
  mapping.map(op.getInductionVar(), loop.getInductionVar());
  ValueRange carried = loop.getRegionIterArgs();
  for (Value argument : op.getRegionIterArgs())
    mapRegisters(argument, carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  if (failed(emitBlock(*op.getBody())))
    return failure();
  SmallVector<Value> yielded;
  for (Value value : op.getBody()->getTerminator()->getOperands())
    appendRegisters(value, yielded);
  if (!yielded.empty()) // a loop that carries nothing has its terminator already
    scf::YieldOp::create(b, loc, yielded);
  ValueRange results = loop.getResults();
  for (Value result : op.getResults())
    mapRegisters(result, results);
  return success();
}

LogicalResult BlockEmitter::emitSwitch(scf::IndexSwitchOp op) {
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    llvm::append_range(types, registerTypes(type));
  auto choice =
      scf::IndexSwitchOp::create(b, loc, types, mapping.lookup(op.getArg()), op.getCases(), op.getCases().size());
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), choice->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&to);
    if (failed(emitBlock(from.front())))
      return failure();
    SmallVector<Value> yielded;
    for (Value value : from.front().getTerminator()->getOperands())
      appendRegisters(value, yielded);
    scf::YieldOp::create(b, loc, yielded);
  }
  ValueRange results = choice.getResults();
  for (Value result : op.getResults())
    mapRegisters(result, results);
  return success();
}

LogicalResult BlockEmitter::emitOp(Operation &operation) {
  loc = operation.getLoc();
  return llvm::TypeSwitch<Operation *, LogicalResult>(&operation)
      .Case<scf::ForOp>([&](auto op) { return emitLoop(op); })
      .Case<scf::IndexSwitchOp>([&](auto op) { return emitSwitch(op); })
      .Case<tile::ScoreOp>([&](auto op) { return emitScore(op); })
      .Case<attn::LookupOp>([&](auto op) { return emitLookup(op), success(); })
      .Case<ProgramIdOp>([&](auto op) { return emitProgram(op), success(); })
      .Case<RingOp>([&](auto op) { return emitRing(op), success(); })
      .Case<StageOp>([&](auto op) { return emitStage(op), success(); })
      .Case<CopyRowsOp>([&](auto op) { return emitCopyRows(op), success(); })
      .Case<CopyKeysOp>([&](auto op) { return emitCopyKeys(op), success(); })
      .Case<DotOp>([&](auto op) { return emitDot(op), success(); })
      .Case<AccumulateOp>([&](auto op) { return emitAccumulate(op), success(); })
      .Case<MaskTailOp>([&](auto op) { return emitMaskTail(op), success(); })
      .Case<EpilogueOp>([&](auto op) { return emitEpilogue(op), success(); })
      .Case<CombineOp>([&](auto op) { return emitCombine(op), success(); })
      .Case<RowNormsOp>([&](auto op) { return emitRowNorms(op), success(); })
      .Case<KeyNormsOp>([&](auto op) { return emitKeyNorms(op), success(); })
      .Case<tile::StateBoundOp>([&](auto op) -> LogicalResult {
        if (failed(tile::checkLowered(op)))
          return failure();
        return emitStateBound(op), success();
      })
      .Case<tile::SkipRangeOp>([&](auto op) -> LogicalResult {
        if (failed(tile::checkLowered(op)))
          return failure();
        return emitSkipRange(op), success();
      })
      .Case<tile::InitStateOp>([&](auto op) { return emitInitState(op), success(); })
      .Case<SoftmaxUpdateOp>([&](auto op) { return emitSoftmaxUpdate(op), success(); })
      .Case<TableOp>([&](auto op) { return emitTable(op), success(); })
      .Case<TabulateOp>([&](auto op) { return emitTabulate(op); })
      .Case<RowValuesOp>([&](auto op) { return emitRowValues(op), success(); })
      .Case<RowOffsetsOp>([&](auto op) { return emitRowOffsets(op), success(); })
      .Case<WaitOp>([&](auto op) {
        NVVM::CpAsyncWaitGroupOp::create(b, loc, pending.lookup(op));
        return success();
      })
      .Case<BarrierOp>([&](auto) {
        NVVM::Barrier0Op::create(b, loc);
        return success();
      })
      .Case<tile::RowBoundsOp>([&](auto op) {
        Value base = mapping.lookup(op.getBase());
        Value first = geometry.getPacked() ? index(0) : firstRow;
        Value last = geometry.getPacked() ? add(qLen, -1) : add(add(firstRow, rowCount), -1);
        mapping.map(op.getMin(), add(first, base));
        mapping.map(op.getMax(), add(last, base));
        return success();
      })
      .Case<tile::BlockHeadOp>([&](auto op) {
        mapping.map(op.getHead(), add(head, geometry.getHeadOffset()));
        return success();
      })
      .Default([&](Operation *op) -> LogicalResult {
        if (isa_and_nonnull<tile::TileDialect, PipelineDialect>(op->getDialect()))
          return op->emitOpError("has no form for threads here");
        b.clone(*op, mapping);
        return success();
      });
}

LogicalResult BlockEmitter::emitBlock(Block &block) {
  for (Operation &operation : block.without_terminator())
    if (failed(emitOp(operation)))
      return failure();
  return success();
}

//===- programs and rows ----------------------------------------------------------===//

void BlockEmitter::emitProgram(ProgramIdOp op) {
  Type type = b.getI32Type();
  blocks = NVVM::GridDimXOp::create(b, loc, type);
  Value x = NVVM::BlockIdXOp::create(b, loc, type), y = NVVM::BlockIdYOp::create(b, loc, type),
        z = NVVM::BlockIdZOp::create(b, loc, type);
  setProgram(op, x, y, z);
  for (int64_t m = 0; m < rowFragments(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      auto [rowHead, query] = rowOf(threadRow(m, h));
      rowHeads.push_back(rowHead);
      rowQueries.push_back(query);
    }
}

void BlockEmitter::setProgram(ProgramIdOp op, Value x, Value y, Value z) {
  program = op;
  qLen = mapping.lookup(op.getQLen());
  splits = mapping.lookup(op.getSplits());
  // Under a causal mask the last blocks have the most keys.
  gridBlock = sub(add(blocks, -1), x);
  Value kvHead = toIndex(y), count = toI32(splits); // which, as z, is below 2^16
  Value batch = toIndex(this->op<arith::DivUIOp>(z, count)), split = toIndex(this->op<arith::RemUIOp>(z, count));
  int64_t group = geometry.getHeads() / geometry.getKvHeads();
  Value block = gridBlock, end = qLen;
  head = mul(y, group);
  if (geometry.getPacked()) {
    end = mul(qLen, group);
  } else {
    head = add(head, this->op<arith::RemUIOp>(gridBlock, i32(group)));
    block = this->op<arith::DivUIOp>(gridBlock, i32(group));
  }
  firstRow = toIndex(mul(block, geometry.getRows()));
  rowEnd = end;
  rowCount = this->op<arith::MinSIOp>(index(geometry.getRows()), sub(end, firstRow));
  mapping.map(op.getBatch(), batch);
  mapping.map(op.getKvHead(), kvHead);
  mapping.map(op.getSplit(), split);
}

std::pair<Value, Value> BlockEmitter::rowOf(Value row) {
  return coordOf(op<arith::MinSIOp>(add(toI32(firstRow), row), add(toI32(rowEnd), -1)));
}

std::pair<Value, Value> BlockEmitter::existingRowOf(Value row) { return coordOf(add(toI32(firstRow), row)); }

std::pair<Value, Value> BlockEmitter::coordOf(Value number) {
  if (!geometry.getPacked())
    return {head, number};
  Value length = toI32(qLen);
  return {add(head, op<arith::DivUIOp>(number, length)), op<arith::RemUIOp>(number, length)};
}

void BlockEmitter::setThread(Value id) {
  auto bits = [&](Value v, int64_t mask) { return op<arith::AndIOp>(v, i32(mask)); };
  thread = id;
  lane = bits(thread, 31);
  warp = op<arith::ShRUIOp>(thread, i32(5));
  laneGroup = op<arith::ShRUIOp>(lane, i32(2));
  lanePair = bits(lane, 3);
}

/// An instruction that stays where it is, and is not combined with another.
static Value emitFixed(OpBuilder &b, Location loc, const Twine &instruction, StringRef constraints, Type type,
                       ValueRange operands) {
  return LLVM::InlineAsmOp::create(b, loc, type, operands, instruction.str(), constraints, /*has_side_effects=*/true,
                                   /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
                                   LLVM::AsmDialectAttr(), ArrayAttr())
      .getResult(0);
}

Value BlockEmitter::pin(Value x) { return emitFixed(b, loc, "mov.b32 $0, $1;", "=f,f", b.getF32Type(), x); }

void BlockEmitter::rematerializeIds() {
  auto read = [&](StringRef name) { return emitFixed(b, loc, "mov.u32 $0, %" + name + ";", "=r", b.getI32Type(), {}); };
  setThread(read("tid.x"));
  blocks = read("nctaid.x");
  Value x = read("ctaid.x"), y = read("ctaid.y"), z = read("ctaid.z");
  setProgram(program, x, y, z);
}

LogicalResult BlockEmitter::emit() {
  Block *old = &function.getBody().front();
  Block *entry = b.createBlock(&function.getBody(), function.getBody().end(), function.getArgumentTypes(),
                               SmallVector<Location>(function.getNumArguments(), loc));
  mapping.map(old->getArguments(), entry->getArguments());
  b.setInsertionPointToStart(entry);
  setThread(NVVM::ThreadIdXOp::create(b, loc, b.getI32Type()));
  std::string name = (function.getName() + "_shared").str();
  auto bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(function);
    LLVM::GlobalOp::create(b, loc, bytes, /*isConstant=*/false, LLVM::Linkage::External, name, Attribute(),
                           /*alignment=*/128, /*addrSpace=*/3);
  }
  shared = LLVM::AddressOfOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext(), 3), name);
  if (failed(emitBlock(*old)))
    return failure();
  func::ReturnOp::create(b, loc);
  old->dropAllReferences();
  old->erase();
  function->setAttr("camber.shared_bytes", b.getI64IntegerAttr(sharedBytes));
  return success();
}

namespace camber::pipeline {
#define GEN_PASS_DEF_CONVERTPIPELINETONVVM
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

namespace {
struct ConvertPipelineToNVVM : pipeline::impl::ConvertPipelineToNVVMBase<ConvertPipelineToNVVM> {
  void runOnOperation() override {
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-pipeline")))
      return signalPassFailure();
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      auto geometry = function->getAttrOfType<tile::GeometryAttr>("camber.geometry");
      auto schedule = function->getAttrOfType<ScheduleAttr>("camber.schedule");
      if (!geometry || !schedule)
        continue;
      if (failed(checkBlock(function, geometry, schedule)) || failed(BlockEmitter(function, geometry, schedule).emit()))
        return signalPassFailure();
    }
  }
};
} // namespace
