// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM dialect → LLVM IR → new-pass-manager pipeline → legacy code generation, with every diagnostic collected.
#include "camber/Bundle/ObjectEmitter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include <mutex>

using namespace llvm;

namespace camber::bundle {
namespace {

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmParsers();
    InitializeAllAsmPrinters();
  });
}

/// Collects what LLVM reports through the context; without a handler an error would end the process.
class DiagnosticCollector : public DiagnosticHandler {
public:
  explicit DiagnosticCollector(std::string &errors) : errors(errors) {}
  bool handleDiagnostics(const DiagnosticInfo &info) override {
    if (info.getSeverity() == DS_Error) {
      raw_string_ostream stream(errors);
      DiagnosticPrinterRawOStream printer(stream);
      info.print(printer);
      stream << '\n';
    }
    return true;
  }

private:
  std::string &errors;
};

/// Installs a collector for the life of the object.
class CollectDiagnostics {
public:
  explicit CollectDiagnostics(LLVMContext &context) : context(context), previous(context.getDiagnosticHandler()) {
    context.setDiagnosticHandler(std::make_unique<DiagnosticCollector>(errors));
  }
  ~CollectDiagnostics() { context.setDiagnosticHandler(std::move(previous)); }
  Error take(const Twine &stage) {
    if (errors.empty())
      return Error::success();
    return failure(stage + ": " + StringRef(errors).rtrim());
  }

private:
  LLVMContext &context;
  std::unique_ptr<DiagnosticHandler> previous;
  std::string errors;
};

Error verify(const Module &module, const Twine &when) {
  std::string message;
  raw_string_ostream stream(message);
  if (verifyModule(module, &stream))
    return failure("invalid LLVM IR " + when + ": " + StringRef(message).rtrim());
  return Error::success();
}

/// No function of a C library may be assumed, except the memory functions that code generation relies on anyway.
TargetLibraryInfoImpl libraryInfo(const Triple &triple) {
  TargetLibraryInfoImpl info(triple);
  info.disableAllFunctions();
  for (LibFunc function : {LibFunc_memcpy, LibFunc_memset})
    info.setAvailable(function);
  return info;
}

/// What MLIR's lowering leaves to do. Kernels come canonicalised, in vectors of the width they want, with their loops
/// tiled and unrolled as they should be: LLVM's default pipelines would unroll, vectorise and inline again, which takes
/// twice as long and makes objects a sixth larger, and not faster. Each pass here was left out once: without indvars
/// kernels are 1-2 % slower; sroa, gvn and a second instcombine changed nothing but the time.
constexpr StringLiteral kPipeline = "function("
                                    "early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
                                    "loop-mssa(loop-rotate,licm),"
                                    "loop(loop-idiom,indvars)," // fills become memset, trip counts known
                                    "early-cse<memssa>,dce,simplifycfg),"
                                    "globaldce"; // declarations nobody uses would be undefined symbols in assembly
/// The same for a device, whose assembler moves what does not change out of loops as far as there are registers for it.
constexpr StringLiteral kDevicePipeline = "function("
                                          "early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
                                          "loop-mssa(loop-rotate),"
                                          "early-cse<memssa>,dce,simplifycfg),"
                                          "globaldce";

} // namespace

ObjectEmitter::ObjectEmitter(TargetDesc desc, EmitOptions options, std::unique_ptr<TargetMachine> machine)
    : desc(std::move(desc)), options(std::move(options)), machine(std::move(machine)) {}
ObjectEmitter::ObjectEmitter(ObjectEmitter &&) = default;
ObjectEmitter::~ObjectEmitter() = default;

Expected<ObjectEmitter> ObjectEmitter::create(const TargetDesc &desc, const EmitOptions &options) {
  initializeTargets();
  Triple triple(desc.triple);
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return failure("LLVM does not know the triple '" + desc.triple + "': " + message);
  TargetOptions targetOptions;
  // Lets a linker drop the entries that an engine never names. The functions behind one export stay or go together, and
  // sections of their own would only be 130 bytes more for each.
  targetOptions.FunctionSections = options.exports.empty();
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, desc.cpu, desc.features, targetOptions, Reloc::PIC_, std::nullopt, CodeGenOptLevel::Aggressive));
  if (!machine)
    return failure("LLVM cannot generate code for '" + desc.triple + "'");
  return ObjectEmitter(desc, options, std::move(machine));
}

Expected<std::unique_ptr<Module>> ObjectEmitter::translate(mlir::ModuleOp module, LLVMContext &context) {
  mlir::MLIRContext *mlirContext = module->getContext();
  mlir::registerBuiltinDialectTranslation(*mlirContext);
  mlir::registerLLVMDialectTranslation(*mlirContext);
  mlir::registerNVVMDialectTranslation(*mlirContext);

  std::string errors;
  std::unique_ptr<Module> translated;
  {
    mlir::ScopedDiagnosticHandler handler(mlirContext, [&](mlir::Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error) {
        raw_string_ostream stream(errors);
        stream << diagnostic.getLocation() << ": " << diagnostic << '\n';
      }
      return mlir::failure(); // so that the context's own handlers see it too
    });
    translated = mlir::translateModuleToLLVMIR(module, context, "camber");
  }
  if (!translated)
    return failure("the module cannot be translated to LLVM IR: " + StringRef(errors).rtrim());
  return translated;
}

Error ObjectEmitter::prepare(Module &module) {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());

  if (!options.exports.empty()) {
    SmallPtrSet<GlobalValue *, 8> exported;
    for (const auto &[from, to] : options.exports) {
      GlobalValue *value = module.getNamedValue(from);
      if (!value || value->isDeclaration())
        return failure("the module does not define '" + from + "'");
      if (from != to && module.getNamedValue(to))
        return failure("the module already has a symbol '" + to + "'");
      value->setName(to);
      value->setLinkage(GlobalValue::ExternalLinkage);
      if (!desc.device)
        value->setVisibility(GlobalValue::HiddenVisibility);
      exported.insert(value);
    }
    for (GlobalValue &value : module.global_values())
      if (!value.isDeclaration() && !exported.contains(&value)) {
        value.setVisibility(GlobalValue::DefaultVisibility); // internal symbols must have it
        value.setLinkage(GlobalValue::InternalLinkage);
      }
  }

  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    auto setDefault = [&](StringRef key, StringRef value) {
      if (!value.empty() && !function.hasFnAttribute(key))
        function.addFnAttr(key, value);
    };
    setDefault("target-cpu", desc.cpu);
    setDefault("target-features", desc.features);
    if (!desc.device)
      setDefault("frame-pointer", "non-leaf"); // profilers can walk the stack; the inner kernels are leaves
    if (desc.vectorBits == 512)
      setDefault("prefer-vector-width", "512");
    function.addFnAttr(Attribute::NoUnwind);
    for (Attribute::AttrKind kind :
         {Attribute::StackProtect, Attribute::StackProtectReq, Attribute::StackProtectStrong, Attribute::UWTable})
      function.removeFnAttr(kind);
  }
  return verify(module, "before optimisation");
}

Error ObjectEmitter::optimize(Module &module) {
  CollectDiagnostics diagnostics(module.getContext());
  PassBuilder builder(machine.get());
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  functions.registerPass([&] { return TargetLibraryAnalysis(libraryInfo(module.getTargetTriple())); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager passes;
  if (Error error = builder.parsePassPipeline(passes, desc.device ? kDevicePipeline : kPipeline))
    return error;
  passes.run(module, modules);
  if (Error error = diagnostics.take("LLVM's optimiser"))
    return error;
  return verify(module, "after optimisation");
}

Expected<std::string> ObjectEmitter::generate(Module &module, bool asAssembly) {
  CollectDiagnostics diagnostics(module.getContext());
  SmallVector<char, 0> buffer;
  raw_svector_ostream stream(buffer);
  legacy::PassManager passes;
  passes.add(new TargetLibraryInfoWrapperPass(libraryInfo(module.getTargetTriple())));
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   asAssembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile))
    return failure("LLVM cannot write " + Twine(asAssembly ? "assembly" : "objects") + " for '" + desc.triple + "'");
  passes.run(module);
  if (Error error = diagnostics.take("LLVM's code generator"))
    return error;
  return std::string(buffer.begin(), buffer.end());
}

Expected<std::string> ObjectEmitter::emit(mlir::ModuleOp module, bool asAssembly) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> translated = translate(module, context);
  if (!translated)
    return translated.takeError();
  return asAssembly ? assembly(**translated) : object(**translated);
}

Expected<std::string> ObjectEmitter::object(mlir::ModuleOp module) { return emit(module, false); }
Expected<std::string> ObjectEmitter::assembly(mlir::ModuleOp module) { return emit(module, true); }

Expected<std::string> ObjectEmitter::llvmIR(mlir::ModuleOp module, bool optimized) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> translated = translate(module, context);
  if (!translated)
    return translated.takeError();
  if (Error error = prepare(**translated))
    return error;
  if (optimized)
    if (Error error = optimize(**translated))
      return error;
  std::string text;
  raw_string_ostream stream(text);
  (*translated)->print(stream, nullptr);
  return text;
}

Expected<std::string> ObjectEmitter::object(Module &module) {
  if (Error error = prepare(module))
    return error;
  if (Error error = optimize(module))
    return error;
  return generate(module, false);
}

Expected<std::string> ObjectEmitter::assembly(Module &module) {
  if (Error error = prepare(module))
    return error;
  if (Error error = optimize(module))
    return error;
  return generate(module, true);
}

} // namespace camber::bundle
