// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Target/LowerToLLVM.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"

using namespace mlir;

void camber::registerUpstreamToLLVM(DialectRegistry &registry) {
  registerConvertToLLVMDependentDialectLoading(registry);
  for (auto registerInterface :
       {arith::registerConvertArithToLLVMInterface, cf::registerConvertControlFlowToLLVMInterface,
        registerConvertFuncToLLVMInterface, index::registerConvertIndexToLLVMInterface,
        registerConvertMathToLLVMInterface, registerConvertMemRefToLLVMInterface, registerConvertNVVMToLLVMInterface,
        ub::registerConvertUBToLLVMInterface, vector::registerConvertVectorToLLVMInterface})
    registerInterface(registry);
}

void camber::buildUpstreamToLLVM(OpPassManager &pm) {
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // All dialects at once: a conversion for each takes three times as long. What it leaves to simplify, LLVM does.
  pm.addPass(createConvertToLLVMPass({/*filterDialects=*/{}, /*useDynamic=*/false, /*allowPatternRollback=*/false}));
  pm.addPass(createReconcileUnrealizedCastsPass());
}
