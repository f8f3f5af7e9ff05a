// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels by passes that a test names, compared with the reference.
#ifndef CAMBER_TEST_COMPILER_COMPILEBYPASSES_H
#define CAMBER_TEST_COMPILER_COMPILEBYPASSES_H

#include "CheckKernel.h"
#include "camber/Bundle/Dispatch.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include <gtest/gtest.h>

namespace camber::test {

/// Makes known what pipelines of `compile` are made of.
inline void registerPasses() {
  attn::registerAttnPasses();
  tile::registerTilePasses();
  registerAllTargets();
  registerPassesAndPipelines();
  mlir::registerTransformsPasses();
}

/// The code of the kernel by these passes, or what was refused.
inline llvm::Expected<CompiledKernel> compile(const KernelSpec &spec, const TargetDesc &target,
                                              const std::string &passes,
                                              llvm::function_ref<void(mlir::DialectRegistry &)> registerDialects) {
  auto failure = [](const llvm::Twine &text) { return llvm::createStringError(llvm::inconvertibleErrorCode(), text); };
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    messages += diagnostic.str() + "\n";
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> module = buildKernelModule(context, spec);
  if (!module)
    return failure(messages);
  mlir::FailureOr<KernelSignature> signature = describeKernel(module->lookupSymbol<mlir::func::FuncOp>(spec.name));
  mlir::PassManager manager(&context);
  if (mlir::failed(signature) || mlir::failed(mlir::parsePassPipeline(passes, manager, llvm::errs())) ||
      mlir::failed(manager.run(*module)))
    return failure(messages);
  CompiledKernel kernel{std::move(*signature), {TargetCode()}};
  TargetCode &code = kernel.targets[0];
  code.target = target;
  bundle::EmitOptions exports;
  if (target.device) {
    auto facts = mlir::cast<mlir::DictionaryAttr>((*module)->removeAttr("camber.launch"));
    auto number = [&](llvm::StringRef name) { return facts.getAs<mlir::IntegerAttr>(name).getInt(); };
    code.launch.emplace();
    code.launch->rows = number("rows");
    code.launch->packed = facts.getAs<mlir::BoolAttr>("packed").getValue();
    code.launch->threads = number("threads");
    code.launch->sharedBytes = number("shared_bytes");
    if (facts.contains("prepare_q_len_min"))
      code.launch->prepareQLenMin = number("prepare_q_len_min");
    for (const char *function : {"_main", "_combine", "_prepare"})
      if (module->lookupSymbol(spec.name + function))
        exports.exports.push_back({spec.name + function, spec.name + function});
  } else {
    for (const char *function : {"plan", "run"})
      exports.exports.push_back({spec.name + "_" + function, bundle::targetSymbol(spec.name, target, function)});
  }
  llvm::Expected<bundle::ObjectEmitter> emitter = bundle::ObjectEmitter::create(target, exports);
  if (!emitter)
    return emitter.takeError();
  llvm::Expected<std::string> emitted = target.device ? emitter->assembly(*module) : emitter->object(*module);
  if (!emitted)
    return emitted.takeError();
  code.code = std::move(*emitted);
  return kernel;
}

/// Compiles, runs (devices in the interpreter) and compares queries and keys of `length`.
inline void expectRight(
    const KernelSpec &spec, const TargetDesc &target, const std::string &passes, int64_t length,
    llvm::function_ref<void(mlir::DialectRegistry &)> registerDialects = [](mlir::DialectRegistry &) {}) {
  llvm::Expected<CompiledKernel> kernel = compile(spec, target, passes, registerDialects);
  ASSERT_TRUE(bool(kernel)) << llvm::toString(kernel.takeError());
  auto directory = llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"));
  harness::CheckOptions check;
  check.bundle = directory.file("bundle");
  check.inputs = "normal";
  check.batch = 1;
  check.qLen = check.kvLen = length;
  llvm::Error error = bundle::writeBundle({"kernels", check.bundle, false}, *kernel);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  std::optional<Bundle> libraries;
  Result<Manifest> manifest = readManifest(check.bundle);
  ASSERT_TRUE(manifest) << manifest.error();
  std::unique_ptr<harness::KernelCode> code;
  if (target.device) {
    check.device = "interpreter";
    Result<std::unique_ptr<harness::KernelCode>> opened =
        harness::openInterpreted(*manifest, manifest->kernels[0], check);
    ASSERT_TRUE(opened) << opened.error();
    code = std::move(*opened);
  } else {
    Result<Bundle> opened = Bundle::open(check.bundle);
    ASSERT_TRUE(opened) << opened.error();
    libraries = std::move(*opened);
    code = harness::openHost(*libraries, 0);
  }
  Result<harness::KernelReport> report = harness::checkKernel(manifest->kernels[0], *code, check, 2);
  ASSERT_TRUE(report) << report.error();
  std::string messages;
  for (const std::string &message : report->messages)
    messages += message + "\n";
  EXPECT_EQ(report->outcome, "passed") << messages;
}

} // namespace camber::test

#endif
