// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// choose-schedule: asks a target for the schedule of every tile.instances.
#include "camber/Target/Passes.h"
#include "mlir/Pass/Pass.h"

namespace camber {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "camber/Target/Passes.h.inc"
} // namespace camber

using namespace mlir;
using namespace camber;

/// Of an element of keys, where they are read.
static unsigned storageBits(tile::InstancesOp op) {
  unsigned bits = 32;
  op.walk([&](tile::LoadKeysOp load) { bits = cast<MemRefType>(load.getSource().getType()).getElementTypeBitWidth(); });
  return bits;
}

namespace {
struct ChooseSchedule : camber::impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void getDependentDialects(DialectRegistry &dialects) const override {
    // Any of them may be asked for once the option is parsed.
    for (StringRef name : getTargetNames())
      findTarget(name)->registerDialects(dialects);
  }

  void runOnOperation() override {
    const Target *found = nullptr;
    if (failed(requireTarget(getOperation(), target, found)))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](tile::InstancesOp op) {
      int64_t headDim = op.getGeometry().getHeadDim();
      if (!found->supportsHeadDim(headDim)) {
        op.emitOpError() << "head dim " << headDim << " has no kernel on " << found->getName() << ", which supports "
                         << found->describeHeadDims();
        return WalkResult::interrupt();
      }
      op.setScheduleAttr(found->chooseSchedule(op.getGeometry(), storageBits(op)));
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
