// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of functions of the distance, as score bodies read them.
#ifndef CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_TABLES_H
#define CAMBER_LIB_CONVERSION_PIPELINETOTHREADS_TABLES_H

#include "ThreadBlock.h"

namespace camber::pipeline {

/// Where the entries of the thread's rows begin that its columns read: that of its first column, at `firstPosition`.
/// Others are a constant from there.
llvm::SmallVector<mlir::Value> emitEntries(Num &n, EntryOp op, const ThreadRows &rows, mlir::Value firstPosition,
                                           mlir::Value queryBase, mlir::IRMapping &uniform);

} // namespace camber::pipeline

#endif
