// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What convert-pipeline-to-threads takes, checked before anything is built.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_CHECKBLOCK_H
#define CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_CHECKBLOCK_H

#include "camber/Dialect/Pipeline/Machine.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace camber::pipeline {

/// The function is what `convert-tile-to-pipeline` leaves of a kernel: the patterns rely on every line of this and
/// ask nothing again. Reports what is wrong, at the op, and what is allowed.
mlir::LogicalResult checkBlock(mlir::func::FuncOp function, BlockShape shape, MachineAttrInterface machine);

} // namespace camber::pipeline

#endif
