// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What cpu-emit-kernel-abi takes, checked before anything is built.
#ifndef CAMBER_LIB_TARGET_CPU_CHECKTASK_H
#define CAMBER_LIB_TARGET_CPU_CHECKTASK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace camber::cpu {

/// @k_task, @k_combine and, where it is not null, @k_prepare have the arguments and attributes that convert-tile-to-cpu
/// gives them, and every operand has a role, a name and as many dims as its memref. Reports what is missing and which
/// pass provides it.
mlir::LogicalResult checkTask(mlir::func::FuncOp task, mlir::func::FuncOp combine, mlir::func::FuncOp prepare);

} // namespace camber::cpu

#endif
