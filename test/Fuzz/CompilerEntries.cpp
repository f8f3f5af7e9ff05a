// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entries of the compiler's tools, as their main functions call them.
#include "Entries.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Compiler/SpecFile.h"
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/Passes.h"
#include "camber/Target/ScheduleTable.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace camber;

namespace {

/// The context of many inputs: making one takes longer than most inputs. It keeps every type and attribute it has seen,
/// so it is replaced from time to time.
class SharedContext {
public:
  mlir::MLIRContext &get() {
    if (!context || ++uses % kUses == 0) {
      mlir::DialectRegistry registry;
      registerCompilerDialects(registry);
      context.emplace(registry, mlir::MLIRContext::Threading::DISABLED);
    }
    return *context;
  }

private:
  static constexpr size_t kUses = 500;
  std::optional<mlir::MLIRContext> context;
  size_t uses = 0;
};

void registerAllPasses() {
  static const bool once = [] {
    attn::registerAttnPasses();
    tile::registerTilePasses();
    registerPassesAndPipelines();
    mlir::bufferization::registerBufferizationPasses();
    mlir::registerConversionPasses();
    mlir::registerTransformsPasses();
    return true;
  }();
  (void)once;
}

/// What is written to standard error where an input is refused; a pipeline that names no pass is a mistake of ours.
[[noreturn]] void fail(const llvm::Twine &message) {
  llvm::errs() << "camber-fuzz-worker: " << message << '\n';
  std::exit(2);
}

bool emitLevel(const KernelSource &source, const std::string &arguments) {
  auto [level, target] = llvm::StringRef(arguments).split(' ');
  const Emit emit = llvm::StringSwitch<Emit>(level)
                        .Case("attn", Emit::Attn)
                        .Case("tile", Emit::Tile)
                        .Case("schedule", Emit::Schedule)
                        .Case("llvm", Emit::LLVM)
                        .Default(Emit::Asm);
  CompileOptions options;
  options.unchecked = true;
  options.threads = 1;
  options.cubins = false;
  if (emit != Emit::Attn) {
    llvm::Expected<TargetDesc> desc = lookupTarget(target);
    if (!desc)
      fail(toString(desc.takeError()));
    options.targets = {*desc};
  }
  llvm::Expected<std::string> text = emitText(source, options, emit);
  if (text)
    return true;
  consumeError(text.takeError());
  return false;
}

} // namespace

bool fuzz::runPasses(const Input &input) {
  registerAllPasses();
  static SharedContext shared;
  mlir::MLIRContext &context = shared.get();
  mlir::ScopedDiagnosticHandler quiet(&context, [](mlir::Diagnostic &) { return mlir::success(); });
  mlir::PassManager passes(&context, mlir::ModuleOp::getOperationName(), mlir::PassManager::Nesting::Implicit);
  // Options may be mutated, too: a pipeline that is refused is no mistake.
  if (mlir::failed(mlir::parsePassPipeline(input.arguments, passes, llvm::nulls())))
    return false;
  auto module = mlir::parseSourceString<mlir::ModuleOp>(input.text, &context);
  if (!module || mlir::failed(passes.run(*module)))
    return false;
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return true;
}

bool fuzz::compileKernelFile(const Input &input) {
  KernelSource source;
  source.file = "kernel.mlir";
  source.text = input.text;
  return emitLevel(source, input.arguments);
}

bool fuzz::compileSpec(const Input &input) {
  llvm::Expected<SpecFile> file = parseSpecFile("kernels.yaml", input.text);
  if (!file) {
    consumeError(file.takeError());
    return false;
  }
  KernelSource source;
  source.specs = file->kernels;
  if (source.specs.size() > 2) // the others differ in lengths and types
    source.specs.resize(2);
  return !source.specs.empty() && emitLevel(source, input.arguments);
}

bool fuzz::readScheduleTable(const Input &input) {
  llvm::Expected<ScheduleTable> table = ScheduleTable::parse(input.text, "schedules.json");
  if (table)
    return true;
  consumeError(table.takeError());
  return false;
}

fuzz::Entry fuzz::findEntry(const std::string &kind) {
  return llvm::StringSwitch<Entry>(kind)
      .Cases({"mlir", "levels"}, runPasses)
      .Case("kernel", compileKernelFile)
      .Case("spec", compileSpec)
      .Case("schedules", readScheduleTable)
      .Case("manifest", readManifestText)
      .Case("npy", readNpyBytes)
      .Case("ptx", runPtx)
      .Case("operand", parseOperand)
      .Case("selftest", crashOnPurpose)
      .Default(nullptr);
}
