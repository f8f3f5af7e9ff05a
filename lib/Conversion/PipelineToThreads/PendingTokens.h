// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many copies and products may still be under way when a wait ends.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_PENDINGTOKENS_H
#define CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_PENDINGTOKENS_H

#include "camber/Dialect/Pipeline/Machine.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace camber::pipeline {

/// For every `pipeline.wait` of a function, how many copies are committed after the last of its tokens on every way to
/// it, and how many products begin: as many may be pending after it. A token that several ways bring, around a loop,
/// counts those of the way with the fewest.
llvm::DenseMap<mlir::Operation *, Pending> countPending(mlir::func::FuncOp function);

} // namespace camber::pipeline

#endif
