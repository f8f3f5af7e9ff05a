// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the dispatch object as LLVM IR.
//
//   i32 targets():   word = load atomic @camber_targets           K_plan(a, n, p):  set = targets()
//                    if (word == 0) word = store(detect())                           if (set & 1) tail call K__v4_plan
//                    return word                                                     if (set & 2) tail call K__v3_plan
//                                                                                    return CAMBER_ERROR_CPU
//
// Bit i of the word stands for target i of the bundle, the top bit for "has been detected".
#include "camber/Bundle/Dispatch.h"
#include "FamilyDispatch.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Runtime/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <map>

using namespace llvm;

namespace camber::bundle {
namespace {

constexpr uint32_t kDetected = 0x80000000u;

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

class DispatchBuilder {
public:
  DispatchBuilder(Module &module, std::vector<TargetDesc> targets)
      : module(module), builder(module.getContext()), i32(builder.getInt32Ty()), targets(std::move(targets)) {}

  void build(ArrayRef<DispatchKernel> kernels, ArrayRef<KernelFamily> families) {
    if (any_of(targets, [](const TargetDesc &target) { return !target.required.empty(); }))
      buildTargets();
    Type *pointer = builder.getPtrTy();
    Type *i64 = builder.getInt64Ty();
    for (const DispatchKernel &kernel : kernels) {
      buildEntry(kernel, "plan", FunctionType::get(i32, {pointer, i32, pointer}, false));
      buildEntry(kernel, "run", FunctionType::get(i32, {pointer, pointer, i32, i64, i64, pointer, pointer}, false));
      new GlobalVariable(module, i64, /*isConstant=*/true, GlobalValue::ExternalLinkage,
                         builder.getInt64(kernel.signature->fingerprint()), kernel.signature->name + "_fingerprint");
    }
    for (const KernelFamily &family : families) {
      std::vector<DispatchKernel> members;
      for (const std::string &name : family.kernels)
        members.push_back(
            *find_if(kernels, [&](const DispatchKernel &kernel) { return kernel.signature->name == name; }));
      buildFamily(module, family.name, members, targets, targetsFunction);
    }
  }

private:
  /// {eax, ebx, ecx, edx}
  std::array<Value *, 4> cpuid(Value *leaf, Value *subleaf) {
    auto *result = StructType::get(i32, i32, i32, i32);
    auto *type = FunctionType::get(result, {i32, i32}, false);
    auto *code = InlineAsm::get(type, "cpuid", "={ax},={bx},={cx},={dx},0,2", /*hasSideEffects=*/true);
    Value *call = builder.CreateCall(type, code, {leaf, subleaf});
    std::array<Value *, 4> registers;
    for (unsigned i = 0; i < 4; ++i)
      registers[i] = builder.CreateExtractValue(call, i);
    return registers;
  }

  /// The registers of a leaf, or zeros where the processor does not have that leaf: Intel processors answer an
  /// unknown leaf with the contents of another one.
  std::array<Value *, 4> &leaf(uint32_t number, uint32_t subleaf) {
    auto [found, isNew] = leaves.try_emplace({number, subleaf});
    if (!isNew)
      return found->second;
    uint32_t range = number & 0x80000000u;
    auto &maximum = maxima[range];
    if (!maximum)
      maximum = cpuid(builder.getInt32(range), builder.getInt32(0))[0];
    Value *exists = builder.CreateICmpUGE(maximum, builder.getInt32(number));
    if (subleaf != 0) // only leaf 7 is asked for subleaves; it reports their maximum in eax of subleaf 0
      exists =
          builder.CreateAnd(exists, builder.CreateICmpUGE(leaf(number, 0)[CpuidBit::EAX], builder.getInt32(subleaf)));
    std::array<Value *, 4> registers = cpuid(builder.getInt32(number), builder.getInt32(subleaf));
    for (Value *&value : registers)
      value = builder.CreateSelect(exists, value, builder.getInt32(0));
    return leaves[{number, subleaf}] = registers;
  }

  /// XCR0's low word, or 0 where the operating system has not enabled XGETBV (which would fault).
  Value *xcr0(Function *function) {
    constexpr uint32_t osxsave = 1u << 27;
    Value *enabled = builder.CreateICmpNE(builder.CreateAnd(leaf(1, 0)[CpuidBit::ECX], builder.getInt32(osxsave)),
                                          builder.getInt32(0));
    BasicBlock *from = builder.GetInsertBlock();
    auto *read = BasicBlock::Create(module.getContext(), "read", function);
    auto *done = BasicBlock::Create(module.getContext(), "done", function);
    builder.CreateCondBr(enabled, read, done);
    builder.SetInsertPoint(read);
    auto *type = FunctionType::get(StructType::get(i32, i32), {i32}, false);
    auto *code = InlineAsm::get(type, "xgetbv", "={ax},={dx},{cx}", /*hasSideEffects=*/true);
    Value *low = builder.CreateExtractValue(builder.CreateCall(type, code, {builder.getInt32(0)}), 0);
    builder.CreateBr(done);
    builder.SetInsertPoint(done);
    PHINode *phi = builder.CreatePHI(i32, 2);
    phi->addIncoming(builder.getInt32(0), from);
    phi->addIncoming(low, read);
    return phi;
  }

  Value *detect(Function *function) {
    // All leaves before the branch that xcr0 makes, so that every use is dominated.
    for (const TargetDesc &target : targets)
      for (const CpuidBit &bit : target.required)
        leaf(bit.leaf, bit.subleaf);
    Value *state = xcr0(function);
    Value *set = builder.getInt32(kDetected);
    for (const auto &[index, target] : enumerate(targets)) {
      // Bits of one register are compared together.
      std::map<std::tuple<uint32_t, uint32_t, int>, uint32_t> masks;
      for (const CpuidBit &bit : target.required)
        masks[{bit.leaf, bit.subleaf, bit.reg}] |= 1u << bit.bit;
      Value *runs = hasAll(state, static_cast<uint32_t>(target.requiredXcr0));
      for (const auto &[where, mask] : masks)
        runs = builder.CreateAnd(runs, hasAll(leaf(std::get<0>(where), std::get<1>(where))[std::get<2>(where)], mask));
      set = builder.CreateOr(set, builder.CreateShl(builder.CreateZExt(runs, i32), index));
    }
    return set;
  }

  Value *hasAll(Value *word, uint32_t mask) {
    return builder.CreateICmpEQ(builder.CreateAnd(word, builder.getInt32(mask)), builder.getInt32(mask));
  }

  void buildTargets() {
    LLVMContext &context = module.getContext();
    auto *cache =
        new GlobalVariable(module, i32, false, GlobalValue::InternalLinkage, builder.getInt32(0), "camber_targets");
    auto *type = FunctionType::get(i32, false);

    auto *slow = Function::Create(type, GlobalValue::InternalLinkage, "camber_detect", module);
    slow->addFnAttr(Attribute::NoInline);
    slow->addFnAttr(Attribute::Cold);
    builder.SetInsertPoint(BasicBlock::Create(context, "entry", slow));
    Value *set = detect(slow);
    builder.CreateAlignedStore(set, cache, Align(4))->setAtomic(AtomicOrdering::Monotonic);
    builder.CreateRet(set);

    targetsFunction = Function::Create(type, GlobalValue::InternalLinkage, "camber_get_targets", module);
    targetsFunction->addFnAttr(Attribute::AlwaysInline);
    auto *entry = BasicBlock::Create(context, "entry", targetsFunction);
    auto *first = BasicBlock::Create(context, "first", targetsFunction);
    auto *known = BasicBlock::Create(context, "known", targetsFunction);
    builder.SetInsertPoint(entry);
    LoadInst *word = builder.CreateAlignedLoad(i32, cache, Align(4));
    word->setAtomic(AtomicOrdering::Monotonic);
    builder.CreateCondBr(builder.CreateICmpEQ(word, builder.getInt32(0)), first, known);
    builder.SetInsertPoint(first);
    builder.CreateRet(builder.CreateCall(slow));
    builder.SetInsertPoint(known);
    builder.CreateRet(word);
  }

  void buildEntry(const DispatchKernel &kernel, StringRef which, FunctionType *type) {
    LLVMContext &context = module.getContext();
    auto *function = Function::Create(type, GlobalValue::ExternalLinkage, kernel.signature->name + "_" + which, module);
    builder.SetInsertPoint(BasicBlock::Create(context, "entry", function));
    SmallVector<Value *> arguments;
    for (Argument &argument : function->args())
      arguments.push_back(&argument);

    std::vector<TargetDesc> bestFirst = kernel.targets;
    llvm::stable_sort(bestFirst, [](const TargetDesc &a, const TargetDesc &b) { return a.isPreferredTo(b); });
    Value *set = nullptr;
    for (const TargetDesc &target : bestFirst) {
      auto *code = Function::Create(type, GlobalValue::ExternalLinkage,
                                    targetSymbol(kernel.signature->name, target, which), module);
      code->setVisibility(GlobalValue::HiddenVisibility);
      auto call = [&] {
        CallInst *result = builder.CreateCall(code, arguments);
        result->setTailCallKind(CallInst::TCK_MustTail);
        builder.CreateRet(result);
      };
      if (target.required.empty())
        return call(); // the baseline: nothing to ask, and nothing after it can be reached
      if (!set)
        set = builder.CreateCall(targetsFunction);
      size_t index = find_if(targets, [&](const TargetDesc &t) { return t.name == target.name; }) - targets.begin();
      auto *runs = BasicBlock::Create(context, target.symbolName(), function);
      auto *next = BasicBlock::Create(context, "next", function);
      builder.CreateCondBr(hasAll(set, 1u << index), runs, next);
      builder.SetInsertPoint(runs);
      call();
      builder.SetInsertPoint(next);
    }
    builder.CreateRet(builder.getInt32(CAMBER_ERROR_CPU));
  }

  Module &module;
  IRBuilder<> builder;
  Type *i32;
  std::vector<TargetDesc> targets;
  std::map<std::pair<uint32_t, uint32_t>, std::array<Value *, 4>> leaves;
  std::map<uint32_t, Value *> maxima;
  Function *targetsFunction = nullptr;
};

} // namespace

std::string targetSymbol(StringRef kernel, const TargetDesc &target, StringRef function) {
  return (kernel + "__" + target.symbolName() + "_" + function).str();
}

Expected<ObjectFile> emitDispatch(ArrayRef<DispatchKernel> kernels, ArrayRef<KernelFamily> families) {
  std::vector<TargetDesc> targets;
  for (const DispatchKernel &kernel : kernels) {
    assert(!kernel.targets.empty() && "a kernel without targets");
    for (const TargetDesc &target : kernel.targets)
      if (none_of(targets, [&](const TargetDesc &other) { return other.name == target.name; }))
        targets.push_back(target);
  }
  for (const TargetDesc &target : targets)
    if (target.arch != targets.front().arch)
      return failure("targets '" + targets.front().name + "' and '" + target.name + "' are of different architectures");
  if (targets.size() > 31)
    return failure("a bundle can hold at most 31 targets");

  LLVMContext context;
  Module module("camber_dispatch", context);
  DispatchBuilder(module, targets).build(kernels, families);
  EmitOptions options;
  Expected<ObjectEmitter> emitter = ObjectEmitter::create(targets.front().baseline(), options);
  if (!emitter)
    return emitter.takeError();
  Expected<std::string> object = emitter->object(module);
  if (!object)
    return object.takeError();
  return ObjectFile{"dispatch.o", std::move(*object)};
}

} // namespace camber::bundle
