// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the functions of a family as LLVM IR.
//
//   F_plan(a, n, p):  if (s = checkStruct(a)) return s            F_run(a, p, …):  if (!p) return NULL_ARGS
//                     if (passed(K0) == all) tail call K0_plan                     if (p->fingerprint == K0's)
//                     if (passed(K1) == all) tail call K1_plan                       tail call K0_run
//                     return failures[max(passed(K0), passed(K1))]                 …
//                                                                                  return PLAN_MISMATCH
//
// passed(K) counts the checks that K passes before it fails one: storage type, query length, key length, processor.
#include "FamilyDispatch.h"
#include "camber/Runtime/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include <cstddef>

using namespace llvm;

namespace camber::bundle {
namespace {

/// By the number of checks passed.
constexpr camber_status kStatuses[] = {CAMBER_ERROR_ELEMENT, CAMBER_ERROR_QUERY_LENGTH, CAMBER_ERROR_KEY_LENGTH,
                                       CAMBER_ERROR_CPU, CAMBER_OK};
constexpr uint32_t kChecks = std::size(kStatuses) - 1;

class FamilyBuilder {
public:
  FamilyBuilder(Module &module, StringRef name, ArrayRef<DispatchKernel> members, ArrayRef<TargetDesc> targets,
                Function *getTargets)
      : module(module), builder(module.getContext()), i32(builder.getInt32Ty()), i64(builder.getInt64Ty()),
        pointer(builder.getPtrTy()), name(name.str()), members(members), targets(targets), getTargets(getTargets) {}

  void build() {
    SmallVector<Constant *> values;
    for (camber_status status : kStatuses)
      values.push_back(builder.getInt32(status));
    auto *type = ArrayType::get(i32, values.size());
    statuses = new GlobalVariable(module, type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                  ConstantArray::get(type, values), name + "_statuses");
    new GlobalVariable(module, i32, /*isConstant=*/true, GlobalValue::ExternalLinkage, builder.getInt32(members.size()),
                       name + "_variants");
    buildPlan();
    buildRun();
    buildVariant();
  }

private:
  Function *begin(StringRef suffix, ArrayRef<Type *> parameters) {
    function = Function::Create(FunctionType::get(i32, parameters, false), GlobalValue::ExternalLinkage, name + suffix,
                                module);
    builder.SetInsertPoint(BasicBlock::Create(module.getContext(), "entry", function));
    return function;
  }
  Value *load(Value *base, size_t offset, Type *type) {
    return builder.CreateLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset));
  }
  void store(Value *value, Value *base, size_t offset) {
    builder.CreateStore(value, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset));
  }
  /// Emits `then` for where the condition holds, and goes on where it does not.
  void emitIf(Value *condition, function_ref<void()> then) {
    auto *yes = BasicBlock::Create(module.getContext(), "then", function);
    auto *no = BasicBlock::Create(module.getContext(), "next", function);
    builder.CreateCondBr(condition, yes, no);
    builder.SetInsertPoint(yes);
    then();
    builder.SetInsertPoint(no);
  }
  void returnIf(Value *condition, camber_status status) {
    emitIf(condition, [&] { builder.CreateRet(builder.getInt32(status)); });
  }
  /// A struct that begins with struct_size and abi_version.
  void checkStruct(Value *base, size_t size) {
    returnIf(builder.CreateIsNull(base), CAMBER_ERROR_NULL_ARGS);
    returnIf(builder.CreateICmpNE(load(base, 0, i32), builder.getInt32(size)), CAMBER_ERROR_STRUCT_SIZE);
    returnIf(builder.CreateICmpNE(load(base, 4, i32), builder.getInt32(CAMBER_ABI_VERSION)), CAMBER_ERROR_ABI_VERSION);
  }
  /// Reads what kernels are chosen by.
  void readArguments(Value *args) {
    const size_t operands = members.front().signature->operands.size();
    checkStruct(args, sizeof(camber_args_header) + operands * sizeof(camber_tensor));
    element = load(args, offsetof(camber_args_header, element), i32);
    qLen = load(args, offsetof(camber_args_header, q_len), i64);
    kvLen = load(args, offsetof(camber_args_header, kv_len), i64);
    available = getTargets ? builder.CreateCall(getTargets) : nullptr;
  }

  Value *accepts(const LengthSpec &length, Value *value) {
    switch (length.kind) {
    case LengthSpec::Static:
      return builder.CreateICmpEQ(value, builder.getInt64(length.value));
    case LengthSpec::Bounded:
      return builder.CreateICmpULE(value, builder.getInt64(length.value)); // a negative one is none
    case LengthSpec::Dynamic:
      return builder.getTrue();
    }
    return builder.getTrue();
  }
  Value *runs(const TargetDesc &target) {
    if (target.required.empty())
      return builder.getTrue();
    size_t index = find_if(targets, [&](const TargetDesc &t) { return t.name == target.name; }) - targets.begin();
    return builder.CreateICmpNE(builder.CreateAnd(available, builder.getInt32(1u << index)), builder.getInt32(0));
  }
  Value *passed(const DispatchKernel &kernel) {
    const KernelSignature &signature = *kernel.signature;
    Value *runsAny = builder.getFalse();
    for (const TargetDesc &target : kernel.targets)
      runsAny = builder.CreateOr(runsAny, runs(target));
    const camber_element storage = signature.storage == "f16"    ? CAMBER_F16
                                   : signature.storage == "bf16" ? CAMBER_BF16
                                                                 : CAMBER_F32;
    Value *checks[kChecks] = {builder.CreateICmpEQ(element, builder.getInt32(storage)), accepts(signature.qLen, qLen),
                              accepts(signature.kvLen, kvLen), runsAny};
    Value *count = builder.getInt32(kChecks);
    for (uint32_t i = kChecks; i-- > 0;)
      count = builder.CreateSelect(checks[i], count, builder.getInt32(i));
    return count;
  }
  Value *statusOf(Value *count) {
    return builder.CreateLoad(
        i32, builder.CreateInBoundsGEP(statuses->getValueType(), statuses, {builder.getInt32(0), count}));
  }

  void tailCall(const DispatchKernel &kernel, StringRef suffix) {
    SmallVector<Value *> arguments(make_pointer_range(function->args()));
    CallInst *result = builder.CreateCall(module.getFunction(kernel.signature->name + suffix.str()), arguments);
    result->setTailCallKind(CallInst::TCK_MustTail);
    builder.CreateRet(result);
  }

  void buildPlan() {
    begin("_plan", {pointer, i32, pointer});
    readArguments(function->getArg(0));
    Value *most = builder.getInt32(0);
    for (const DispatchKernel &kernel : members) {
      Value *count = passed(kernel);
      emitIf(builder.CreateICmpEQ(count, builder.getInt32(kChecks)), [&] { tailCall(kernel, "_plan"); });
      most = builder.CreateBinaryIntrinsic(Intrinsic::umax, most, count);
    }
    builder.CreateRet(statusOf(most));
  }

  void buildRun() {
    begin("_run", {pointer, pointer, i32, i64, i64, pointer, pointer});
    returnIf(builder.CreateIsNull(function->getArg(1)), CAMBER_ERROR_NULL_ARGS);
    Value *fingerprint = load(function->getArg(1), offsetof(camber_plan, fingerprint), i64);
    for (const DispatchKernel &kernel : members)
      emitIf(builder.CreateICmpEQ(fingerprint, builder.getInt64(kernel.signature->fingerprint())),
             [&] { tailCall(kernel, "_run"); });
    builder.CreateRet(builder.getInt32(CAMBER_ERROR_PLAN_MISMATCH));
  }

  void buildVariant() {
    begin("_variant", {pointer, i32, pointer});
    Value *index = function->getArg(1), *variant = function->getArg(2);
    readArguments(function->getArg(0));
    checkStruct(variant, sizeof(camber_variant));
    for (const auto &[number, kernel] : enumerate(members))
      emitIf(builder.CreateICmpEQ(index, builder.getInt32(number)), [&, &kernel = kernel] {
        Value *target = ConstantPointerNull::get(builder.getPtrTy());
        std::vector<TargetDesc> worstFirst = kernel.targets;
        stable_sort(worstFirst, [](const TargetDesc &a, const TargetDesc &b) { return b.isPreferredTo(a); });
        for (const TargetDesc &each : worstFirst)
          target = builder.CreateSelect(runs(each), builder.CreateGlobalString(each.name), target);
        store(builder.CreateGlobalString(kernel.signature->name), variant, offsetof(camber_variant, kernel));
        store(target, variant, offsetof(camber_variant, target));
        store(statusOf(passed(kernel)), variant, offsetof(camber_variant, status));
        builder.CreateRet(builder.getInt32(CAMBER_OK));
      });
    builder.CreateRet(builder.getInt32(CAMBER_ERROR_CANDIDATE));
  }

  Module &module;
  IRBuilder<> builder;
  Type *i32, *i64, *pointer;
  std::string name;
  ArrayRef<DispatchKernel> members;
  ArrayRef<TargetDesc> targets;
  Function *getTargets;
  GlobalVariable *statuses = nullptr;
  // Of the function that is being built.
  Function *function = nullptr;
  Value *element = nullptr, *qLen = nullptr, *kvLen = nullptr, *available = nullptr;
};

} // namespace

void buildFamily(Module &module, StringRef name, ArrayRef<DispatchKernel> members, ArrayRef<TargetDesc> targets,
                 Function *getTargets) {
  FamilyBuilder(module, name, members, targets, getTargets).build();
}

} // namespace camber::bundle
