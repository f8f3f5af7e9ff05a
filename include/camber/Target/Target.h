// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes and pipelines ask of a target. Nothing outside of lib/Target knows which targets there are.
#ifndef CAMBER_TARGET_TARGET_H
#define CAMBER_TARGET_TARGET_H

#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Pass/PassManager.h"
#include <string>

namespace camber {

/// The shape that tile sizes are chosen for.
struct KernelShape {
  int64_t heads, kvHeads, headDim;
  int64_t qLenMax; ///< largest query length known at compile time, or INT64_MAX
};

/// Rows of a block, keys of a tile, and up to which query length the heads of a kv head share a block.
struct TileShape {
  int64_t rows, keys, packMax;
};

class Target {
public:
  virtual ~Target() = default;
  /// As users write it: "x86-64-v3".
  virtual llvm::StringRef getName() const = 0;
  /// The dialects its schedules and passes are made of.
  virtual void registerDialects(mlir::DialectRegistry &dialects) const = 0;
  virtual bool supportsHeadDim(int64_t headDim) const = 0;
  /// The head dims there are kernels for, in words for a message.
  virtual std::string describeHeadDims() const = 0;
  virtual TileShape chooseTiles(const KernelShape &shape) const = 0;
  /// The schedule for kernel instances of this geometry; becomes the `schedule` of tile.instances.
  virtual mlir::Attribute chooseSchedule(tile::GeometryAttr geometry) const = 0;
  /// tile with schedules -> the target's schedule level.
  virtual void buildTileToSchedule(mlir::OpPassManager &pm) const = 0;
  /// The schedule level -> LLVM dialect, with the target's kernel interface. The fingerprint is recorded in plans.
  virtual void buildScheduleToLLVM(mlir::OpPassManager &pm, uint64_t fingerprint) const = 0;
};

/// Targets by name. Registration happens before compilation starts and is not thread-safe; look-ups are.
void registerTarget(std::unique_ptr<Target> target);
/// Null where there is none of that name.
const Target *findTarget(llvm::StringRef name);
std::vector<llvm::StringRef> getTargetNames();
/// x86-64-v3, x86-64-v4, aarch64.
void registerCPUTargets();

} // namespace camber

#endif
