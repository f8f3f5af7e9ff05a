// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU targets: what they are made of.
#include "CPUSchedules.h"
#include "Processors.h"
#include "VectorToLLVM.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
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

  const ScheduleTable &getSchedules() const override {
    static const ScheduleTable table = llvm::cantFail(ScheduleTable::parse(kCPUSchedules, "of the compiler"));
    return table;
  }
  std::vector<ScheduleChoice> getAlternatives(const ScheduleChoice &choice, int64_t group) const override {
    auto microkernel = cast<cpu::MicrokernelAttrInterface>(choice.schedule);
    return microkernel.getAlternatives(choice.tiles, group, processor.vectorRegisters);
  }

  void buildTileToSchedule(OpPassManager &pm) const override {
    pm.addPass(tile::createGuardDivisions());
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
    cpu::buildVectorToLLVM(pm, processor.scaleInstructions);
  }

private:
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
