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
    // Few rows (decoding): a block of one panel, so that lanes without a row cost least.
    int64_t group = shape.heads / shape.kvHeads, panel = panelVectors() * processor.lanes;
    constexpr int64_t rows = 64, keys = 64;
    bool few = shape.qLenMax <= rows && shape.qLenMax * group <= panel;
    return tile::ShapeAttr::get(context, few ? panel : rows, keys, /*packMax=*/32);
  }

  Attribute chooseSchedule(tile::GeometryAttr geometry) const override {
    // 6×2 accumulators of 16 registers, 6×4 of 32: with one row of vectors and a broadcast they just fit.
    int64_t vectors = panelVectors();
    return cpu::ScheduleAttr::get(geometry.getContext(), processor.lanes, 6, vectors, 6, vectors);
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
