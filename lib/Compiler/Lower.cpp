// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// lowerToLLVM: one kernel through the levels.
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Target/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace camber;

void camber::registerCompilerDialects(DialectRegistry &registry) {
  // Every tool's registration, in one place: our dialects, and those of MLIR that kernels are lowered through.
  registerAllTargets();
  registry.insert<attn::AttnDialect, tile::TileDialect>();
  for (StringRef name : getTargetNames())
    findTarget(name)->registerDialects(registry);
  registerAllDialects(registry);
  registerAllExtensions(registry);
  attn::registerBufferizableOpInterfaceModels(registry);
}

LogicalResult camber::lowerToLLVM(ModuleOp module, const TargetDesc &desc, Stage stage, std::string *schedule) {
  const Target *target = findTarget(desc.base);
  if (!target)
    return module.emitError() << "target '" << desc.name << "' has no kernels";
  attn::AttentionOp attention;
  uint64_t fingerprint = 0;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto all = function.getBody().getOps<attn::AttentionOp>();
    if (all.empty())
      continue;
    attention = *all.begin();
    FailureOr<KernelContract> contract = describeKernel(function);
    if (failed(contract))
      return failure();
    fingerprint = contract->fingerprint();
  }
  if (!attention)
    return module.emitError("holds no kernel");
  if (!target->supportsHeadDim(attention.getHeadDim()))
    return attention.emitOpError() << "head dim " << attention.getHeadDim() << " has no kernel on " << desc.name
                                   << ", which supports " << target->describeHeadDims();
  if (stage == Stage::Attn)
    return success();

  auto run = [&](function_ref<void(OpPassManager &)> build) {
    PassManager pm(module.getContext());
    build(pm);
    return pm.run(module);
  };
  if (failed(run([&](OpPassManager &pm) {
        buildAttnToKernel(pm);
        buildAttnToTile(pm, {target->getName().str()});
      })))
    return failure();
  if (stage == Stage::Tile)
    return success();
  if (failed(run([&](OpPassManager &pm) { target->buildTileToSchedule(pm); })))
    return failure();
  if (schedule)
    module.walk([&](func::FuncOp function) {
      if (Attribute chosen = function->getAttr("camber.schedule"))
        llvm::raw_string_ostream(*schedule) << chosen << " " << function->getAttr("camber.geometry");
    });
  if (stage == Stage::Schedule)
    return success();
  return run([&](OpPassManager &pm) { target->buildScheduleToLLVM(pm, fingerprint); });
}
