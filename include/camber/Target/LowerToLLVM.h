// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is the same for every target on the way to the LLVM dialect.
#ifndef CAMBER_TARGET_LOWERTOLLVM_H
#define CAMBER_TARGET_LOWERTOLLVM_H

#include "mlir/Pass/PassManager.h"

namespace camber {

/// How upstream dialects and NVVM convert themselves, which `buildUpstreamToLLVM` asks for.
void registerUpstreamToLLVM(mlir::DialectRegistry &registry);

/// Upstream dialects (func, scf, arith, math, vector, memref, NVVM) -> LLVM dialect. Functions of math that LLVM has no
/// intrinsic for are expanded before.
void buildUpstreamToLLVM(mlir::OpPassManager &pm);

} // namespace camber

#endif
