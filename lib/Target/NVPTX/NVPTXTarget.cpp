// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The NVPTX targets: what they are made of.
#include "Machines/NVPTXDialect.h"
#include "NVPTXSchedules.h"
#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/LowerToLLVM.h"
#include "camber/Target/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

namespace {
class NVPTXTarget : public Target {
public:
  explicit NVPTXTarget(int chip) : chip(chip), name("sm_" + std::to_string(chip)) {}

  StringRef getName() const override { return name; }
  llvm::Expected<TargetDesc> describe(ArrayRef<StringRef> features) const override {
    if (!features.empty())
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "'" + name + "' takes no additional features, such as '" + features.front() + "'");
    TargetDesc desc;
    desc.name = desc.base = desc.cpu = name;
    desc.arch = "nvptx64";
    desc.triple = "nvptx64-nvidia-cuda";
    desc.features = chip >= 120 ? "+ptx87" : chip >= 100 ? "+ptx86" : "+ptx80";
    desc.device = true;
    return desc;
  }
  bool supportsHeadDim(int64_t d) const override { return d >= 16 && d <= 256 && d % 16 == 0; }
  std::string describeHeadDims() const override { return "multiples of 16 from 16 to 256"; }

  void registerDialects(DialectRegistry &dialects) const override {
    dialects.insert<pipeline::PipelineDialect, nvptx::NVPTXDialect, NVVM::NVVMDialect>();
  }
  void registerPasses() const override { pipeline::registerPipelinePasses(); }

  const ScheduleTable &getSchedules() const override {
    static const ScheduleTable table = llvm::cantFail(ScheduleTable::parse(kNVPTXSchedules, "of the compiler"));
    return table;
  }

  /// What needs fewer registers: products in a loop, half as many keys.
  std::vector<ScheduleChoice> getAlternatives(const ScheduleChoice &choice, int64_t group) const override {
    auto schedule = cast<pipeline::ScheduleAttr>(choice.schedule);
    tile::ShapeAttr tiles = choice.tiles;
    std::vector<ScheduleChoice> choices;
    for (int64_t lines : {1, 2, 4})
      if (lines != schedule.getKUnroll())
        choices.push_back(
            {tiles, pipeline::ScheduleAttr::get(schedule.getContext(), schedule.getWarps(), schedule.getKeyStages(),
                                                schedule.getValueStages(), lines)});
    if (int64_t keys = tiles.getKeys() / 2; keys % 16 == 0)
      choices.push_back(
          {tile::ShapeAttr::get(tiles.getContext(), tiles.getRows(), keys, tiles.getPackMax()), schedule});
    return choices;
  }

  void buildTileToSchedule(OpPassManager &pm) const override {
    pm.addPass(tile::createGuardDivisions());
    pm.addPass(pipeline::createConvertTileToPipeline());
    pm.addPass(pipeline::createFoldAffine());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  void buildScheduleToLLVM(OpPassManager &pm, uint64_t fingerprint) const override {
    pm.addPass(pipeline::createConvertPipelineToThreads({"#nvptx.ampere"}));
    // What a thread does is unrolled into thousands of ops. From below they take a fifth of the time: what is dead is
    // gone before anything is tried with it.
    pm.addPass(createCanonicalizerPass(GreedyRewriteConfig().setUseTopDownTraversal(false)));
    pm.addPass(createCSEPass());
    pm.addPass(pipeline::createEmitKernelABI({maxSharedBytes()}));
    pm.addPass(createExpandMath()); // and not all of arith: maxima are instructions
    buildUpstreamToLLVM(pm);
  }

private:
  /// Shared memory of a thread block, in bytes: the table of compute capabilities in the CUDA programming guide.
  int64_t maxSharedBytes() const {
    switch (chip) {
    case 80:
      return 163 * 1024;
    case 90:
    case 100:
      return 227 * 1024;
    default:
      return 99 * 1024;
    }
  }

  int chip;
  std::string name;
};
} // namespace

namespace camber {
void registerNVPTXTargets() {
  for (int chip : {80, 86, 89, 90, 100, 120})
    registerTarget(std::make_unique<NVPTXTarget>(chip));
}
} // namespace camber
