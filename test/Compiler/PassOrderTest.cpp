// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that passes in other orders than the compiler's leave, with some left out, with all of them twice: whatever
// is not refused (test/*/missing_passes.mlir) computes what the reference does.
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

using namespace camber;

namespace {

/// Passes between choose-tiles and choose-schedule, then those between it and schedule-to-llvm.
struct Order {
  const char *name, *tile, *schedule;
};

#define TO_CPU "tile-guard-divisions,convert-tile-to-cpu"
#define TO_DEVICE "convert-tile-to-pipeline,pipeline-fold-affine"

const Order kTileOrders[] = {
    {"the compiler's",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-split-key-ranges,"
     "tile-merge-piecewise",
     nullptr},
    {"no skipping, no ranges, no joins", "convert-attn-to-tile,tile-fuse-scores,tile-use-base2", nullptr},
    {"no ranges", "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-merge-piecewise",
     nullptr},
    {"too late to skip", "convert-attn-to-tile,tile-fuse-scores,tile-skip-decayed,tile-use-base2,tile-split-key-ranges",
     nullptr},
    {"base 2 after ranges",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-split-key-ranges,"
     "tile-use-base2,tile-merge-piecewise",
     nullptr},
    {"joins first",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-merge-piecewise,tile-use-base2,"
     "tile-split-key-ranges",
     nullptr},
    {"structure lost early",
     "convert-attn-to-tile,attn-expand-scores,tile-fuse-scores,tile-use-base2,"
     "tile-split-key-ranges",
     nullptr},
    {"everything twice, cleaned up between",
     "convert-attn-to-tile,tile-skip-decayed,tile-skip-decayed,canonicalize,cse,tile-fuse-scores,tile-fuse-scores,"
     "canonicalize,cse,tile-use-base2,tile-use-base2,canonicalize,cse,tile-split-key-ranges,tile-split-key-ranges,"
     "canonicalize,cse,tile-merge-piecewise,tile-merge-piecewise,canonicalize,cse",
     nullptr},
};

const Order kCPUOrders[] = {
    {"guards twice", nullptr,
     "tile-guard-divisions,canonicalize,tile-guard-divisions,convert-tile-to-cpu,canonicalize,cse"},
    {"outlined already", nullptr, TO_CPU ",cpu-outline-kernels,canonicalize,cpu-outline-kernels"},
    {"vectors first", nullptr, TO_CPU ",convert-cpu-to-vector,cse"},
};

const Order kDeviceOrders[] = {
    {"nothing folded", nullptr, "convert-tile-to-pipeline"},
    {"folded twice", nullptr, TO_DEVICE ",canonicalize,cse,pipeline-fold-affine"},
    {"divisions guarded", nullptr, "tile-guard-divisions," TO_DEVICE},
};

KernelSpec attention(const char *name, const char *storage) {
  KernelSpec spec;
  spec.name = name;
  spec.heads = 4;
  spec.kvHeads = 2;
  spec.headDim = 64;
  spec.storage = storage;
  return spec;
}

std::vector<KernelSpec> specs(const char *storage) {
  std::vector<KernelSpec> all(4, attention("k", storage));
  all[0].causal = true;
  all[1].bias = KernelSpec::Alibi;
  all[1].causal = true;
  all[2].bias = KernelSpec::Alibi;
  all[2].alibi.form = AlibiSpec::Symmetric;
  all[2].softcap = 30.0;
  all[3].bias = KernelSpec::T5;
  all[3].causal = true;
  return all;
}

class PassOrder : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    attn::registerAttnPasses();
    tile::registerTilePasses();
    registerAllTargets();
    registerPassesAndPipelines();
    mlir::registerTransformsPasses();
  }

  /// The code of the kernel by these passes, or what was refused.
  static llvm::Expected<CompiledKernel> compile(const KernelSpec &spec, const TargetDesc &target,
                                                const std::string &passes) {
    auto failure = [](const llvm::Twine &text) {
      return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
    };
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
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

  static void expectRight(const Order &order, const KernelSpec &spec, const TargetDesc &target,
                          const char *toSchedule) {
    std::string chosen = "{target=" + target.base + "}";
    std::string passes = "attn-bufferize,attn-annotate-kernels,choose-tiles" + chosen + "," +
                         (order.tile ? order.tile : kTileOrders[0].tile) + ",choose-schedule" + chosen + "," +
                         (order.schedule ? order.schedule : toSchedule) + ",schedule-to-llvm" + chosen;
    llvm::Expected<CompiledKernel> kernel = compile(spec, target, passes);
    ASSERT_TRUE(bool(kernel)) << llvm::toString(kernel.takeError());
    auto directory = llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"));
    harness::CheckOptions check;
    check.bundle = directory.file("bundle");
    check.inputs = "normal";
    check.batch = 1;
    check.qLen = check.kvLen = 200;
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

  static void expectAllRight(llvm::ArrayRef<Order> orders, llvm::StringRef targetName, const char *storage,
                             const char *toSchedule) {
    TargetDesc target = llvm::cantFail(lookupTarget(targetName));
    for (const Order &order : orders)
      for (const KernelSpec &spec : specs(storage)) {
        SCOPED_TRACE(std::string(order.name) + ", " + spec.defaultName());
        expectRight(order, spec, target, toSchedule);
      }
  }
};

TEST_F(PassOrder, OfTilesOnACPU) { expectAllRight(kTileOrders, "native", "f32", TO_CPU); }
TEST_F(PassOrder, OfTilesOnADevice) { expectAllRight(kTileOrders, "sm_80", "f16", TO_DEVICE); }
TEST_F(PassOrder, OfBuffers) { expectAllRight(kCPUOrders, "native", "f16", TO_CPU); }
TEST_F(PassOrder, OfThreadBlocks) { expectAllRight(kDeviceOrders, "sm_80", "f16", TO_DEVICE); }

} // namespace
