// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What convert-pipeline-to-nvvm takes, checked before anything is built.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETONVVM_CHECKBLOCK_H
#define CAMBER_LIB_CONVERSION_PIPELINETONVVM_CHECKBLOCK_H

#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace camber::pipeline {

/// The function is what `convert-tile-to-pipeline` leaves of a kernel: BlockEmitter relies on every line of this and
/// asks nothing again. Reports what is wrong, at the op, and what is allowed.
mlir::LogicalResult checkBlock(mlir::func::FuncOp function, tile::GeometryAttr geometry, ScheduleAttr schedule);

} // namespace camber::pipeline

#endif
