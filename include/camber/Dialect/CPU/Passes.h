// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions from tile to the cpu schedule and from there to vectors.
#ifndef CAMBER_DIALECT_CPU_PASSES_H
#define CAMBER_DIALECT_CPU_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace camber::cpu {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

#endif
