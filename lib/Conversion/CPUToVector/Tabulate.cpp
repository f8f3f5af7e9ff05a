// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.tabulate: a body of (batch, head, distance, params…) on vectors of diagonals, or of rows.
#include "Patterns.h"
#include "camber/Dialect/CPU/BodyEmitter.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;
using camber::attn::Dependence;

static LogicalResult emitTabulate(TabulateOp op, VectorBuilder &v) {
  OpBuilder &b = v.b;
  Block &body = op.getBody().front();
  auto table = cast<MemRefType>(op.getTable().getType());
  bool byDiagonal = table.getRank() == 1, keysInLanes = op.getSchedule().getLanes() == Lanes::keys;
  BodyEmitter::Layout layout;
  if (keysInLanes)
    layout = {BodyEmitter::Step, BodyEmitter::Lanes};
  BodyEmitter emitter(body,
                      {Dependence::uniform, byDiagonal ? Dependence::uniform : Dependence::head, Dependence::diagonal},
                      layout, v);
  auto i32 = [&](Value index) -> Value { return arith::IndexCastOp::create(b, v.loc, b.getI32Type(), index); };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, v.loc, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, v.loc, x, y); };

  IRMapping uniform;
  tile::DistanceArguments arguments = op.getFunctionArguments();
  uniform.map(arguments.getParams(), op.getParams());
  uniform.map(arguments.getBatch(), i32(op.getBatch()));
  Value firstKey = i32(add(op.getFirstKey(), op.getKeyBase()));
  if (byDiagonal) {
    uniform.map(arguments.getHead(), v.addI32(v.scalar(op.getRowHead(), v.index(0)), op.getHeadOffset()));
  }
  if (failed(emitter.emit(BodyEmitter::Uniform, uniform)))
    return failure();

  bool ok = true;
  auto fill = [&](IRMapping &values, Value distance, ValueRange at) {
    values.map(arguments.getDistance(), distance);
    ok = ok && succeeded(emitter.emit(BodyEmitter::Pair, values));
    if (ok)
      v.store(emitter.yielded(values), op.getTable(), at);
  };
  if (byDiagonal) {
    // The distance of entry 0: the tile's last key as seen from its first row.
    int64_t keys = table.getDimSize(0) - cast<MemRefType>(op.getRowHead().getType()).getDimSize(0);
    Value last = add(firstKey, arith::ConstantOp::create(b, v.loc, b.getI32IntegerAttr(keys - 1)));
    Value first = sub(v.broadcast(sub(last, v.scalar(op.getRowPosition(), v.index(0)))), v.lanes());
    v.loop(v.index(0), v.index(table.getDimSize(0)), v.width, {}, [&](Value e, ValueRange) -> SmallVector<Value> {
      IRMapping values;
      addValues(values, uniform);
      fill(values, sub(first, v.broadcast(i32(e))), e);
      return {};
    });
    return success(ok);
  }
  if (keysInLanes) {
    v.loop(v.index(0), v.index(table.getDimSize(0)), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
      IRMapping row;
      addValues(row, uniform);
      row.map(arguments.getHead(), v.addI32(v.scalar(op.getRowHead(), r), op.getHeadOffset()));
      ok = ok && succeeded(emitter.emit(BodyEmitter::Step, row));
      Value first = sub(firstKey, v.scalar(op.getRowPosition(), r));
      v.loop(v.index(0), op.getCount(), v.width, {}, [&](Value j, ValueRange) -> SmallVector<Value> {
        IRMapping values;
        addValues(values, row);
        fill(values, add(v.broadcast(add(first, i32(j))), v.lanes()), {r, j});
        return {};
      });
      return {};
    });
    return success(ok);
  }
  v.loop(v.index(0), v.index(table.getDimSize(1)), v.width, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    IRMapping rows;
    addValues(rows, uniform);
    rows.map(arguments.getHead(), v.addI32(v.load(op.getRowHead(), r), op.getHeadOffset()));
    ok = ok && succeeded(emitter.emit(BodyEmitter::Lanes, rows));
    Value first = sub(v.broadcast(firstKey), v.load(op.getRowPosition(), r));
    v.loop(v.index(0), op.getCount(), 1, {}, [&](Value j, ValueRange) -> SmallVector<Value> {
      IRMapping values;
      addValues(values, rows);
      fill(values, add(first, v.broadcast(i32(j))), {j, r});
      return {};
    });
    return {};
  });
  return success(ok);
}

void camber::cpu::populateTablePatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<TabulateOp, emitTabulate>>(patterns.getContext());
}
