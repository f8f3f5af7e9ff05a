// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pipelines around the targets: attn to tile, and vectors to the LLVM dialect.
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace camber;

void camber::buildAttnToKernel(OpPassManager &pm) {
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::FullyDynamicLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  pm.addPass(attn::createAnnotateKernels());
}

void camber::buildAttnToTile(OpPassManager &pm, TileShape tiles) {
  tile::ConvertAttnToTileOptions options;
  options.rows = tiles.rows;
  options.keys = tiles.keys;
  options.packMax = tiles.packMax;
  pm.addPass(tile::createConvertAttnToTile(options));
  pm.addPass(tile::createFuseScores());
  // Before splitting, so that it is done once and not once per loop.
  pm.addPass(tile::createUseBase2());
  pm.addPass(tile::createSplitKeyRanges());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void camber::buildVectorToLLVM(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(cpu::createExpandMath());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // truncf to bf16 is a library call per element without native support
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
