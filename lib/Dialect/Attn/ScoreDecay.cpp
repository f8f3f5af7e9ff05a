// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a score decays with the distance, and whether an attention skips keys for it.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

using namespace mlir;
using namespace camber::attn;

ScoreDecay camber::attn::findDecay(Value score, const PairContext &pair) {
  // What the modifiers emit goes to a module of its own and away with it.
  Location loc = score.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  Block &scratch = *module->getBody();
  OpBuilder builder = OpBuilder::atBlockEnd(&scratch);
  ScoreBound bound(builder, loc, pair);
  Type i32 = builder.getI32Type();
  bound.lo = scratch.addArgument(builder.getF32Type(), loc);
  bound.hi = scratch.addArgument(builder.getF32Type(), loc);
  for (Value *value : {&bound.batch, &bound.head, &bound.queryMin, &bound.queryMax, &bound.keyMin, &bound.keyMax})
    *value = scratch.addArgument(i32, loc);
  bound.follow(score);
  return {bound.falls, bound.ending};
}

int64_t camber::attn::minQueriesToSkip(int64_t group) { return 64 / group + 1; }

bool camber::attn::skipsKeys(AttentionOp op) {
  PairContext pair = PairContext::of(op.getScoreArguments());
  int64_t queries = cast<ShapedType>(op.getQuery().getType()).getDimSize(2);
  int64_t most = queries == ShapedType::kDynamic ? op.getQLenMax().value_or(INT64_MAX) : queries;
  bool pays = op.getKeyNorms() || most >= minQueriesToSkip(op.getHeads() / op.getKvHeads());
  return !op.getNoSkip() && pays && findDecay(op.getBody()->getTerminator()->getOperand(0), pair).falls;
}
