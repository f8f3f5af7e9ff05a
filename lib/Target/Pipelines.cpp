// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The from-to pipelines, whatever the target.
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

void camber::buildAttnToKernel(OpPassManager &pm) {
  pm.addPass(attn::createBufferizeKernels());
  pm.addPass(attn::createAnnotateKernels());
}

void camber::buildAttnToTile(OpPassManager &pm, const ChooseTilesOptions &options) {
  pm.addPass(createChooseTiles(options));
  pm.addPass(tile::createConvertAttnToTile());
  // Asks the modifiers for bounds, so it comes before they are replaced by their structure.
  pm.addPass(tile::createSkipDecayed());
  pm.addPass(tile::createFuseScores());
  // Before splitting, so that it is done once and not once per loop.
  pm.addPass(tile::createUseBase2());
  pm.addPass(tile::createSplitKeyRanges());
  pm.addPass(tile::createMergePiecewise());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void camber::buildTileToSchedule(OpPassManager &pm, const Target &target, const ChooseScheduleOptions &options) {
  pm.addPass(createChooseSchedule(options));
  target.buildTileToSchedule(pm);
}

namespace {
struct TargetOptions : PassPipelineOptions<TargetOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Name of the target, which must be given")};
};
struct ScheduleOptions : PassPipelineOptions<ScheduleOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Name of the target, which must be given")};
  Option<std::string> schedules{*this, "schedules", llvm::cl::desc("File with a table before the target's own")};
  Option<std::string> schedule{*this, "schedule", llvm::cl::desc("The schedule, as MLIR prints it")};
};
struct TileOptions : PassPipelineOptions<TileOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Name of the target that chooses sizes")};
  Option<std::string> schedules{*this, "schedules", llvm::cl::desc("File with a table before the target's own")};
  Option<int64_t> rows{*this, "rows", llvm::cl::desc("Rows of a block"), llvm::cl::init(0)};
  Option<int64_t> keys{*this, "keys", llvm::cl::desc("Keys of a tile"), llvm::cl::init(0)};
  Option<int64_t> packMax{*this, "pack-max", llvm::cl::desc("Longest query that packs heads"), llvm::cl::init(-1)};
};
} // namespace

void camber::registerPassesAndPipelines() {
  registerTargetPasses();
  for (StringRef name : getTargetNames())
    findTarget(name)->registerPasses();
  PassPipelineRegistration<TileOptions>(
      "attn-to-tile", "attention on tensors or memrefs to fused, split tiles",
      [](OpPassManager &pm, const TileOptions &options) {
        buildAttnToKernel(pm);
        buildAttnToTile(pm, {options.target, options.schedules, options.rows, options.keys, options.packMax});
      });
  PassPipelineRegistration<ScheduleOptions>(
      "tile-to-schedule", "tiles to the schedule level of a target",
      [](OpPassManager &pm, const ScheduleOptions &options) {
        ChooseScheduleOptions chosen{options.target, options.schedules, options.schedule};
        if (const Target *target = findTarget(options.target))
          buildTileToSchedule(pm, *target, chosen);
        else
          pm.addPass(createChooseSchedule(chosen)); // reports it
      });
  PassPipelineRegistration<TargetOptions>("schedule-to-llvm", "a target's schedule level to the LLVM dialect",
                                          [](OpPassManager &pm, const TargetOptions &options) {
                                            if (const Target *target = findTarget(options.target))
                                              target->buildScheduleToLLVM(pm, 0);
                                            else
                                              pm.addPass(createChooseSchedule({options.target, {}, {}})); // reports it
                                          });
}
