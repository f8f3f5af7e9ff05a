// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// choose-schedule: asks a target for the schedule of every tile.kernel.
#include "ReadSchedules.h"
#include "camber/Target/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Pass/Pass.h"

namespace camber {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "camber/Target/Passes.h.inc"
} // namespace camber

using namespace mlir;
using namespace camber;

/// Of an element of keys, where they are read.
static unsigned storageBits(tile::KernelOp op) {
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
    FailureOr<ScheduleTable> table = readSchedules(getOperation(), schedules, found);
    if (failed(table))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](tile::KernelOp op) {
      int64_t headDim = op.getGeometry().getHeadDim();
      if (!found->supportsHeadDim(headDim)) {
        op.emitOpError() << "head dim " << headDim << " has no kernel on " << found->getName() << ", which supports "
                         << found->describeHeadDims();
        return WalkResult::interrupt();
      }
      Attribute chosen = choose(op, *table);
      if (!chosen)
        return WalkResult::interrupt();
      op.setScheduleAttr(chosen);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  Attribute choose(tile::KernelOp op, const ScheduleTable &table) {
    tile::GeometryAttr geometry = op.getGeometry();
    ScheduleKey key{target, geometry.getHeadDim(), storageBits(op), geometry.getHeads() / geometry.getKvHeads(),
                    geometry.getRows()};
    StringRef text = schedule.empty() ? table.findSchedule(key) : StringRef(schedule);
    Attribute chosen = text.empty() ? Attribute() : parseAttribute(text, &getContext());
    if (!chosen)
      op.emitError() << "the schedule '" << text << "' is no attribute of " << target;
    return chosen;
  }
};
} // namespace
