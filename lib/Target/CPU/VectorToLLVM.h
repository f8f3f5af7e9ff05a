// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors to the LLVM dialect.
#ifndef CAMBER_LIB_TARGET_CPU_VECTORTOLLVM_H
#define CAMBER_LIB_TARGET_CPU_VECTORTOLLVM_H

#include "mlir/Pass/PassManager.h"

namespace camber::cpu {

/// Vectors, scf and memref with a kernel interface -> the LLVM dialect. `scaleInstructions`: see expand-math.
void buildVectorToLLVM(mlir::OpPassManager &pm, bool scaleInstructions);

} // namespace camber::cpu

#endif
