// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes and pipelines that ask a target, and the from-to pipelines of the whole compiler.
#ifndef CAMBER_TARGET_PASSES_H
#define CAMBER_TARGET_PASSES_H

#include "camber/Target/Target.h"

namespace camber {

/// choose-schedule{target=…}: attaches the target's schedule to every tile.instances.
std::unique_ptr<mlir::Pass> createChooseSchedulePass(llvm::StringRef target = "");

/// attn on tensors or memrefs -> kernels on memrefs with described operands.
void buildAttnToKernel(mlir::OpPassManager &pm);
/// Kernels at the attn level -> tile.
void buildAttnToTile(mlir::OpPassManager &pm, TileShape tiles);
/// choose-schedule and the pipelines attn-to-tile, tile-to-schedule{target=…}, schedule-to-llvm{target=…}.
void registerTargetPasses();

} // namespace camber

#endif
