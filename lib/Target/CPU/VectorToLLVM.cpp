// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors to the LLVM dialect.
#include "VectorToLLVM.h"
#include "camber/Target/LowerToLLVM.h"
#include "camber/Target/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

void camber::cpu::buildVectorToLLVM(OpPassManager &pm, bool scaleInstructions) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createExpandMath({scaleInstructions}));
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // truncf to bf16 is a library call per element without native support
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createLoopInvariantCodeMotionPass());
  buildUpstreamToLLVM(pm);
}
