// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// lowerToLLVM: one kernel through the levels.
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Target/LowerToLLVM.h"
#include "camber/Target/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace camber;

void camber::registerCompilerDialects(DialectRegistry &registry) {
  registerAllTargets();
  registry.insert<attn::AttnDialect, tile::TileDialect>();
  for (StringRef name : getTargetNames())
    findTarget(name)->registerDialects(registry);
  // MLIR's dialects that kernels are written in and lowered through.
  registry
      .insert<affine::AffineDialect, arith::ArithDialect, bufferization::BufferizationDialect, cf::ControlFlowDialect,
              func::FuncDialect, index::IndexDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
              scf::SCFDialect, tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  registerUpstreamToLLVM(registry);
  // What one-shot bufferisation asks of their operations.
  attn::registerBufferizableOpInterfaceModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
}

llvm::Expected<DescribedSchedule> camber::readSchedule(StringRef text, MLIRContext &context) {
  size_t read = 0;
  Attribute schedule = parseAttribute(text, &context, {}, &read);
  auto geometry = llvm::dyn_cast_or_null<tile::GeometryAttr>(parseAttribute(text.drop_front(read).trim(), &context));
  if (!schedule || !geometry)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "the compiler describes its schedule as '" + text + "', which cannot be read");
  auto tiles = tile::ShapeAttr::get(&context, geometry.getRows(), geometry.getKeys(),
                                    tile::ShapeAttr::getDefault(&context).getPackMax());
  return DescribedSchedule{{tiles, schedule}, geometry};
}

LogicalResult camber::lowerToLLVM(ModuleOp module, const TargetDesc &desc, Stage stage, const ScheduleSource &source,
                                  std::string *schedule) {
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
    FailureOr<KernelSignature> signature = describeKernel(function);
    if (failed(signature))
      return failure();
    fingerprint = signature->fingerprint();
  }
  if (!attention)
    return module.emitError("holds no kernel");
  if (!target->supportsHeadDim(attention.getHeadDim()))
    return attention.emitOpError() << "head dim " << attention.getHeadDim() << " has no kernel on " << desc.name
                                   << ", which supports " << target->describeHeadDims();
  if (stage == Stage::Attn)
    return success();
  std::string chosen;
  if (source.choice) {
    attention->setAttr("tile.shape", source.choice->tiles);
    llvm::raw_string_ostream(chosen) << source.choice->schedule;
  }

  auto run = [&](function_ref<void(OpPassManager &)> build) {
    PassManager pm(module.getContext());
    pm.enableVerifier(false); // a level is verified as a whole: after every pass it takes a tenth of the time
    build(pm);
    return failure(failed(pm.run(module)) || failed(verify(module)));
  };
  if (failed(run([&](OpPassManager &pm) {
        buildAttnToKernel(pm);
        buildAttnToTile(pm, {target->getName().str(), source.schedules});
      })))
    return failure();
  if (stage == Stage::Tile)
    return success();
  if (failed(run([&](OpPassManager &pm) {
        buildTileToSchedule(pm, *target, {target->getName().str(), source.schedules, chosen});
      })))
    return failure();
  if (schedule)
    for (auto function : module.getOps<func::FuncOp>()) // all functions of a kernel have the same
      if (Attribute chosen = function->getAttr("camber.schedule"); chosen && schedule->empty())
        llvm::raw_string_ostream(*schedule) << chosen << " " << function->getAttr("camber.geometry");
  if (stage == Stage::Schedule)
    return success();
  return run([&](OpPassManager &pm) { target->buildScheduleToLLVM(pm, fingerprint); });
}
