// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.pack_queries, cpu.scores, cpu.softmax_update and cpu.accumulate: the microkernel emits their code.
#include "Patterns.h"

using namespace mlir;
using namespace camber::cpu;

static LogicalResult emitPackQueries(PackQueriesOp op, VectorBuilder &v) {
  return op.getSchedule().emitPackQueries(op, v);
}
static LogicalResult emitScores(ScoresOp op, VectorBuilder &v) { return op.getSchedule().emitScores(op, v); }
static LogicalResult emitSoftmaxUpdate(SoftmaxUpdateOp op, VectorBuilder &v) {
  return op.getSchedule().emitSoftmaxUpdate(op, v);
}
static LogicalResult emitAccumulate(AccumulateOp op, VectorBuilder &v) {
  return op.getSchedule().emitAccumulate(op, v);
}

void camber::cpu::populateMicrokernelPatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<PackQueriesOp, emitPackQueries>, EmitBefore<ScoresOp, emitScores>,
               EmitBefore<SoftmaxUpdateOp, emitSoftmaxUpdate>, EmitBefore<AccumulateOp, emitAccumulate>>(
      patterns.getContext());
}
