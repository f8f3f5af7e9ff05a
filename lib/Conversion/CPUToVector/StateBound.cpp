// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.state_bound: the lowest score that the nearest key of each row may have, on vectors of rows.
#include "Patterns.h"
#include "camber/Dialect/CPU/BodyEmitter.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

/// The smaller of the two running maxima that cover each key's block: neither is less than the key's norm.
static Value gatherNorms(StateBoundOp op, VectorBuilder &v, Value keys) {
  OpBuilder &b = v.b;
  Value result = v.splat(0.0), block = v.index(tile::KeyNormsOp::kBlock);
  for (int64_t lane = 0; lane < v.width; ++lane) {
    Value key = arith::IndexCastOp::create(b, v.loc, b.getIndexType(), vector::ExtractOp::create(b, v.loc, keys, lane));
    Value number = arith::DivUIOp::create(b, v.loc, key, block);
    Value upTo = v.scalar(op.getKeyNorms(), {v.index(0), number}),
          from = v.scalar(op.getKeyNorms(), {v.index(1), number});
    Value least = v.select(v.compare(arith::CmpFPredicate::OLT, upTo, from), upTo, from);
    result = vector::InsertOp::create(b, v.loc, least, result, lane);
  }
  return result;
}

static LogicalResult emitStateBound(StateBoundOp op, VectorBuilder &v) {
  OpBuilder &b = v.b;
  using Scope = BodyEmitter::Scope;
  using attn::Dependence;
  Dependence head = op.getUniformHead() ? Dependence::uniform : Dependence::head;
  Block &nearest = op.getNearest().front(), &score = op.getScore().front();
  // Each row has one key, its nearest.
  BodyEmitter nearestEmitter(nearest, {Dependence::uniform, head, Dependence::row}, {}, v);
  BodyEmitter scoreEmitter(score, {Dependence::row, Dependence::uniform, head, Dependence::row, Dependence::row}, {},
                           v);

  auto i32 = [&](Value index) -> Value { return arith::IndexCastOp::create(b, v.loc, b.getI32Type(), index); };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, v.loc, x, y); };
  IRMapping uniform;
  tile::NearestArguments ofNearest = op.getNearestArguments();
  tile::PairBoundArguments ofScore = op.getScoreArguments();
  auto mapHead = [&](IRMapping &values, Value head) {
    values.map(ofNearest.getHead(), head);
    values.map(ofScore.getHead(), head);
  };
  uniform.map(ofNearest.getParams(), op.getParams());
  uniform.map(ofScore.getParams(), op.getParams());
  Value batch = i32(op.getBatch());
  uniform.map(ofNearest.getBatch(), batch);
  uniform.map(ofScore.getBatch(), batch);
  Value base = i32(op.getKeyBase()), first = i32(op.getBegin());
  uniform.map(ofNearest.getFirstPosition(), add(first, base));
  Value end = add(op.getEnd(), arith::ConstantIndexOp::create(b, v.loc, -1));
  uniform.map(ofNearest.getLastPosition(), add(i32(end), base));
  if (op.getUniformHead()) {
    Value offset = arith::ConstantOp::create(b, v.loc, b.getI32IntegerAttr(op.getHeadOffset()));
    mapHead(uniform, add(v.scalar(op.getRowHead(), v.index(0)), offset));
  }
  // Without keys there are no norms.
  Value some = arith::CmpIOp::create(b, v.loc, arith::CmpIPredicate::slt, op.getBegin(), op.getEnd());
  Value count = arith::SelectOp::create(b, v.loc, some, op.getCount(), v.index(0));
  bool ok = true;
  v.loop(v.index(0), count, v.width, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    IRMapping values;
    addValues(values, uniform);
    if (!op.getUniformHead())
      mapHead(values, add(v.load(op.getRowHead(), row), v.splatI32(op.getHeadOffset())));
    Value query = v.load(op.getRowPosition(), row);
    values.map(ofNearest.getQueryPosition(), query);
    values.map(ofScore.getQueryPosition(), query);
    for (Scope scope : {BodyEmitter::Uniform, BodyEmitter::Lanes})
      ok = ok && succeeded(nearestEmitter.emit(scope, values));
    if (!ok)
      return {};
    Value position = nearestEmitter.yielded(values);
    Value none = arith::CmpIOp::create(b, v.loc, arith::CmpIPredicate::eq, position, v.splatI32(INT32_MIN));
    Value key = arith::SubIOp::create(b, v.loc, position, v.broadcast(base));
    Value norms = gatherNorms(op, v, v.select(none, v.broadcast(first), key));
    values.map(ofScore.getLimit(), v.mul(v.load(op.getRowNorms(), row), norms));
    values.map(ofScore.getKeyPosition(), position);
    for (Scope scope : {BodyEmitter::Uniform, BodyEmitter::Lanes})
      ok = ok && succeeded(scoreEmitter.emit(scope, values));
    if (!ok)
      return {};
    // A kernel rounds its scores otherwise than the bound.
    Value bound = scoreEmitter.yielded(values);
    Value lowered = v.fma(math::AbsFOp::create(b, v.loc, bound), v.splat(-0x1p-20), bound);
    Value all = v.splat(std::numeric_limits<double>::infinity());
    v.store(v.select(none, all, lowered), op.getMaximum(), row);
    v.store(v.splat(1.0), op.getSum(), row);
    return {};
  });
  return success(ok);
}

void camber::cpu::populateStateBoundPatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<StateBoundOp, emitStateBound>>(patterns.getContext());
}
