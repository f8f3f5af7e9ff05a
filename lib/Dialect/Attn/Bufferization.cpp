// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One-shot bufferisation of attn.attention: destination style, with the body's tables retyped.
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace camber::attn;

namespace {
struct AttentionModel : DstBufferizableOpInterfaceExternalModel<AttentionModel, AttentionOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    // Outputs are overwritten whole.
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto attention = cast<AttentionOp>(op);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    OperationState newState(op->getLoc(), op->getName());
    newState.addOperands(operands);
    newState.addAttributes(op->getDiscardableAttrDictionary().getValue());
    newState.propertiesAttr = op->getPropertiesAsAttribute();
    Region *body = newState.addRegion();
    rewriter.setInsertionPoint(op);
    body->takeBody(attention.getScores());
    Operation *buffered = rewriter.create(newState);
    // Tables in the body are the parameters themselves: retype them like the operands.
    auto newAttention = cast<AttentionOp>(buffered);
    for (auto [argument, param] : llvm::zip(newAttention.getScoreArguments().getParams(), newAttention.getParams()))
      argument.setType(param.getType());
    SmallVector<Value> results(newAttention.getOutputs());
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void camber::attn::registerBufferizableOpInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, AttnDialect *) { AttentionOp::attachInterface<AttentionModel>(*context); });
}
