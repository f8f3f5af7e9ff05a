// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes and pipelines that ask a target, and the from-to pipelines of the whole compiler.
#ifndef CAMBER_TARGET_PASSES_H
#define CAMBER_TARGET_PASSES_H

#include "camber/Target/Target.h"
#include "mlir/Pass/Pass.h"

namespace camber {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "camber/Target/Passes.h.inc"

/// attn on tensors or memrefs -> kernels on memrefs with described operands.
void buildAttnToKernel(mlir::OpPassManager &pm);
/// Kernels at the attn level -> tile, in the shapes that the options choose.
void buildAttnToTile(mlir::OpPassManager &pm, const ChooseTilesOptions &options);
/// tile -> the schedule level of `target`, with the schedule that the options choose.
void buildTileToSchedule(mlir::OpPassManager &pm, const Target &target, const ChooseScheduleOptions &options);
/// The passes above and those of every target registered so far, and the pipelines attn-to-tile{target=… schedules=…
/// rows=… keys=… pack-max=…}, tile-to-schedule{target=… schedules=… schedule=…}, schedule-to-llvm{target=…}.
void registerPassesAndPipelines();

} // namespace camber

#endif
