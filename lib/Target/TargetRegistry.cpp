// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Targets by name, and the pass that asks one for its schedule.
#include "camber/Target/Passes.h"
#include "mlir/Pass/Pass.h"

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
  void getDependentDialects(DialectRegistry &dialects) const override {
    // Any of them may be asked for once the option is parsed.
    for (StringRef name : getTargetNames())
      findTarget(name)->registerDialects(dialects);
  }

  void runOnOperation() override {
    const Target *found = findTarget(target);
    if (!found) {
      InFlightDiagnostic error = getOperation()->emitError()
                                 << "unknown target '" << target.getValue() << "'; there are ";
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
} // namespace

std::unique_ptr<Pass> camber::createChooseSchedulePass(StringRef target) {
  return std::make_unique<ChooseSchedule>(target);
}
