// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A target of this folder's own: sizes that no other target has, and the cpu level with a schedule of its own choosing.
#include "TestBias.h"
#include "camber/Dialect/Schedule/CPUDialect.h"
#include "camber/Dialect/Schedule/CPUPasses.h"
#include "camber/Target/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

namespace {
class ToyTarget : public Target {
public:
  StringRef getName() const override { return "toy-128"; }
  /// 128-bit vectors on an x86-64-v3 processor.
  llvm::Expected<TargetDesc> describe(ArrayRef<StringRef> features) const override {
    llvm::Expected<TargetDesc> desc = findTarget("x86-64-v3")->describe(features);
    if (desc)
      desc->name = desc->base = getName();
    return desc;
  }
  void registerDialects(DialectRegistry &dialects) const override { dialects.insert<cpu::CPUDialect>(); }
  void registerPasses() const override {}
  bool supportsHeadDim(int64_t d) const override { return d == 32; }
  std::string describeHeadDims() const override { return "32 alone"; }
  tile::ShapeAttr chooseTiles(MLIRContext *context, const KernelShape &) const override {
    return tile::ShapeAttr::get(context, /*rows=*/24, /*keys=*/20, /*packMax=*/4);
  }
  Attribute chooseSchedule(tile::GeometryAttr geometry) const override {
    return cpu::ScheduleAttr::get(geometry.getContext(), /*width=*/4, 3, 2, 2, 2, /*panels=*/2, /*keysInLanes=*/false);
  }
  void buildTileToSchedule(OpPassManager &pm) const override {
    pm.addPass(createChooseSchedule({getName().str()}));
    pm.addPass(cpu::createConvertTileToCPU());
    pm.addPass(createCSEPass());
  }
  void buildScheduleToLLVM(OpPassManager &pm, uint64_t fingerprint) const override {
    findTarget("x86-64-v3")->buildScheduleToLLVM(pm, fingerprint);
  }
};
} // namespace

void camber::test::registerToyTarget() { registerTarget(std::make_unique<ToyTarget>()); }
