// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-emit-kernel-abi: K_plan and K_run of camber/Runtime/abi.h around the task functions.
#include "AbiBuilder.h"
#include "CheckTask.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Kernel.h"

namespace camber::cpu {
#define GEN_PASS_DEF_EMITKERNELABI
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber;
using namespace camber::cpu;
using arith::CmpIPredicate;

func::FuncOp AbiBuilder::entry(StringRef suffix, ArrayRef<Type> types) {
  b.setInsertionPointToEnd(cast<ModuleOp>(task->getParentOp()).getBody());
  auto function = func::FuncOp::create(b, loc, (name + suffix).str(), b.getFunctionType(types, {i32()}));
  b.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

void AbiBuilder::collectOperands() {
  for (unsigned i = 0; i < task.getNumArguments() - 8; ++i)
    operands.push_back({{}, task.getArgAttrOfType<StringAttr>(i, "attn.role"), task.getArgumentTypes()[i]});
}

void AbiBuilder::readOperands(Value args) {
  for (auto [i, operand] : llvm::enumerate(operands))
    static_cast<ArgumentTensor &>(operand) = emitReadTensor(b, task, i, args, header);
}

/// Row blocks of one (batch, kv head).
Value AbiBuilder::blocksPerKvHead() {
  int64_t group = geometry.getHeads() / geometry.getKvHeads();
  if (geometry.getPacked())
    return ceilDiv(mul(header.qLen, constant(group)), geometry.getRows());
  return mul(ceilDiv(header.qLen, geometry.getRows()), constant(group));
}

/// Whether the norms of keys are computed: with fewer queries it would cost more than it saves.
Value AbiBuilder::isPrepared() {
  int64_t least = task->getAttrOfType<IntegerAttr>("camber.prepare_q_len_min").getInt();
  return both(compare(CmpIPredicate::sge, header.qLen, constant(std::max<int64_t>(least, 1))),
              compare(CmpIPredicate::sgt, header.kvLen, constant(0)));
}

static_assert(tile::KeyNormsOp::kBlock == CAMBER_KEY_BLOCK && attn::AttentionOp::kNormBlock == CAMBER_KEY_BLOCK);

/// Norms of one (batch, kv head): two float32 per block of keys.
Value AbiBuilder::normBytes() { return mul(ceilDiv(header.kvLen, CAMBER_KEY_BLOCK), constant(8)); }

/// Norms of all, in whole units of alignment; partial results come after them.
Value AbiBuilder::allNormBytes() {
  if (!prepare)
    return constant(0);
  // Inputs may be broadcast, so their number alone does not keep the product from overflowing.
  Value heads = min(mul(header.batch, constant(geometry.getKvHeads())), constant(int64_t(1) << 40));
  Value bytes = mul(ceilDiv(mul(heads, normBytes()), CAMBER_WORKSPACE_ALIGNMENT), constant(CAMBER_WORKSPACE_ALIGNMENT));
  return arith::SelectOp::create(b, loc, isPrepared(), bytes, constant(0));
}

void AbiBuilder::buildPlan() {
  func::FuncOp plan = entry("_plan", {pointer(), i32(), pointer()});
  Value args = plan.getArgument(0), threads = plan.getArgument(1), result = plan.getArgument(2);
  Value zero = constant(0), one = constant(1);
  Value null =
      either(compare(CmpIPredicate::eq, asInteger(args), zero), compare(CmpIPredicate::eq, asInteger(result), zero));
  Value status = flag(constant32(CAMBER_OK), null, CAMBER_ERROR_NULL_ARGS);
  status = ifOk(status, [&] {
    Value valid = checkStruct(checkHeader(args), result, sizeof(camber_plan));
    valid = flag(valid, compare(CmpIPredicate::slt, threads, constant32(1)), CAMBER_ERROR_THREADS);
    return valid;
  });
  status = ifOk(status, [&] {
    readHeader(args);
    Value badBatch = either(compare(CmpIPredicate::slt, header.batch, zero),
                            compare(CmpIPredicate::sge, header.batch, constant(int64_t(1) << 31)));
    Value sizes = flag(constant32(CAMBER_OK), badBatch, CAMBER_ERROR_BATCH);
    sizes = checkLength(sizes, header.qLen, "query", CAMBER_ERROR_QUERY_LENGTH);
    sizes = checkLength(sizes, header.kvLen, "key", CAMBER_ERROR_KEY_LENGTH);
    return ifOk(sizes, [&] {
      readOperands(args);
      return ifOk(checkOperands(constant32(CAMBER_OK)), [&] {
        return ifOk(checkRanges(constant32(CAMBER_OK)), [&] {
          // Keys are split where there are fewer row blocks than threads, into parts long enough to be worth a thread.
          // The numbers of units and tasks do not overflow: an output reaches over less than 2^58 elements.
          Value units = mul(mul(header.batch, constant(geometry.getKvHeads())), blocksPerKvHead());
          Value wanted = arith::ExtSIOp::create(b, loc, i64(), threads);
          Value perUnit = arith::DivSIOp::create(b, loc, add(wanted, sub(max(units, one), one)), max(units, one));
          constexpr int64_t minKeys = 256;
          Value parts = arith::DivSIOp::create(b, loc, header.kvLen, constant(std::max(minKeys, geometry.getKeys())));
          Value splits = max(one, min(perUnit, parts));
          Value split = compare(CmpIPredicate::sgt, splits, one);
          Value tasks = mul(units, splits);
          int64_t partialBytes = task->getAttrOfType<IntegerAttr>("camber.partial_bytes").getInt();
          Value shared = arith::SelectOp::create(b, loc, split, mul(tasks, constant(partialBytes)), zero);
          Value prepared = zero;
          if (prepare) {
            shared = add(shared, allNormBytes());
            Value heads = mul(header.batch, constant(geometry.getKvHeads()));
            prepared = arith::SelectOp::create(b, loc, isPrepared(), heads, zero);
          }
          store(constant(fingerprint), result, offsetof(camber_plan, fingerprint));
          store(header.batch, result, offsetof(camber_plan, batch));
          store(header.qLen, result, offsetof(camber_plan, q_len));
          store(header.kvLen, result, offsetof(camber_plan, kv_len));
          store(prepared, result, offsetof(camber_plan, tasks));
          store(tasks, result, offsetof(camber_plan, tasks) + 8);
          store(arith::SelectOp::create(b, loc, split, units, zero), result, offsetof(camber_plan, tasks) + 16);
          store(splits, result, offsetof(camber_plan, num_splits));
          store(shared, result, offsetof(camber_plan, shared_workspace_bytes));
          store(constant(task->getAttrOfType<IntegerAttr>("camber.thread_bytes").getInt()), result,
                offsetof(camber_plan, thread_workspace_bytes));
          return constant32(CAMBER_OK);
        });
      });
    });
  });
  func::ReturnOp::create(b, loc, ValueRange{status});
}

/// Sets flush-to-zero and denormals-are-zero; returns what to restore. A bias that falls makes probabilities
/// underflow, and subnormal operands cost a factor of two.
Value AbiBuilder::emitSetMode() {
  if (arch == "aarch64") {
    Value saved = LLVM::CallIntrinsicOp::create(b, loc, i64(), b.getStringAttr("llvm.aarch64.get.fpcr"), ValueRange{})
                      .getResult(0);
    Value mode = arith::OrIOp::create(b, loc, saved, constant(int64_t(1) << 24));
    LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr("llvm.aarch64.set.fpcr"), ValueRange{mode});
    return saved;
  }
  Value slot = LLVM::AllocaOp::create(b, loc, pointer(), i32(), constant32(2), /*alignment=*/4);
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr("llvm.x86.sse.stmxcsr"), ValueRange{slot});
  Value mode = arith::OrIOp::create(b, loc, load(slot, 0, i32()), constant32(0x8040));
  store(mode, slot, 4);
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr("llvm.x86.sse.ldmxcsr"), ValueRange{at(slot, 4)});
  return slot;
}

void AbiBuilder::emitRestoreMode(Value saved) {
  StringRef intrinsic = arch == "aarch64" ? "llvm.aarch64.set.fpcr" : "llvm.x86.sse.ldmxcsr";
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(intrinsic), ValueRange{saved});
}

/// Calls the task, and again where it has left NaN at `notFinite`, if there is such a place: it has found values that
/// are not finite, and leaves 0 the second time.
void AbiBuilder::callTask(ValueRange callArgs, Value notFinite) {
  if (!notFinite) {
    func::CallOp::create(b, loc, task, callArgs);
    return;
  }
  auto runs = scf::WhileOp::create(b, loc, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&runs.getAfter());
  scf::YieldOp::create(b, loc);
  b.createBlock(&runs.getBefore());
  func::CallOp::create(b, loc, task, callArgs);
  Value zeroOrNaN = load(notFinite, 0, b.getF32Type());
  Value again = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, zeroOrNaN, zeroOrNaN);
  scf::ConditionOp::create(b, loc, again, ValueRange());
}

/// @k_tasks(args, splits, phase, begin, end, shared, thread): runs tasks. Never inlined: LLVM may move floating-point
/// operations across the instruction that sets the mode.
func::FuncOp AbiBuilder::buildTasks() {
  func::FuncOp tasks = entry("_tasks", {pointer(), i64(), i32(), i64(), i64(), pointer(), pointer()});
  tasks.setPrivate();
  Value args = tasks.getArgument(0), splits = tasks.getArgument(1), phase = tasks.getArgument(2);
  readHeader(args);
  readOperands(args);
  SmallVector<Value> common;
  for (Operand &operand : operands)
    common.push_back(emitOperand(b, loc, operand.type, operand));
  auto bytesType = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  auto bytes = [&](Value data) { return emitOperand(b, loc, bytesType, {data, {constant(INT64_MAX)}, {constant(1)}}); };
  Value thread = bytes(tasks.getArgument(6));
  Value kvHeads = constant(geometry.getKvHeads()), blocks = blocksPerKvHead();
  Value inMain = compare(CmpIPredicate::eq, phase, constant32(CAMBER_PHASE_MAIN));
  Value merging = compare(CmpIPredicate::eq, phase, constant32(CAMBER_PHASE_COMBINE));
  Value perUnit = arith::SelectOp::create(b, loc, inMain, splits, constant(1));
  Value normsEnd = allNormBytes();
  int64_t partialBytes = task->getAttrOfType<IntegerAttr>("camber.partial_bytes").getInt();
  Value notFinite;
  if (auto offset = task->getAttrOfType<IntegerAttr>("camber.not_finite_offset")) {
    notFinite = at(tasks.getArgument(6), offset.getInt());
    store(arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0)), notFinite, 0);
  }
  auto loop = scf::ForOp::create(b, loc, index(tasks.getArgument(3)), index(tasks.getArgument(4)), index(constant(1)));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value number = arith::IndexCastOp::create(b, loc, i64(), loop.getInductionVar());
    // Splits fastest, then kv head, batch, and row blocks from the last, which under a causal mask is the longest.
    Value split = arith::RemSIOp::create(b, loc, number, perUnit),
          unit = arith::DivSIOp::create(b, loc, number, perUnit);
    Value kvHead = arith::RemSIOp::create(b, loc, unit, kvHeads), rest = arith::DivSIOp::create(b, loc, unit, kvHeads);
    Value batchIndex = arith::RemSIOp::create(b, loc, rest, header.batch),
          fromLast = arith::DivSIOp::create(b, loc, rest, header.batch);
    Value block = sub(sub(blocks, constant(1)), fromLast);
    auto sharedAt = [&](Value offset) {
      return bytes(
          LLVM::GEPOp::create(b, loc, pointer(), b.getI8Type(), tasks.getArgument(5), ArrayRef<LLVM::GEPArg>{offset}));
    };
    Value partials = sharedAt(add(normsEnd, mul(mul(unit, splits), constant(partialBytes))));
    Value norms = sharedAt(prepare ? mul(add(mul(batchIndex, kvHeads), kvHead), normBytes()) : constant(0));
    SmallVector<Value> callArgs(common);
    for (Value v : {batchIndex, kvHead, block, split, splits})
      callArgs.push_back(index(v));
    callArgs.append({partials, norms, thread});
    auto callIf = [&](Value condition, func::FuncOp function) {
      auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/true);
      b.setInsertionPointToStart(branch.thenBlock());
      func::CallOp::create(b, loc, function, callArgs);
      b.setInsertionPointToStart(branch.elseBlock());
    };
    callIf(merging, combine);
    if (prepare)
      callIf(compare(CmpIPredicate::eq, phase, constant32(CAMBER_PHASE_PREPARE)), prepare);
    callTask(callArgs, notFinite);
  }
  func::ReturnOp::create(b, loc, ValueRange{constant32(CAMBER_OK)});
  return tasks;
}

void AbiBuilder::buildRun() {
  func::FuncOp tasks = buildTasks();
  func::FuncOp run = entry("_run", {pointer(), pointer(), i32(), i64(), i64(), pointer(), pointer()});
  Value args = run.getArgument(0), plan = run.getArgument(1), phase = run.getArgument(2);
  Value begin = run.getArgument(3), end = run.getArgument(4), shared = run.getArgument(5), thread = run.getArgument(6);
  Value zero = constant(0);
  Value null =
      either(compare(CmpIPredicate::eq, asInteger(args), zero), compare(CmpIPredicate::eq, asInteger(plan), zero));
  Value status = flag(constant32(CAMBER_OK), null, CAMBER_ERROR_NULL_ARGS);
  status = ifOk(status, [&] {
    Value s = checkStruct(checkHeader(args), plan, sizeof(camber_plan));
    s = flag(s,
             compare(CmpIPredicate::ne, load(plan, offsetof(camber_plan, fingerprint), i64()), constant(fingerprint)),
             CAMBER_ERROR_PLAN_MISMATCH);
    return flag(s, compare(CmpIPredicate::uge, phase, constant32(CAMBER_NUM_PHASES)), CAMBER_ERROR_PHASE);
  });
  status = ifOk(status, [&] {
    readHeader(args);
    Value s = compare(CmpIPredicate::slt, load(plan, offsetof(camber_plan, num_splits), i64()), constant(1));
    for (auto [size, offset] : {std::pair(header.batch, offsetof(camber_plan, batch)),
                                {header.qLen, offsetof(camber_plan, q_len)},
                                {header.kvLen, offsetof(camber_plan, kv_len)}})
      s = either(s, compare(CmpIPredicate::ne, size, load(plan, offset, i64())));
    return flag(constant32(CAMBER_OK), s, CAMBER_ERROR_PLAN_MISMATCH);
  });
  status = ifOk(status, [&] {
    Value wide = arith::ExtUIOp::create(b, loc, i64(), phase);
    Value count =
        LLVM::LoadOp::create(b, loc, i64(),
                             LLVM::GEPOp::create(b, loc, pointer(), i64(), at(plan, offsetof(camber_plan, tasks)),
                                                 ArrayRef<LLVM::GEPArg>{wide}));
    Value s = constant32(CAMBER_OK);
    Value wrong = either(compare(CmpIPredicate::slt, begin, zero),
                         either(compare(CmpIPredicate::sgt, begin, end), compare(CmpIPredicate::sgt, end, count)));
    s = flag(s, wrong, CAMBER_ERROR_TASK_RANGE);
    Value work = compare(CmpIPredicate::slt, begin, end);
    Value sharedBytes = load(plan, offsetof(camber_plan, shared_workspace_bytes), i64());
    Value needsShared = compare(CmpIPredicate::ne, sharedBytes, zero);
    Value missing = either(compare(CmpIPredicate::eq, asInteger(thread), zero),
                           both(needsShared, compare(CmpIPredicate::eq, asInteger(shared), zero)));
    s = flag(s, both(work, missing), CAMBER_ERROR_NULL_ARGS);
    for (Value workspace : {thread, shared}) {
      Value off = arith::RemUIOp::create(b, loc, asInteger(workspace), constant(CAMBER_WORKSPACE_ALIGNMENT));
      s = flag(s, compare(CmpIPredicate::ne, off, zero), CAMBER_ERROR_WORKSPACE_ALIGNMENT);
    }
    Value proceed = both(compare(CmpIPredicate::eq, s, constant32(CAMBER_OK)), work);
    auto branch = scf::IfOp::create(b, loc, TypeRange{i32()}, proceed, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value saved = emitSetMode();
    Value splits = load(plan, offsetof(camber_plan, num_splits), i64());
    Value done =
        func::CallOp::create(b, loc, tasks, ValueRange{args, splits, phase, begin, end, shared, thread}).getResult(0);
    emitRestoreMode(saved);
    scf::YieldOp::create(b, loc, ValueRange{done});
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, ValueRange{s});
    return branch.getResult(0);
  });
  func::ReturnOp::create(b, loc, ValueRange{status});
  // Read by the LLVM translation: the kernel computes with flushed subnormals and is never inlined into the frame.
  auto denormal = b.getArrayAttr({b.getStringAttr("denormal-fp-math"), b.getStringAttr("preserve-sign,preserve-sign")});
  for (auto function : cast<ModuleOp>(task->getParentOp()).getOps<func::FuncOp>()) {
    if (!function.isPrivate() || function.isExternal()) // plan and run stay as the caller has set the mode
      continue;
    SmallVector<Attribute> attributes = {denormal};
    if (function == tasks)
      attributes.push_back(b.getStringAttr("noinline"));
    function->setAttr("passthrough", b.getArrayAttr(attributes));
  }
}

void AbiBuilder::build() {
  collectOperands();
  buildPlan();
  buildRun();
  // The attributes have become code.
  for (func::FuncOp function : {task, combine, prepare}) {
    if (!function)
      continue;
    SmallVector<StringAttr> config;
    for (NamedAttribute attribute : function->getDiscardableAttrs())
      if (attribute.getName().getValue().starts_with("camber."))
        config.push_back(attribute.getName());
    for (StringAttr fact : config)
      function->removeDiscardableAttr(fact);
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.setArgAttrs(i, DictionaryAttr::get(b.getContext()));
  }
}

namespace {
struct EmitKernelABI : cpu::impl::EmitKernelABIBase<EmitKernelABI> {
  using EmitKernelABIBase::EmitKernelABIBase;
  void runOnOperation() override {
    if (arch != "x86_64" && arch != "aarch64") {
      getOperation().emitError() << "the FP control register of architecture '" << arch
                                 << "' is not known; arch must be x86_64 or aarch64";
      return signalPassFailure();
    }
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-cpu")))
      return signalPassFailure();
    SmallVector<func::FuncOp> tasks;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr("camber.geometry"))
        tasks.push_back(function);
    for (func::FuncOp task : tasks) {
      StringRef name = task.getName();
      auto combine =
          name.consume_back("_task") ? getOperation().lookupSymbol<func::FuncOp>((name + "_combine").str()) : nullptr;
      if (!combine) {
        task.emitOpError("must be called k_task and come with k_combine; run convert-tile-to-cpu first");
        return signalPassFailure();
      }
      auto prepare = getOperation().lookupSymbol<func::FuncOp>((name + "_prepare").str());
      if (failed(cpu::checkTask(task, combine, prepare)))
        return signalPassFailure();
      AbiBuilder(task, combine, prepare, arch, fingerprint).build();
    }
  }
};
} // namespace
