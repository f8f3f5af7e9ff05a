// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-bufferize: one-shot bufferisation around score bodies.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace camber::attn {
#define GEN_PASS_DEF_BUFFERIZEKERNELS
#include "camber/Dialect/Attn/Passes.h.inc"

namespace {
struct BufferizeKernels : impl::BufferizeKernelsBase<BufferizeKernels> {
  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.setFunctionBoundaryTypeConversion(bufferization::LayoutMapOption::FullyDynamicLayoutMap);
    options.opFilter.denyOperation([](Operation *op) { return op->getParentOfType<AttentionOp>() != nullptr; });
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotModuleBufferize(getOperation(), options, state)))
      signalPassFailure();
  }
};
} // namespace
} // namespace camber::attn
