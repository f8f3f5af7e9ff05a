// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many copies may still be under way when a wait ends.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_COPYGROUPS_H
#define CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_COPYGROUPS_H

#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace camber::pipeline {

/// For every `pipeline.wait` of a function, how many copies begin after the last of its tokens on every way to it: as
/// many groups may be pending after it. A token that several ways bring, around a loop, counts those of the way with
/// the fewest.
llvm::DenseMap<mlir::Operation *, int64_t> countPendingCopies(mlir::func::FuncOp function);

} // namespace camber::pipeline

#endif
