// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The registry of targets, the choose-schedule pass, and the CPU targets' answers.
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

static std::vector<std::unique_ptr<Target>> &registry() {
  static std::vector<std::unique_ptr<Target>> targets;
  return targets;
}

void camber::registerTarget(std::unique_ptr<Target> target) {
  if (!findTarget(target->getName()))
    registry().push_back(std::move(target));
}

const Target *camber::findTarget(StringRef name) {
  for (const auto &target : registry())
    if (target->getName() == name)
      return target.get();
  return nullptr;
}

std::vector<StringRef> camber::getTargetNames() {
  std::vector<StringRef> names;
  for (const auto &target : registry())
    names.push_back(target->getName());
  return names;
}

namespace {
struct ChooseSchedule : PassWrapper<ChooseSchedule, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChooseSchedule)
  ChooseSchedule() = default;
  ChooseSchedule(const ChooseSchedule &other) : PassWrapper(other) {}
  explicit ChooseSchedule(StringRef name) { target = name.str(); }

  StringRef getArgument() const override { return "choose-schedule"; }
  StringRef getDescription() const override { return "ask the target for the schedule of every tile.instances"; }
  void getDependentDialects(DialectRegistry &dialects) const override { dialects.insert<cpu::CPUDialect>(); }

  void runOnOperation() override {
    const Target *found = findTarget(target);
    if (!found) {
      InFlightDiagnostic error = getOperation()->emitError() << "unknown target '" << target.getValue() << "'; there are ";
      llvm::interleaveComma(getTargetNames(), error);
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk([&](tile::InstancesOp op) {
      int64_t headDim = op.getGeometry().getHeadDim();
      if (!found->supportsHeadDim(headDim)) {
        op.emitOpError() << "head dim " << headDim << " has no kernel on " << found->getName() << ", which supports "
                         << found->describeHeadDims();
        return WalkResult::interrupt();
      }
      op.setScheduleAttr(found->chooseSchedule(op.getGeometry()));
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  Option<std::string> target{*this, "target", llvm::cl::desc("Name of the target"), llvm::cl::init("x86-64-v3")};
};

/// A CPU with `width` f32 lanes and `registers` vector registers.
class CPUTarget : public Target {
public:
  CPUTarget(StringRef name, StringRef arch, int64_t width, int64_t registers)
      : name(name), arch(arch), width(width), registers(registers) {}

  StringRef getName() const override { return name; }
  bool supportsHeadDim(int64_t d) const override { return d >= 16 && d <= 256 && d % 16 == 0; }
  std::string describeHeadDims() const override { return "multiples of 16 from 16 to 256"; }

  TileShape chooseTiles(const KernelShape &shape) const override {
    // Few rows (decoding): a block of one panel, so that lanes without a row cost least.
    int64_t group = shape.heads / shape.kvHeads, panel = panelVectors() * width;
    constexpr int64_t rows = 64, keys = 64;
    bool few = shape.qLenMax <= rows && shape.qLenMax * group <= panel;
    return {few ? panel : rows, keys, /*packMax=*/32};
  }

  Attribute chooseSchedule(tile::GeometryAttr geometry) const override {
    // 6×2 accumulators of 16 registers, 6×4 of 32: with one row of vectors and a broadcast they just fit.
    int64_t vectors = panelVectors();
    return cpu::ScheduleAttr::get(geometry.getContext(), width, 6, vectors, 6, vectors);
  }

  void buildTileToSchedule(OpPassManager &pm) const override {
    pm.addPass(createChooseSchedulePass(name));
    pm.addPass(cpu::createConvertTileToCPU());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  void buildScheduleToLLVM(OpPassManager &pm, uint64_t fingerprint) const override {
    pm.addPass(cpu::createConvertCPUToVector());
    cpu::EmitKernelABIOptions options;
    options.arch = arch.str();
    options.fingerprint = fingerprint;
    pm.addPass(cpu::createEmitKernelABI(options));
    buildVectorToLLVM(pm);
  }

private:
  int64_t panelVectors() const { return registers >= 32 ? 4 : 2; }
  StringRef name, arch;
  int64_t width, registers;
};
} // namespace

std::unique_ptr<Pass> camber::createChooseSchedulePass(StringRef target) { return std::make_unique<ChooseSchedule>(target); }

void camber::registerCPUTargets() {
  registerTarget(std::make_unique<CPUTarget>("x86-64-v3", "x86_64", 8, 16));
  registerTarget(std::make_unique<CPUTarget>("x86-64-v4", "x86_64", 16, 32));
  registerTarget(std::make_unique<CPUTarget>("aarch64", "aarch64", 4, 32));
}

namespace {
struct TargetOptions : PassPipelineOptions<TargetOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Name of the target"), llvm::cl::init("x86-64-v3")};
};
struct TileOptions : PassPipelineOptions<TileOptions> {
  Option<int64_t> rows{*this, "rows", llvm::cl::desc("Rows of a block"), llvm::cl::init(64)};
  Option<int64_t> keys{*this, "keys", llvm::cl::desc("Keys of a tile"), llvm::cl::init(64)};
  Option<int64_t> packMax{*this, "pack-max", llvm::cl::desc("Longest query that packs heads"), llvm::cl::init(32)};
};
} // namespace

void camber::registerTargetPasses() {
  registerPass([] { return createChooseSchedulePass("x86-64-v3"); });
  PassPipelineRegistration<TileOptions>("attn-to-tile", "attention on tensors or memrefs to fused, split tiles",
                                        [](OpPassManager &pm, const TileOptions &options) {
                                          buildAttnToKernel(pm);
                                          buildAttnToTile(pm, {options.rows, options.keys, options.packMax});
                                        });
  PassPipelineRegistration<TargetOptions>("tile-to-schedule", "tiles to the schedule level of a target",
                                          [](OpPassManager &pm, const TargetOptions &options) {
                                            if (const Target *target = findTarget(options.target))
                                              target->buildTileToSchedule(pm);
                                            else
                                              pm.addPass(createChooseSchedulePass(options.target)); // reports it
                                          });
  PassPipelineRegistration<TargetOptions>("schedule-to-llvm", "a target's schedule level to the LLVM dialect",
                                          [](OpPassManager &pm, const TargetOptions &options) {
                                            if (const Target *target = findTarget(options.target))
                                              target->buildScheduleToLLVM(pm, 0);
                                            else
                                              pm.addPass(createChooseSchedulePass(options.target)); // reports it
                                          });
}
