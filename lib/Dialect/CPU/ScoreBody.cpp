// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The score body of cpu.scores on vectors, whose lanes are rows or keys.
#include "camber/Dialect/CPU/ScoreBody.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;
using camber::attn::Dependence;

/// Of the arguments of the body, the last of which are table entries.
static SmallVector<Dependence> dependencesOf(ScoresOp op) {
  Dependence head = op.getUniformHead() ? Dependence::uniform : Dependence::head;
  SmallVector<Dependence> result = {Dependence::pair, Dependence::uniform, head, Dependence::row, Dependence::column,
                                    Dependence::row,  Dependence::column};
  result.append(op.getParams().size(), Dependence::uniform);
  result.append(op.getTables().size(), Dependence::pair);
  return result;
}

ScoreBody::ScoreBody(ScoresOp op, VectorBuilder &v)
    : op(op), v(v), keysInLanes(op.getSchedule().getLanes() == Lanes::keys),
      rowScope(keysInLanes ? BodyEmitter::Step : BodyEmitter::Lanes),
      keyScope(keysInLanes ? BodyEmitter::Lanes : BodyEmitter::Step), body(op.getBody().front()),
      emitter(body, dependencesOf(op), {rowScope, keyScope}, v) {}

LogicalResult ScoreBody::emitUniform() {
  OpBuilder &b = v.b;
  uniform.map(op.getScoreArguments().getParams().take_front(op.getParams().size()), op.getParams());
  uniform.map(op.getScoreArguments().getBatch(),
              arith::IndexCastOp::create(b, v.loc, b.getI32Type(), op.getBatch()).getResult());
  if (op.getUniformHead())
    uniform.map(op.getScoreArguments().getHead(), v.addI32(v.scalar(op.getRowHead(), v.index(0)), op.getHeadOffset()));
  return emitter.emit(BodyEmitter::Uniform, uniform);
}

LogicalResult ScoreBody::emitRow(Value row, IRMapping &values) {
  addValues(values, uniform);
  auto read = [&](Value buffer) { return keysInLanes ? v.scalar(buffer, row) : v.load(buffer, row); };
  if (!op.getUniformHead())
    values.map(op.getScoreArguments().getHead(), v.addI32(read(op.getRowHead()), op.getHeadOffset()));
  values.map(op.getScoreArguments().getQueryPosition(), read(op.getRowPosition()));
  values.map(op.getScoreArguments().getQueryIndex(), read(op.getRowIndex()));
  return emitter.emit(rowScope, values);
}

Value ScoreBody::emitRealPosition(Value key) {
  OpBuilder &b = v.b;
  Value number = arith::AddIOp::create(b, v.loc, op.getFirstKey(), key);
  Value position = arith::AddIOp::create(b, v.loc, number, op.getKeyBase());
  Value narrow = arith::IndexCastOp::create(b, v.loc, b.getI32Type(), position);
  return v.broadcast(arith::SIToFPOp::create(b, v.loc, b.getF32Type(), narrow));
}

LogicalResult ScoreBody::emitKey(Value key, IRMapping &values) {
  OpBuilder &b = v.b;
  addValues(values, uniform);
  Value number = arith::AddIOp::create(b, v.loc, op.getFirstKey(), key);
  Value position = arith::AddIOp::create(b, v.loc, number, op.getKeyBase());
  attn::ScoreArguments arguments = op.getScoreArguments();
  for (auto [argument, first] : {std::pair(arguments.getKeyPosition(), position), {arguments.getKeyIndex(), number}}) {
    Value value = arith::IndexCastOp::create(b, v.loc, b.getI32Type(), first);
    if (keysInLanes)
      value = arith::AddIOp::create(b, v.loc, v.broadcast(value), v.lanes());
    values.map(argument, value);
  }
  return emitter.emit(keyScope, values);
}

LogicalResult ScoreBody::emitKey(Value key, Value real, int64_t step, IRMapping &values) {
  for (Operation &operation : body)
    if (isa<arith::SIToFPOp>(operation) && operation.getOperand(0) == op.getScoreArguments().getKeyPosition() &&
        operation.getResult(0).getType().isF32() && emitter.isForPairsOnly(operation.getResult(0)))
      values.map(operation.getResult(0), step ? v.add(real, v.splat(step)) : real);
  return emitKey(key, values);
}

FailureOr<Value> ScoreBody::emitPair(Value score, Value key, Value row, const IRMapping &rowValues,
                                     const IRMapping &keyValues) {
  IRMapping values;
  addValues(values, rowValues);
  addValues(values, keyValues);
  values.map(op.getScoreArguments().getScore(), score);
  for (auto [argument, table] : llvm::zip_equal(op.getEntryArguments(), op.getTables()))
    values.map(argument, readTable(table, key, row));
  if (failed(emitter.emit(BodyEmitter::Pair, values)))
    return failure();
  return emitter.yielded(values);
}

/// By diagonal (rank 1) consecutive rows lie side by side, row r and key j at r - j + T - 1; by pair (rank 2) lanes do.
Value ScoreBody::readTable(Value table, Value key, Value row) {
  if (cast<MemRefType>(table.getType()).getRank() == 2)
    return keysInLanes ? v.load(table, {row, key}) : v.load(table, {key, row});
  int64_t rows = cast<MemRefType>(op.getMaximum().getType()).getDimSize(0);
  int64_t keys = cast<MemRefType>(table.getType()).getDimSize(0) - rows;
  Value difference = arith::SubIOp::create(v.b, v.loc, row, key);
  return v.load(table, v.offset(difference, keys - 1));
}
