// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interface of machines, and what they share.
#include "camber/Dialect/Pipeline/Machine.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace camber;

#include "camber/Dialect/Pipeline/PipelineInterfaces.cpp.inc"

Value camber::pipeline::offsetPointer(Num &n, Value pointer, Value bytes) {
  return LLVM::GEPOp::create(n.b, n.loc, pointer.getType(), n.b.getI8Type(), pointer, ArrayRef<LLVM::GEPArg>{bytes});
}

Value camber::pipeline::offsetPointer(Num &n, Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  return LLVM::GEPOp::create(n.b, n.loc, pointer.getType(), n.b.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}
