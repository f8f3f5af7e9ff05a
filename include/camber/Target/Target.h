// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes and pipelines ask of a target. Nothing outside of lib/Target knows which targets there are.
#ifndef CAMBER_TARGET_TARGET_H
#define CAMBER_TARGET_TARGET_H

#include "camber/Bundle/TargetDesc.h"
#include "camber/Dialect/Tile/ScheduleChoice.h"
#include "camber/Target/ScheduleTable.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"
#include <string>

namespace camber {

class Target {
public:
  virtual ~Target() = default;
  /// As users write it: "x86-64-v3".
  virtual llvm::StringRef getName() const = 0;
  /// What code generation and dispatch must know, with CPU features or the like that the user appended to the name.
  /// Error: an unknown one; the message lists those there are.
  virtual llvm::Expected<TargetDesc> describe(llvm::ArrayRef<llvm::StringRef> features) const = 0;
  /// The dialects its schedules and passes are made of.
  virtual void registerDialects(mlir::DialectRegistry &dialects) const = 0;
  /// The passes that a tool for experiments can run alone. Targets that share passes register them more than once.
  virtual void registerPasses() const = 0;
  virtual bool supportsHeadDim(int64_t headDim) const = 0;
  /// The head dims there are kernels for, in words for a message.
  virtual std::string describeHeadDims() const = 0;
  /// Tiles (tile.shape) and schedules (attributes of the target's own dialect) for every key that can be.
  virtual const ScheduleTable &getSchedules() const = 0;
  /// What may be faster than `choice`, or do with fewer registers: choices that differ from it in one respect, for
  /// kernels with `group` query heads per kv head.
  virtual std::vector<ScheduleChoice> getAlternatives(const ScheduleChoice &choice, int64_t group) const { return {}; }
  /// tile with schedules -> the target's schedule level.
  virtual void buildTileToSchedule(mlir::OpPassManager &pm) const = 0;
  /// The schedule level -> LLVM dialect, with the target's kernel interface. The fingerprint is recorded in plans.
  virtual void buildScheduleToLLVM(mlir::OpPassManager &pm, uint64_t fingerprint) const = 0;
};

/// Targets by name. Registration by hand is not thread-safe and comes before the first look-up.
void registerTarget(std::unique_ptr<Target> target);
/// Null where there is none of that name.
const Target *findTarget(llvm::StringRef name);
std::vector<llvm::StringRef> getTargetNames();
/// Sets `target`, or reports at `op` that there is none of that name, and which there are.
mlir::LogicalResult requireTarget(mlir::Operation *op, llvm::StringRef name, const Target *&target);
/// Registers the targets of every directory that CAMBER_TARGETS lists, once however often and from whatever thread.
void registerAllTargets();

/// Finds and describes a target among all of them. `native` is the widest registered one that this machine can run; it
/// takes that target's name, so a bundle never says "native". Features may be appended: `x86-64-v4+avx512bf16`. Error:
/// an unknown target or feature (the message lists what exists), or a machine that no target describes.
llvm::Expected<TargetDesc> lookupTarget(llvm::StringRef name);
/// Splits a comma-separated list and looks each up. Error: as above, an empty list, a target named twice, or targets of
/// different architectures (a bundle has libraries for one; devices may come with them).
llvm::Expected<std::vector<TargetDesc>> lookupTargets(llvm::StringRef commaSeparated);

} // namespace camber

#endif
