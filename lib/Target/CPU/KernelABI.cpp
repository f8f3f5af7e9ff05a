// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-emit-kernel-abi: K_plan and K_run of camber/Runtime/abi.h around the task functions.
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Runtime/abi.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <cstddef>

namespace camber::cpu {
#define GEN_PASS_DEF_EMITKERNELABI
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber;
using arith::CmpIPredicate;

namespace {
/// One operand of the argument struct.
struct Operand {
  StringRef role, name;
  Type type; ///< of the task's argument: a memref, or a scalar read through the pointer
  SmallVector<Value> sizes;
  Value data;
  SmallVector<Value> strides;

  bool isOutput() const { return role == "output" || role == "lse"; }
  Type element() const { return isa<MemRefType>(type) ? cast<MemRefType>(type).getElementType() : type; }
  int64_t elementBytes() const { return element().getIntOrFloatBitWidth() / 8; }
};

class InterfaceBuilder {
public:
  InterfaceBuilder(func::FuncOp task, func::FuncOp merge, StringRef arch, uint64_t fingerprint)
      : task(task), merge(merge), name(task.getName().drop_back(StringRef("_task").size())), arch(arch),
        fingerprint(fingerprint), geometry(task->getAttrOfType<tile::GeometryAttr>("camber.geometry")), b(task->getParentOp()),
        loc(task.getLoc()) {}
  LogicalResult build();

private:
  Type i32() { return b.getI32Type(); }
  Type i64() { return b.getI64Type(); }
  Type pointer() { return LLVM::LLVMPointerType::get(b.getContext()); }
  Value constant(int64_t v) { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); }
  Value constant32(int32_t v) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(b, loc, x, y); }
  Value min(Value x, Value y) { return arith::MinSIOp::create(b, loc, x, y); }
  Value max(Value x, Value y) { return arith::MaxSIOp::create(b, loc, x, y); }
  Value ceilDiv(Value x, int64_t y) { return arith::DivSIOp::create(b, loc, add(x, constant(y - 1)), constant(y)); }
  Value compare(CmpIPredicate p, Value x, Value y) { return arith::CmpIOp::create(b, loc, p, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value index(Value v) { return arith::IndexCastOp::create(b, loc, b.getIndexType(), v); }
  Value asInteger(Value p) { return LLVM::PtrToIntOp::create(b, loc, i64(), p); }
  Value at(Value base, int64_t offset) {
    return LLVM::GEPOp::create(b, loc, pointer(), b.getI8Type(), base, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  }
  Value load(Value base, int64_t offset, Type type) { return LLVM::LoadOp::create(b, loc, type, at(base, offset)); }
  void store(Value value, Value base, int64_t offset) { LLVM::StoreOp::create(b, loc, value, at(base, offset)); }

  /// status := code where status is still OK and `wrong` holds.
  Value flag(Value status, Value wrong, int32_t code) {
    Value first = both(compare(CmpIPredicate::eq, status, constant32(CAMBER_OK)), wrong);
    return arith::SelectOp::create(b, loc, first, constant32(code), status);
  }
  /// What `then` computes where status is OK, else status.
  Value ifOk(Value status, function_ref<Value()> then) {
    Value ok = compare(CmpIPredicate::eq, status, constant32(CAMBER_OK));
    auto branch = scf::IfOp::create(b, loc, TypeRange{i32()}, ok, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value result = then();
    scf::YieldOp::create(b, loc, ValueRange{result});
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, ValueRange{status});
    return branch.getResult(0);
  }

  func::FuncOp entry(StringRef suffix, ArrayRef<Type> types);
  LogicalResult collectOperands();
  void readHeader(Value args);
  void readOperands(Value args);
  Value checkHeader(Value args);
  Value checkLength(Value status, Value length, StringRef role, int32_t code);
  Value checkOperands(Value status);
  Value checkRanges(Value status);
  Value findOperand(StringRef role, Value batchIndex, Value otherwise);
  Value blocksPerKvHead();
  void buildPlan();
  void buildRun();
  func::FuncOp buildTasks();
  Value descriptor(Operand &operand);
  Value emitSetMode();
  void emitRestoreMode(Value saved);

  func::FuncOp task, merge;
  StringRef name, arch;
  uint64_t fingerprint;
  tile::GeometryAttr geometry;
  OpBuilder b;
  Location loc;
  SmallVector<Operand> operands;
  Value batch, qLen, kvLen;
};
} // namespace

func::FuncOp InterfaceBuilder::entry(StringRef suffix, ArrayRef<Type> types) {
  b.setInsertionPointToEnd(cast<ModuleOp>(task->getParentOp()).getBody());
  auto function = func::FuncOp::create(b, loc, (name + suffix).str(), b.getFunctionType(types, {i32()}));
  b.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

LogicalResult InterfaceBuilder::collectOperands() {
  operands.clear();
  for (unsigned i = 0; i < task.getNumArguments() - 7; ++i) {
    auto role = task.getArgAttrOfType<StringAttr>(i, "attn.role");
    auto operandName = task.getArgAttrOfType<StringAttr>(i, "attn.name");
    if (!role || !operandName || !task.getArgAttrOfType<ArrayAttr>(i, "attn.dims"))
      return task.emitOpError() << "argument " << i << " is not described; run attn-annotate-kernels first";
    operands.push_back({role, operandName, task.getArgumentTypes()[i], {}, {}, {}});
  }
  return success();
}

void InterfaceBuilder::readHeader(Value args) {
  batch = load(args, offsetof(camber_args_header, batch), i64());
  qLen = load(args, offsetof(camber_args_header, q_len), i64());
  kvLen = load(args, offsetof(camber_args_header, kv_len), i64());
}

void InterfaceBuilder::readOperands(Value args) {
  for (auto [i, operand] : llvm::enumerate(operands)) {
    int64_t base = sizeof(camber_args_header) + i * sizeof(camber_tensor);
    operand.data = load(args, base + offsetof(camber_tensor, data), pointer());
    operand.sizes.clear();
    operand.strides.clear();
    for (auto [dim, attr] : llvm::enumerate(task.getArgAttrOfType<ArrayAttr>(i, "attn.dims"))) {
      auto symbol = dyn_cast<StringAttr>(attr);
      operand.sizes.push_back(!symbol                      ? constant(cast<IntegerAttr>(attr).getInt())
                              : symbol.getValue() == "batch" ? batch
                              : symbol.getValue() == "q_len" ? qLen
                                                             : kvLen);
      operand.strides.push_back(load(args, base + offsetof(camber_tensor, strides) + 8 * dim, i64()));
    }
  }
}

/// Sizes and versions: everything that must hold before the operands may be read.
Value InterfaceBuilder::checkHeader(Value args) {
  Value status = constant32(CAMBER_OK);
  int32_t size = sizeof(camber_args_header) + operands.size() * sizeof(camber_tensor);
  status = flag(status, compare(CmpIPredicate::ne, load(args, 0, i32()), constant32(size)), CAMBER_ERROR_STRUCT_SIZE);
  status = flag(status, compare(CmpIPredicate::ne, load(args, 4, i32()), constant32(CAMBER_ABI_VERSION)),
                CAMBER_ERROR_ABI_VERSION);
  return status;
}

/// A static length must be met, a bounded one not exceeded. Lengths of 0 are valid for dynamic lengths.
Value InterfaceBuilder::checkLength(Value status, Value length, StringRef role, int32_t code) {
  constexpr int64_t limit = int64_t(1) << 24;
  Value wrong = either(compare(CmpIPredicate::slt, length, constant(0)), compare(CmpIPredicate::sge, length, constant(limit)));
  for (const Operand &operand : operands)
    if (operand.role == role && !cast<MemRefType>(operand.type).isDynamicDim(2))
      wrong = compare(CmpIPredicate::ne, length, constant(cast<MemRefType>(operand.type).getDimSize(2)));
  StringRef bound = role == "query" ? "camber.q_len_max" : "camber.kv_len_max";
  if (auto most = task->getAttrOfType<IntegerAttr>(bound))
    wrong = either(wrong, compare(CmpIPredicate::sgt, length, constant(most.getInt())));
  return flag(status, wrong, code);
}

Value InterfaceBuilder::checkOperands(Value status) {
  Value zero = constant(0), one = constant(1);
  SmallVector<Value> first, last, nonEmpty;
  for (Operand &operand : operands) {
    Value address = asInteger(operand.data), some = compare(CmpIPredicate::eq, zero, zero);
    Value extent = zero;
    for (auto [size, stride] : llvm::zip(operand.sizes, operand.strides)) {
      some = both(some, compare(CmpIPredicate::sgt, size, zero));
      extent = add(extent, mul(sub(size, one), stride));
    }
    status = flag(status, both(some, compare(CmpIPredicate::eq, address, zero)), CAMBER_ERROR_NULL_OPERAND);
    Value misaligned = arith::RemUIOp::create(b, loc, address, constant(operand.elementBytes()));
    status = flag(status, compare(CmpIPredicate::ne, misaligned, zero), CAMBER_ERROR_ALIGNMENT);
    bool headDimLast = operand.sizes.size() == 4 && operand.role != "parameter";
    for (auto [dim, stride] : llvm::enumerate(operand.strides)) {
      if (headDimLast && dim == 3) {
        status = flag(status, compare(CmpIPredicate::ne, stride, one), CAMBER_ERROR_HEAD_DIM_STRIDE);
        continue;
      }
      Value wrong = compare(CmpIPredicate::slt, stride, zero);
      if (operand.isOutput())
        wrong = either(wrong, both(compare(CmpIPredicate::eq, stride, zero), compare(CmpIPredicate::sgt, operand.sizes[dim], one)));
      status = flag(status, wrong, CAMBER_ERROR_STRIDE);
    }
    first.push_back(address);
    last.push_back(add(address, mul(add(extent, one), constant(operand.elementBytes()))));
    nonEmpty.push_back(some);
  }
  for (size_t i = 0; i < operands.size(); ++i)
    for (size_t j = 0; j < operands.size(); ++j) {
      if (!operands[i].isOutput() || i == j || (operands[j].isOutput() && j < i))
        continue;
      Value overlap = both(compare(CmpIPredicate::ult, first[i], last[j]), compare(CmpIPredicate::ult, first[j], last[i]));
      status = flag(status, both(overlap, both(nonEmpty[i], nonEmpty[j])), CAMBER_ERROR_ALIASING);
    }
  return status;
}

/// Entry `batchIndex` of an i32 [B] operand, as i64, or `otherwise` where the kernel has none of that role.
Value InterfaceBuilder::findOperand(StringRef role, Value batchIndex, Value otherwise) {
  for (Operand &operand : operands) {
    if (operand.role != role)
      continue;
    Value offset = mul(batchIndex, operand.strides[0]);
    Value address = LLVM::GEPOp::create(b, loc, pointer(), i32(), operand.data, ArrayRef<LLVM::GEPArg>{offset});
    return arith::ExtSIOp::create(b, loc, i64(), LLVM::LoadOp::create(b, loc, i32(), address));
  }
  return otherwise;
}

/// Key ranges and positions, which are data: one pass over the batch.
Value InterfaceBuilder::checkRanges(Value status) {
  bool any = llvm::any_of(operands, [](const Operand &operand) {
    return llvm::is_contained({"key_begin", "key_end", "query_offset", "key_offset"}, operand.role);
  });
  if (!any)
    return status;
  Value zero = constant(0);
  auto loop = scf::ForOp::create(b, loc, index(zero), index(batch), index(constant(1)), ValueRange{status});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value i = arith::IndexCastOp::create(b, loc, i64(), loop.getInductionVar());
  Value current = loop.getRegionIterArg(0);
  Value begin = findOperand("key_begin", i, zero), end = findOperand("key_end", i, kvLen);
  Value wrong = either(compare(CmpIPredicate::slt, begin, zero),
                       either(compare(CmpIPredicate::sgt, begin, end), compare(CmpIPredicate::sgt, end, kvLen)));
  current = flag(current, wrong, CAMBER_ERROR_KEY_RANGE);
  Value limit = constant(int64_t(1) << 24), low = constant(-(int64_t(1) << 24));
  for (auto [role, length] : {std::pair<StringRef, Value>{"query_offset", qLen}, {"key_offset", kvLen}}) {
    Value offset = findOperand(role, i, zero);
    Value farthest = add(offset, max(sub(length, constant(1)), zero));
    current = flag(current, either(compare(CmpIPredicate::sle, offset, low), compare(CmpIPredicate::sge, farthest, limit)),
                   CAMBER_ERROR_POSITION);
  }
  scf::YieldOp::create(b, loc, ValueRange{current});
  return loop.getResult(0);
}

/// Row blocks of one (batch, kv head).
Value InterfaceBuilder::blocksPerKvHead() {
  int64_t group = geometry.getHeads() / geometry.getKvHeads();
  if (geometry.getPacked())
    return ceilDiv(mul(qLen, constant(group)), geometry.getRows());
  return mul(ceilDiv(qLen, geometry.getRows()), constant(group));
}

void InterfaceBuilder::buildPlan() {
  func::FuncOp plan = entry("_plan", {pointer(), i32(), pointer()});
  Value args = plan.getArgument(0), threads = plan.getArgument(1), result = plan.getArgument(2);
  Value zero = constant(0), one = constant(1);
  Value null = either(compare(CmpIPredicate::eq, asInteger(args), zero), compare(CmpIPredicate::eq, asInteger(result), zero));
  Value status = flag(constant32(CAMBER_OK), null, CAMBER_ERROR_NULL_ARGS);
  status = ifOk(status, [&] {
    Value header = checkHeader(args);
    header = flag(header, compare(CmpIPredicate::ne, load(result, 0, i32()), constant32(sizeof(camber_plan))),
                  CAMBER_ERROR_STRUCT_SIZE);
    header = flag(header, compare(CmpIPredicate::ne, load(result, 4, i32()), constant32(CAMBER_ABI_VERSION)),
                  CAMBER_ERROR_ABI_VERSION);
    header = flag(header, compare(CmpIPredicate::slt, threads, constant32(1)), CAMBER_ERROR_THREADS);
    return header;
  });
  status = ifOk(status, [&] {
    readHeader(args);
    Value badBatch = either(compare(CmpIPredicate::slt, batch, zero), compare(CmpIPredicate::sge, batch, constant(int64_t(1) << 31)));
    Value sizes = flag(constant32(CAMBER_OK), badBatch, CAMBER_ERROR_BATCH);
    sizes = checkLength(sizes, qLen, "query", CAMBER_ERROR_QUERY_LENGTH);
    sizes = checkLength(sizes, kvLen, "key", CAMBER_ERROR_KEY_LENGTH);
    return ifOk(sizes, [&] {
      readOperands(args);
      return ifOk(checkOperands(constant32(CAMBER_OK)), [&] {
        return ifOk(checkRanges(constant32(CAMBER_OK)), [&] {
          // Keys are split where there are fewer row blocks than threads, into parts of at least four tiles.
          Value units = mul(mul(batch, constant(geometry.getKvHeads())), blocksPerKvHead());
          Value wanted = arith::ExtSIOp::create(b, loc, i64(), threads);
          Value perUnit = arith::DivSIOp::create(b, loc, add(wanted, sub(max(units, one), one)), max(units, one));
          Value splits = max(one, min(perUnit, arith::DivSIOp::create(b, loc, kvLen, constant(4 * geometry.getKeys()))));
          Value split = compare(CmpIPredicate::sgt, splits, one);
          Value tasks = mul(units, splits);
          int64_t partialBytes = task->getAttrOfType<IntegerAttr>("camber.partial_bytes").getInt();
          Value shared = arith::SelectOp::create(b, loc, split, mul(tasks, constant(partialBytes)), zero);
          store(constant(fingerprint), result, offsetof(camber_plan, fingerprint));
          store(zero, result, offsetof(camber_plan, tasks));
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

/// The memref (or scalar) a task takes, from the operand's pointer and strides.
Value InterfaceBuilder::descriptor(Operand &operand) {
  auto type = dyn_cast<MemRefType>(operand.type);
  if (!type)
    return LLVM::LoadOp::create(b, loc, operand.type, operand.data);
  int64_t rank = type.getRank();
  SmallVector<Type> members = {pointer(), pointer(), i64()};
  if (rank)
    members.append(2, LLVM::LLVMArrayType::get(i64(), rank));
  auto structType = LLVM::LLVMStructType::getLiteral(b.getContext(), members);
  Value value = LLVM::UndefOp::create(b, loc, structType);
  auto insert = [&](Value v, ArrayRef<int64_t> position) { value = LLVM::InsertValueOp::create(b, loc, value, v, position); };
  insert(operand.data, {0});
  insert(operand.data, {1});
  insert(constant(0), {2});
  for (int64_t dim = 0; dim < rank; ++dim) {
    insert(operand.sizes[dim], {3, dim});
    insert(operand.strides[dim], {4, dim});
  }
  return UnrealizedConversionCastOp::create(b, loc, operand.type, value).getResult(0);
}

/// Sets flush-to-zero and denormals-are-zero; returns what to restore. ALiBi makes probabilities underflow, and subnormal
/// operands cost a factor of two.
Value InterfaceBuilder::emitSetMode() {
  if (arch == "aarch64") {
    Value saved = LLVM::CallIntrinsicOp::create(b, loc, i64(), b.getStringAttr("llvm.aarch64.get.fpcr"), ValueRange{}).getResult(0);
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

void InterfaceBuilder::emitRestoreMode(Value saved) {
  StringRef intrinsic = arch == "aarch64" ? "llvm.aarch64.set.fpcr" : "llvm.x86.sse.ldmxcsr";
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(intrinsic), ValueRange{saved});
}

/// @k_tasks(args, splits, phase, begin, end, shared, thread): runs tasks. Never inlined: LLVM may move floating-point
/// operations across the instruction that sets the mode.
func::FuncOp InterfaceBuilder::buildTasks() {
  func::FuncOp tasks = entry("_tasks", {pointer(), i64(), i32(), i64(), i64(), pointer(), pointer()});
  tasks.setPrivate();
  Value args = tasks.getArgument(0), splits = tasks.getArgument(1), phase = tasks.getArgument(2);
  readHeader(args);
  readOperands(args);
  SmallVector<Value> common;
  for (Operand &operand : operands)
    common.push_back(descriptor(operand));
  auto bytesType = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  auto bytes = [&](Value data) {
    Operand operand{"", "", bytesType, {constant(INT64_MAX)}, data, {constant(1)}};
    return descriptor(operand);
  };
  Value thread = bytes(tasks.getArgument(6));
  Value kvHeads = constant(geometry.getKvHeads()), blocks = blocksPerKvHead();
  Value merging = compare(CmpIPredicate::eq, phase, constant32(CAMBER_PHASE_MERGE));
  Value perUnit = arith::SelectOp::create(b, loc, merging, constant(1), splits);
  int64_t partialBytes = task->getAttrOfType<IntegerAttr>("camber.partial_bytes").getInt();
  auto loop = scf::ForOp::create(b, loc, index(tasks.getArgument(3)), index(tasks.getArgument(4)), index(constant(1)));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value number = arith::IndexCastOp::create(b, loc, i64(), loop.getInductionVar());
    // Splits fastest, then kv head, batch, and row blocks from the last, which under a causal mask is the longest.
    Value split = arith::RemSIOp::create(b, loc, number, perUnit), unit = arith::DivSIOp::create(b, loc, number, perUnit);
    Value kvHead = arith::RemSIOp::create(b, loc, unit, kvHeads), rest = arith::DivSIOp::create(b, loc, unit, kvHeads);
    Value batchIndex = arith::RemSIOp::create(b, loc, rest, batch), fromLast = arith::DivSIOp::create(b, loc, rest, batch);
    Value block = sub(sub(blocks, constant(1)), fromLast);
    Value offset = mul(mul(unit, splits), constant(partialBytes));
    Value partials = LLVM::GEPOp::create(b, loc, pointer(), b.getI8Type(), tasks.getArgument(5), ArrayRef<LLVM::GEPArg>{offset});
    SmallVector<Value> callArgs(common);
    for (Value v : {batchIndex, kvHead, block, split, splits})
      callArgs.push_back(index(v));
    callArgs.append({bytes(partials), thread});
    auto branch = scf::IfOp::create(b, loc, merging, /*withElseRegion=*/true);
    b.setInsertionPointToStart(branch.thenBlock());
    func::CallOp::create(b, loc, merge, callArgs);
    b.setInsertionPointToStart(branch.elseBlock());
    func::CallOp::create(b, loc, task, callArgs);
  }
  func::ReturnOp::create(b, loc, ValueRange{constant32(CAMBER_OK)});
  return tasks;
}

void InterfaceBuilder::buildRun() {
  func::FuncOp tasks = buildTasks();
  func::FuncOp run = entry("_run", {pointer(), pointer(), i32(), i64(), i64(), pointer(), pointer()});
  Value args = run.getArgument(0), plan = run.getArgument(1), phase = run.getArgument(2);
  Value begin = run.getArgument(3), end = run.getArgument(4), shared = run.getArgument(5), thread = run.getArgument(6);
  Value zero = constant(0);
  Value null = either(compare(CmpIPredicate::eq, asInteger(args), zero), compare(CmpIPredicate::eq, asInteger(plan), zero));
  Value status = flag(constant32(CAMBER_OK), null, CAMBER_ERROR_NULL_ARGS);
  status = ifOk(status, [&] {
    Value s = checkHeader(args);
    s = flag(s, compare(CmpIPredicate::ne, load(plan, 0, i32()), constant32(sizeof(camber_plan))), CAMBER_ERROR_STRUCT_SIZE);
    s = flag(s, compare(CmpIPredicate::ne, load(plan, 4, i32()), constant32(CAMBER_ABI_VERSION)), CAMBER_ERROR_ABI_VERSION);
    s = flag(s, compare(CmpIPredicate::ne, load(plan, offsetof(camber_plan, fingerprint), i64()), constant(fingerprint)),
             CAMBER_ERROR_PLAN_MISMATCH);
    return flag(s, compare(CmpIPredicate::uge, phase, constant32(CAMBER_NUM_PHASES)), CAMBER_ERROR_PHASE);
  });
  status = ifOk(status, [&] {
    Value wide = arith::ExtUIOp::create(b, loc, i64(), phase);
    Value count = LLVM::LoadOp::create(
        b, loc, i64(),
        LLVM::GEPOp::create(b, loc, pointer(), i64(), at(plan, offsetof(camber_plan, tasks)), ArrayRef<LLVM::GEPArg>{wide}));
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
    Value done = func::CallOp::create(b, loc, tasks, ValueRange{args, splits, phase, begin, end, shared, thread}).getResult(0);
    emitRestoreMode(saved);
    scf::YieldOp::create(b, loc, ValueRange{done});
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, ValueRange{s});
    return branch.getResult(0);
  });
  func::ReturnOp::create(b, loc, ValueRange{status});
  // Read by the LLVM translation: the kernel computes with flushed subnormals and is never inlined into the frame.
  auto denormal = b.getArrayAttr({b.getStringAttr("denormal-fp-math"), b.getStringAttr("preserve-sign,preserve-sign")});
  for (func::FuncOp function : {tasks, task, merge}) {
    SmallVector<Attribute> attributes = {denormal};
    if (function == tasks)
      attributes.push_back(b.getStringAttr("noinline"));
    function->setAttr("passthrough", b.getArrayAttr(attributes));
  }
}

LogicalResult InterfaceBuilder::build() {
  if (failed(collectOperands()))
    return failure();
  buildPlan();
  buildRun();
  // The facts have become code.
  for (func::FuncOp function : {task, merge}) {
    SmallVector<StringAttr> facts;
    for (NamedAttribute attribute : function->getDiscardableAttrs())
      if (attribute.getName().getValue().starts_with("camber."))
        facts.push_back(attribute.getName());
    for (StringAttr fact : facts)
      function->removeDiscardableAttr(fact);
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.setArgAttrs(i, DictionaryAttr::get(b.getContext()));
  }
  return success();
}

namespace {
struct EmitKernelABI : cpu::impl::EmitKernelABIBase<EmitKernelABI> {
  using EmitKernelABIBase::EmitKernelABIBase;
  void runOnOperation() override {
    SmallVector<func::FuncOp> tasks;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr("camber.geometry"))
        tasks.push_back(function);
    for (func::FuncOp task : tasks) {
      StringRef name = task.getName().drop_back(StringRef("_task").size());
      auto merge = getOperation().lookupSymbol<func::FuncOp>((name + "_merge").str());
      if (!merge || failed(InterfaceBuilder(task, merge, arch, fingerprint).build()))
        return signalPassFailure();
    }
  }
};
} // namespace
