// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU targets: tile sizes, schedules and pipelines.
#include "VectorToLLVM.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

namespace {
/// A CPU with `width` f32 lanes and `registers` vector registers.
class CPUTarget : public Target {
public:
  CPUTarget(StringRef name, StringRef arch, int64_t width, int64_t registers)
      : name(name), arch(arch), width(width), registers(registers) {}

  StringRef getName() const override { return name; }
  bool supportsHeadDim(int64_t d) const override { return d >= 16 && d <= 256 && d % 16 == 0; }
  std::string describeHeadDims() const override { return "multiples of 16 from 16 to 256"; }

  void registerDialects(DialectRegistry &dialects) const override { dialects.insert<cpu::CPUDialect>(); }

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
    pm.addPass(createChooseSchedule({name.str()}));
    pm.addPass(cpu::createGuardDivisions());
    pm.addPass(cpu::createConvertTileToCPU());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  void buildScheduleToLLVM(OpPassManager &pm, uint64_t fingerprint) const override {
    pm.addPass(cpu::createOutlineKernels());
    pm.addPass(cpu::createConvertCPUToVector());
    cpu::EmitKernelABIOptions options;
    options.arch = arch.str();
    options.fingerprint = fingerprint;
    pm.addPass(cpu::createEmitKernelABI(options));
    cpu::buildVectorToLLVM(pm);
  }

private:
  int64_t panelVectors() const { return registers >= 32 ? 4 : 2; }
  StringRef name, arch;
  int64_t width, registers;
};
} // namespace

void camber::registerCPUTargets() {
  registerTarget(std::make_unique<CPUTarget>("x86-64-v3", "x86_64", 8, 16));
  registerTarget(std::make_unique<CPUTarget>("x86-64-v4", "x86_64", 16, 32));
  registerTarget(std::make_unique<CPUTarget>("aarch64", "aarch64", 4, 32));
}
