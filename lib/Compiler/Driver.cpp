// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs kernels × targets in parallel. A job owns its MLIRContext: contexts share nothing, so jobs need no locks, and a
// module is small enough to be built or parsed once per target.
#include "camber/Bundle/Dispatch.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Bundle/PTXAssembler.h"
#include "camber/Bundle/Transaction.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Compiler/EarlyExit.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <mutex>

using namespace llvm;

namespace camber {
namespace {

constexpr StringLiteral kAttention = "attn.attention";

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

/// A context and what was reported in it. Messages name file, line and column, and show the line where the text is
/// known.
class Session {
public:
  explicit Session(const KernelSource &source) : context(registry(source), mlir::MLIRContext::Threading::DISABLED) {
    if (!source.file.empty())
      sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(source.text, source.file), SMLoc());
    handler = std::make_unique<mlir::SourceMgrDiagnosticHandler>(sources, &context, stream);
    // The operation's text would follow every message, which shows its line already.
    context.printOpOnDiagnostic(false);
  }

  /// The collected messages as an error, or `fallback` where there are none.
  Error takeError(const Twine &fallback) {
    StringRef message = StringRef(text).rtrim();
    if (message.empty())
      return failure(fallback);
    // Operations built from flags have no place in a file; saying so helps nobody.
    SmallVector<StringRef> lines;
    message.split(lines, '\n');
    for (StringRef &line : lines)
      line.consume_front("<unknown>:0: ");
    return failure(join(lines, "\n"));
  }

  void forgetMessages() { text.clear(); }

  /// The collected messages, where they are no errors; they are gone then.
  std::string takeMessages() { return std::exchange(text, ""); }

  mlir::MLIRContext context;
  SourceMgr sources;

private:
  static mlir::DialectRegistry registry(const KernelSource &source) {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    if (source.registerDialects)
      source.registerDialects(registry);
    return registry;
  }
  std::string text;
  raw_string_ostream stream{text};
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> handler;
};

size_t countAttention(mlir::func::FuncOp function) {
  size_t count = 0;
  function.walk([&](mlir::Operation *op) { count += op->getName().getStringRef() == kAttention; });
  return count;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> parse(Session &session, const KernelSource &source) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceFile<mlir::ModuleOp>(session.sources, &session.context);
  if (!module)
    return session.takeError("'" + source.file + "' cannot be parsed");
  return module;
}

} // namespace

Expected<std::vector<std::string>> listKernels(const KernelSource &source) {
  std::vector<std::string> names;
  if (source.file.empty()) {
    for (const KernelSpec &spec : source.specs) {
      if (Error error = validateSpec(spec))
        return error;
      names.push_back(spec.name.empty() ? spec.defaultName() : spec.name);
    }
  } else {
    Session session(source);
    auto module = parse(session, source);
    if (!module)
      return module.takeError();
    for (mlir::func::FuncOp function : (*module)->getOps<mlir::func::FuncOp>()) {
      size_t count = countAttention(function);
      if (count > 1)
        return failure("'" + source.file + "': function '" + function.getName() + "' holds " + Twine(count) +
                       " attention operations; a kernel holds one");
      if (count == 1)
        names.push_back(function.getName().str());
    }
  }
  if (names.empty())
    return failure(source.file.empty() ? Twine("no kernel was asked for")
                                       : "'" + source.file + "' holds no kernel: a func.func with one attn.attention");
  return names;
}

namespace {

/// The module of one kernel. Other kernels of the file are dropped, whatever else it holds stays.
Expected<mlir::OwningOpRef<mlir::ModuleOp>> loadKernel(Session &session, const KernelSource &source, size_t index,
                                                       StringRef name) {
  if (source.file.empty()) {
    KernelSpec spec = source.specs[index];
    spec.name = name.str();
    mlir::OwningOpRef<mlir::ModuleOp> module = buildKernelModule(session.context, spec);
    if (!module)
      return session.takeError("kernel '" + name + "' cannot be built");
    return module;
  }
  auto module = parse(session, source);
  if (!module)
    return module;
  for (mlir::func::FuncOp function : make_early_inc_range((*module)->getOps<mlir::func::FuncOp>()))
    if (function.getName() != name && countAttention(function) != 0)
      function.erase();
  if (mlir::failed(mlir::verify(**module)))
    return session.takeError("kernel '" + name + "' depends on another kernel of '" + source.file + "'");
  return module;
}

Expected<KernelSignature> signatureOf(Session &session, mlir::ModuleOp module, StringRef name, bool unchecked) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!function)
    return failure("kernel '" + name + "' was not built");
  mlir::FailureOr<KernelSignature> signature = describeKernel(function, unchecked);
  if (mlir::failed(signature))
    return session.takeError("kernel '" + name + "' cannot be described");
  if (Error error = validateSignature(*signature))
    return error;
  warnOfDoubts(function);
  return std::move(*signature);
}

Error lower(Session &session, mlir::ModuleOp module, const TargetDesc &target, Stage stage,
            const ScheduleSource &source, StringRef name, std::string *schedule = nullptr) {
  if (mlir::succeeded(lowerToLLVM(module, target, stage, source, schedule)))
    return Error::success();
  return session.takeError("kernel '" + name + "' cannot be lowered for " + target.name);
}

bundle::EmitOptions exportsOf(mlir::ModuleOp module, StringRef name, const TargetDesc &target) {
  bundle::EmitOptions options;
  if (!target.device) {
    for (StringRef function : {"plan", "run"})
      options.exports.push_back({(name + "_" + function).str(), bundle::targetSymbol(name, target, function)});
    return options;
  }
  // A file of its own needs no names that differ from those of other targets.
  for (StringRef function : {"_main", "_combine", "_prepare"})
    if (std::string symbol = (name + function).str(); module.lookupSymbol(symbol))
      options.exports.push_back({symbol, symbol});
  return options;
}

/// Takes what the lowering says of the launch of a device's kernels from the module.
LaunchConfig takeLaunchConfig(mlir::ModuleOp module) {
  auto facts = mlir::cast<mlir::DictionaryAttr>(module->removeAttr("camber.launch"));
  auto number = [&](StringRef name) { return facts.getAs<mlir::IntegerAttr>(name).getInt(); };
  LaunchConfig launch;
  launch.rows = number("rows");
  launch.packed = facts.getAs<mlir::BoolAttr>("packed").getValue();
  launch.threads = number("threads");
  launch.sharedBytes = number("shared_bytes");
  if (facts.contains("prepare_q_len_min"))
    launch.prepareQLenMin = number("prepare_q_len_min");
  return launch;
}

struct Job {
  size_t kernel, target;
  bool reused = false; ///< set by the work, like the next
  std::string warning;
  std::string doubts; ///< warnings at operations of the kernel
};

/// Runs `work` for every kernel × target; collects all errors, so that a user sees every one of them.
Error forEachJob(size_t kernels, size_t targets, const CompileOptions &options, ArrayRef<std::string> names,
                 function_ref<Error(Job &)> work) {
  std::mutex mutex;
  size_t done = 0;
  bool warned = false;
  StringSet<> doubts;                                   // the same for every target
  std::vector<std::string> messages(kernels * targets); // empty: the job succeeded
  {
    DefaultThreadPool pool(hardware_concurrency(options.threads));
    for (size_t i = 0; i < messages.size(); ++i)
      pool.async([&, i] {
        auto begin = std::chrono::steady_clock::now();
        Job job{i / targets, i % targets, /*reused=*/false, /*warning=*/"", /*doubts=*/""};
        const std::string &kernel = names[job.kernel], &target = options.targets[job.target].name;
        CompilingScope scope(kernel, target);
        messages[i] = toString(work(job));
        double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::lock_guard<std::mutex> lock(mutex);
        if (options.warning && !job.warning.empty() && !std::exchange(warned, true))
          options.warning(job.warning);
        if (options.diagnostics && !job.doubts.empty() && doubts.insert(job.doubts).second)
          options.diagnostics(job.doubts);
        if (options.progress)
          options.progress({++done, messages.size(), kernel, target, seconds, !messages[i].empty(), job.reused});
      });
    pool.wait();
  }
  // The same mistake fails for every target with the same words; it is told once.
  std::vector<std::string> different;
  for (const std::string &message : messages)
    if (!message.empty() && !is_contained(different, message))
      different.push_back(message);
  return different.empty() ? Error::success() : failure(join(different, "\n"));
}

/// Everything that decides about the code of a kernel for a target.
Expected<std::string> cacheKey(mlir::ModuleOp module, StringRef name, const TargetDesc &target,
                               const CompileOptions &options) {
  std::string text, schedules;
  raw_string_ostream stream(text);
  module->print(stream); // with the contents of resources
  if (!options.schedules.empty()) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(options.schedules);
    if (!file)
      return failure("'" + options.schedules + "' cannot be read: " + file.getError().message());
    schedules = (*file)->getBuffer().str();
  }
  std::string assembler = target.device && options.cubins ? bundle::describeAssembler() : "";
  return KernelCache::keyOf(
      {name, text, target.name, target.triple, target.cpu, target.features, schedules, assembler});
}

struct Attempt {
  TargetCode code;
  int64_t spilledBytes = 0; ///< where an assembler says so
};

/// The code of a module with one kernel, by the tables or as `choice` (which may be null) says.
Expected<Attempt> compileModule(Session &session, mlir::ModuleOp module, const CompileOptions &options, StringRef name,
                                const TargetDesc &target, const ScheduleChoice *choice) {
  Attempt attempt;
  TargetCode &code = attempt.code;
  code.target = target;
  if (Error error = lower(session, module, target, Stage::LLVM, {options.schedules, choice}, name, &code.schedule))
    return error;
  if (target.device)
    code.launch = takeLaunchConfig(module);
  auto inKernel = [&](Error error) {
    return joinErrors(failure("kernel '" + name + "' for " + target.name), std::move(error));
  };
  Expected<bundle::ObjectEmitter> emitter = bundle::ObjectEmitter::create(target, exportsOf(module, name, target));
  if (!emitter)
    return emitter.takeError();
  Expected<std::string> emitted = target.device ? emitter->assembly(module) : emitter->object(module);
  if (!emitted)
    return inKernel(emitted.takeError());
  code.code = std::move(*emitted);
  if (target.device && options.cubins) {
    Expected<bundle::AssembledPTX> assembled = bundle::assemblePTX(code.code, target.name);
    if (!assembled)
      return inKernel(assembled.takeError());
    code.cubin = std::move(assembled->cubin);
    attempt.spilledBytes = assembled->spilledBytes;
  }
  return attempt;
}

/// What the tables choose for a storage and a head dim may leave a score body too few registers. Tries the target's
/// alternatives and takes the one that spills least. `load` gives the module again.
Error spillLess(Session &session, const CompileOptions &options, StringRef name,
                function_ref<Expected<mlir::OwningOpRef<mlir::ModuleOp>>()> load, Attempt &best) {
  Expected<DescribedSchedule> first = readSchedule(best.code.schedule, session.context);
  if (!first)
    return first.takeError();
  int64_t group = first->geometry.getHeads() / first->geometry.getKvHeads();
  const TargetDesc target = best.code.target;
  for (const ScheduleChoice &choice : findTarget(target.base)->getAlternatives(first->choice, group)) {
    auto module = load();
    if (!module)
      return module.takeError();
    Expected<Attempt> attempt = compileModule(session, **module, options, name, target, &choice);
    if (!attempt) { // which takes nothing from what there is
      consumeError(attempt.takeError());
      session.forgetMessages();
      continue;
    }
    if (attempt->spilledBytes < best.spilledBytes)
      best = std::move(*attempt);
    if (best.spilledBytes == 0)
      break;
  }
  return Error::success();
}

Error compileJob(const KernelSource &source, const CompileOptions &options, StringRef name, Job &job,
                 KernelSignature &signature, TargetCode &code) {
  const TargetDesc &target = options.targets[job.target];
  Session session(source);
  auto module = loadKernel(session, source, job.kernel, name);
  if (!module)
    return module.takeError();
  Expected<KernelSignature> described = signatureOf(session, **module, name, options.unchecked);
  if (!described)
    return described.takeError();
  job.doubts = session.takeMessages();
  if (job.target == 0) // every target has the same
    signature = std::move(*described);
  std::string key;
  if (options.cache) {
    Expected<std::string> found = cacheKey(**module, name, target, options);
    if (!found)
      return found.takeError();
    key = std::move(*found);
    if (std::optional<TargetCode> known = options.cache->find(key)) {
      code = std::move(*known);
      code.target = target;
      job.reused = true;
      return Error::success();
    }
  }
  // What the user says, in a table or in the kernel, is not gone against.
  bool chosen = !options.schedules.empty();
  (*module)->walk([&](mlir::Operation *op) { chosen |= op->hasAttr("tile.shape"); });
  Expected<Attempt> attempt = compileModule(session, **module, options, name, target, /*choice=*/nullptr);
  if (!attempt)
    return attempt.takeError();
  if (attempt->spilledBytes && !chosen) {
    auto load = [&] { return loadKernel(session, source, job.kernel, name); };
    if (Error error = spillLess(session, options, name, load, *attempt))
      return error;
  }
  code = std::move(attempt->code);
  if (options.cache)
    if (Error error = options.cache->store(key, code))
      job.warning = "kernels are not kept in '" + options.cache->path() +
                    "': " + StringRef(toString(std::move(error))).rtrim().str();
  return Error::success();
}

Expected<std::string> textOf(const KernelSource &source, const CompileOptions &options, StringRef name, Job &job,
                             Emit emit) {
  Session session(source);
  auto module = loadKernel(session, source, job.kernel, name);
  if (!module)
    return module.takeError();
  static const Stage stages[] = {Stage::Attn, Stage::Tile, Stage::Schedule, Stage::LLVM, Stage::LLVM};
  const TargetDesc &target = options.targets[job.target];
  if (emit != Emit::Attn) {
    if (Error error = signatureOf(session, **module, name, options.unchecked).takeError())
      return error;
    job.doubts = session.takeMessages();
    if (Error error = lower(session, **module, target, stages[static_cast<int>(emit)], {options.schedules}, name))
      return error;
  }
  if (emit == Emit::LLVM || emit == Emit::Asm) {
    if (target.device)
      takeLaunchConfig(**module);
    Expected<bundle::ObjectEmitter> emitter = bundle::ObjectEmitter::create(target, exportsOf(**module, name, target));
    if (!emitter)
      return emitter.takeError();
    return emit == Emit::Asm ? emitter->assembly(**module) : emitter->llvmIR(**module, /*optimized=*/false);
  }
  std::string text;
  raw_string_ostream stream(text);
  (*module)->print(stream);
  stream << '\n';
  return text;
}

} // namespace

Expected<std::vector<CompiledKernel>> compileKernels(const KernelSource &source, const CompileOptions &options) {
  if (options.targets.empty())
    return failure("no target given");
  Expected<std::vector<std::string>> names = listKernels(source);
  if (!names)
    return names.takeError();
  std::vector<CompiledKernel> kernels(names->size());
  for (CompiledKernel &kernel : kernels)
    kernel.targets.resize(options.targets.size());
  Error error = forEachJob(kernels.size(), options.targets.size(), options, *names, [&](Job &job) {
    CompiledKernel &kernel = kernels[job.kernel];
    return compileJob(source, options, (*names)[job.kernel], job, kernel.signature, kernel.targets[job.target]);
  });
  if (options.cache)
    options.cache->prune();
  if (error)
    return error;
  return kernels;
}

Error compileBundle(const KernelSource &source, const CompileOptions &options,
                    const bundle::BundleOptions &bundleOptions) {
  if (Error error = bundle::validateBundleName(bundleOptions.name))
    return error;
  if (Error error = bundle::Transaction::check(bundleOptions.directory, bundleOptions.overwrite))
    return error;
  Expected<std::vector<CompiledKernel>> kernels = compileKernels(source, options);
  if (!kernels)
    return kernels.takeError();
  return bundle::writeBundle(bundleOptions, *kernels, source.families);
}

Expected<std::string> emitText(const KernelSource &source, const CompileOptions &options, Emit emit) {
  if (emit == Emit::Bundle || options.targets.empty())
    return failure("no target given, or a bundle where text is wanted");
  Expected<std::vector<std::string>> names = listKernels(source);
  if (!names)
    return names.takeError();
  size_t targets = emit == Emit::Attn ? 1 : options.targets.size();
  std::vector<std::string> texts(names->size() * targets);
  CompileOptions quiet = options;
  quiet.progress = nullptr;
  Error error = forEachJob(names->size(), targets, quiet, *names, [&](Job &job) -> Error {
    Expected<std::string> text = textOf(source, options, (*names)[job.kernel], job, emit);
    if (!text)
      return text.takeError();
    texts[job.kernel * targets + job.target] = std::move(*text);
    return Error::success();
  });
  if (error)
    return error;
  if (texts.size() == 1)
    return texts.front();
  std::string all;
  StringRef comment = emit == Emit::LLVM ? "; " : emit == Emit::Asm ? "# " : "// ";
  for (const auto &[index, text] : enumerate(texts)) {
    all += (comment + (*names)[index / targets]).str();
    if (emit != Emit::Attn)
      all += " for " + options.targets[index % targets].name;
    all += "\n" + text;
  }
  return all;
}

} // namespace camber
