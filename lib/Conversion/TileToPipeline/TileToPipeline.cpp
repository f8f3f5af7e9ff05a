// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-tile-to-pipeline: tile.kernel to functions that thread blocks run, whose tiles come into shared memory.
#include "Patterns.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Support/Conversion.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_CONVERTTILETOPIPELINE
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// The function of a kernel becomes @k_main, with the arguments that all functions of thread blocks have.
static func::FuncOp createMain(tile::Kernel kernel, ScheduleAttr schedule) {
  func::FuncOp from = kernel.function;
  OpBuilder b(from);
  SmallVector<Type> types(from.getArgumentTypes()), more = WorkArguments::types(b.getContext());
  llvm::append_range(types, more);
  auto main = func::FuncOp::create(b, from.getLoc(), (from.getName() + "_main").str(), b.getFunctionType(types, {}));
  for (unsigned i = 0; i < from.getNumArguments(); ++i)
    main.setArgAttrs(i, from.getArgAttrDict(i));
  main.getBody().takeBody(from.getBody());
  main.getBody().addArguments(more, SmallVector<Location>(more.size(), from.getLoc()));
  main->setAttr("camber.geometry", kernel.programs.getGeometry());
  main->setAttr("camber.schedule", schedule);
  from.erase();
  return main;
}

/// Scores and bounds go on as they are, so passes before this one must have lowered them.
static LogicalResult checkScores(tile::KernelOp kernel) {
  WalkResult scores = kernel.walk([](tile::ScoreOp score) { return WalkResult(tile::checkLowered(score)); });
  if (scores.wasInterrupted())
    return failure();
  WalkResult bounds = kernel.walk([](Operation *op) {
    if (auto bound = dyn_cast<tile::StateBoundOp>(op))
      return WalkResult(tile::checkLowered(bound));
    if (auto range = dyn_cast<tile::SkipRangeOp>(op))
      return WalkResult(tile::checkLowered(range));
    return WalkResult::advance();
  });
  return failure(bounds.wasInterrupted());
}

/// Tiles in registers and rows are for ops of the two dialects, and for loops and switches that carry them. One that
/// was loaded is not in registers.
static bool isLegal(Operation *op) {
  auto isLoaded = [](Value value) {
    auto cast = value.getDefiningOp<UnrealizedConversionCastOp>();
    return cast && isa<StageType>(cast.getInputs()[0].getType());
  };
  if (llvm::any_of(op->getOperands(), isLoaded))
    return false;
  auto isTile = llvm::IsaPred<tile::TileType, tile::RowsType>;
  return isa<scf::ForOp, scf::IndexSwitchOp, scf::YieldOp>(op) ||
         isa_and_nonnull<tile::TileDialect>(op->getDialect()) ||
         (llvm::none_of(op->getOperandTypes(), isTile) && llvm::none_of(op->getResultTypes(), isTile));
}

static LogicalResult convertKernel(tile::Kernel kernel) {
  auto schedule = dyn_cast_or_null<ScheduleAttr>(kernel.programs.getSchedule().value_or(Attribute()));
  if (!schedule)
    return kernel.programs.emitOpError(
        "must carry a #pipeline.schedule; run choose-schedule with a device as target first");
  if (failed(checkScores(kernel.programs)) || failed(tile::checkDivisions(kernel.function)))
    return failure();
  func::FuncOp main = createMain(kernel, schedule);
  StageRings rings;
  if (failed(reserveStages(kernel.programs, schedule, rings)) || failed(prepareScores(kernel.programs)) ||
      failed(convertKeyLoops(kernel.programs)))
    return failure();

  MLIRContext *context = main.getContext();
  RewritePatternSet patterns(context);
  populateProgramPatterns(patterns);
  populateStagePatterns(patterns, rings);
  populateProductPatterns(patterns);
  populateSoftmaxPatterns(patterns);
  populateSkipPatterns(patterns);
  populateResultPatterns(patterns);
  ConversionTarget target(*context);
  target.addIllegalDialect<tile::TileDialect>();
  target.addLegalDialect<PipelineDialect>();
  target.addLegalOp<TabulateOp>();
  target.addDynamicallyLegalOp<tile::RowBoundsOp, tile::BlockHeadOp, tile::InitStateOp, tile::ScoreOp,
                               tile::StateBoundOp, tile::SkipRangeOp>(isLegal);
  target.markOpRecursivelyLegal<tile::ScoreOp, tile::StateBoundOp, tile::SkipRangeOp, TabulateOp>();
  target.markUnknownOpDynamicallyLegal(isLegal);
  if (failed(convertIllegalOps(main, target, std::move(patterns))))
    return failure();
  return scheduleCopies(main);
}

namespace {
struct ConvertTileToPipeline : pipeline::impl::ConvertTileToPipelineBase<ConvertTileToPipeline> {
  void runOnOperation() override {
    FailureOr<SmallVector<tile::Kernel>> kernels = tile::findKernels(getOperation(), {"_main", "_combine", "_prepare"});
    if (failed(kernels))
      return signalPassFailure();
    for (tile::Kernel kernel : *kernels)
      if (failed(convertKernel(kernel)))
        return signalPassFailure();
  }
};
} // namespace
