// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions from tile to the pipeline schedule and from there to NVVM.
#ifndef CAMBER_DIALECT_PIPELINE_PASSES_H
#define CAMBER_DIALECT_PIPELINE_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace camber::pipeline {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

#endif
