// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code that reads the argument struct of camber/Runtime/abi.h, whatever machine it lies on.
#ifndef CAMBER_TARGET_ARGUMENTS_H
#define CAMBER_TARGET_ARGUMENTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace camber {

/// A value of `type` at `base` + `offset` bytes.
mlir::Value emitLoad(mlir::OpBuilder &b, mlir::Location loc, mlir::Value base, int64_t offset, mlir::Type type);

/// What the head of the struct says (i64).
struct ArgumentHeader {
  mlir::Value batch, qLen, kvLen;
};
ArgumentHeader emitReadHeader(mlir::OpBuilder &b, mlir::Location loc, mlir::Value args);

/// One operand of the struct: a pointer, and sizes and strides in elements (i64).
struct ArgumentTensor {
  mlir::Value data;
  llvm::SmallVector<mlir::Value> sizes, strides;
};
/// Argument `number` has what attn-annotate-kernels gives an operand: a role, a name and as many dims as its memref.
/// Reports what is missing. What follows relies on it.
mlir::LogicalResult checkOperand(mlir::func::FuncOp function, unsigned number);

/// Operand `i` of `function`, whose argument names its dimensions in `attn.dims`.
ArgumentTensor emitReadTensor(mlir::OpBuilder &b, mlir::func::FuncOp function, unsigned i, mlir::Value args,
                              const ArgumentHeader &header);

/// What a function takes for an operand: a memref over the tensor, or the scalar there is behind its pointer.
mlir::Value emitOperand(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, const ArgumentTensor &tensor);

} // namespace camber

#endif
