// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU targets: tile sizes, schedules and pipelines.
#include "Processors.h"
#include "VectorToLLVM.h"
#include "camber/Dialect/Schedule/CPUDialect.h"
#include "camber/Dialect/Schedule/CPUPasses.h"
#include "camber/Target/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace camber;

namespace {
class CPUTarget : public Target {
public:
  explicit CPUTarget(const cpu::Processor &processor) : processor(processor) {}

  StringRef getName() const override { return processor.desc.name; }
  llvm::Expected<TargetDesc> describe(ArrayRef<StringRef> features) const override;
  bool supportsHeadDim(int64_t d) const override { return d >= 16 && d <= 256 && d % 16 == 0; }
  std::string describeHeadDims() const override { return "multiples of 16 from 16 to 256"; }

  void registerDialects(DialectRegistry &dialects) const override { dialects.insert<cpu::CPUDialect>(); }
  void registerPasses() const override { cpu::registerCPUPasses(); }

  tile::ShapeAttr chooseTiles(MLIRContext *context, const KernelShape &shape) const override {
    int64_t group = shape.heads / shape.kvHeads, panel = panelVectors() * processor.lanes;
    constexpr int64_t packMax = 32, floatsOfOutput = 1 << 15;
    bool packs = group > 1 && shape.qLenMax <= packMax;
    int64_t mostRows = std::min<int64_t>(llvm::alignDown(floatsOfOutput / shape.headDim, panel), 256);
    int64_t wanted = shape.qLenMax >= mostRows ? mostRows : shape.qLenMax * (packs ? group : 1);
    // A few rows (decoding): lanes are keys. Long tiles read keys and values in long runs; what is converted to float32
    // should stay in the first-level cache.
    if (wanted <= processor.lanes)
      return tile::ShapeAttr::get(context, processor.lanes, shape.storageBits == 32 ? 64 : 16, packMax);
    // As many rows as stay in the second-level cache with their outputs: keys and values come from further away once
    // per block. A boundary tile costs by panel, so long blocks cost a mask nothing.
    int64_t rows = std::min<int64_t>(llvm::alignTo(wanted, panel), mostRows);
    // A multiple of the keys of a register tile, where the first-level cache holds keys, values and scores.
    int64_t keys = panelVectors() == 2 ? 96 : 64;
    return tile::ShapeAttr::get(context, rows, keys, packMax);
  }

  Attribute chooseSchedule(tile::GeometryAttr geometry) const override {
    MLIRContext *context = geometry.getContext();
    int64_t vectors = panelVectors(), panel = vectors * processor.lanes, rows = geometry.getRows();
    // A block of fewer rows than a panel: as many accumulators of values as leave registers for a broadcast.
    if (rows < panel)
      return cpu::ScheduleAttr::get(context, processor.lanes, 1, 1, /*valueRows=*/8, processor.vectorRegisters / 2,
                                    /*panels=*/std::min<int64_t>(rows, 64), /*keysInLanes=*/true);
    // 6×2 accumulators of 16 registers, 6×4 of 32: with one row of vectors and a broadcast they just fit. Groups of at
    // least 32 rows, as far as the block has them.
    int64_t panels = std::clamp<int64_t>(32 / panel, 1, rows / panel);
    return cpu::ScheduleAttr::get(context, processor.lanes, 6, vectors, 6, vectors, panels, /*keysInLanes=*/false);
  }

  void buildTileToSchedule(OpPassManager &pm) const override {
    pm.addPass(createChooseSchedule({processor.desc.name}));
    pm.addPass(cpu::createGuardDivisions());
    pm.addPass(cpu::createConvertTileToCPU());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  void buildScheduleToLLVM(OpPassManager &pm, uint64_t fingerprint) const override {
    pm.addPass(cpu::createOutlineKernels());
    pm.addPass(cpu::createConvertCPUToVector());
    cpu::EmitKernelABIOptions options;
    options.arch = processor.desc.arch;
    options.fingerprint = fingerprint;
    pm.addPass(cpu::createEmitKernelABI(options));
    cpu::buildVectorToLLVM(pm);
  }

private:
  int64_t panelVectors() const { return processor.vectorRegisters >= 32 ? 4 : 2; }
  const cpu::Processor &processor;
};
} // namespace

llvm::Expected<TargetDesc> CPUTarget::describe(ArrayRef<StringRef> features) const {
  TargetDesc target = processor.desc;
  for (StringRef feature : features) {
    auto found = llvm::find_if(processor.extras, [&](const cpu::ExtraFeature &extra) { return extra.name == feature; });
    if (found == processor.extras.end()) {
      auto names = llvm::map_range(processor.extras, [](const cpu::ExtraFeature &extra) { return extra.name; });
      std::string known = processor.extras.empty() ? target.base + " takes no additional features"
                                                   : "known for " + target.base + ": " + llvm::join(names, ", ");
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "unknown CPU feature '" + feature + "'; " + known);
    }
    target.name += ("+" + feature).str();
    target.features += ((target.features.empty() ? "+" : ",+") + feature).str();
    target.required.push_back(found->bit);
  }
  return target;
}

namespace camber {
void registerCPUTargets() {
  for (const cpu::Processor &processor : cpu::getProcessors())
    registerTarget(std::make_unique<CPUTarget>(processor));
}
} // namespace camber
