// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Score bodies on vectors of rows, and the register-tile kernel they are fused into.
#include "ScoreBody.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

ScoreBody::ScoreBody(ScoresOp op, VectorBuilder &v) : op(op), v(v), body(op.getBody().front()) {
  lowerStructure();
  assignScopes();
}

//===- structure to arithmetic ---------------------------------------------===//

static Value emitDistance(OpBuilder &b, Location loc, Value query, Value key) {
  return arith::SubIOp::create(b, loc, key, query);
}

static void lowerAffine(tile::AffineOp affine) {
  // Both positions are below 2^24, so their conversions and difference are exact: one rounding, in the FMA.
  OpBuilder b(affine);
  Location loc = affine.getLoc();
  Value key = arith::SIToFPOp::create(b, loc, b.getF32Type(), affine.getKey());
  Value query = arith::SIToFPOp::create(b, loc, b.getF32Type(), affine.getQuery());
  Value distance = arith::SubFOp::create(b, loc, key, query);
  affine.replaceAllUsesWith(math::FmaOp::create(b, loc, affine.getSlope(), distance, affine.getScore()).getResult());
  affine.erase();
}

static void lowerDiagonal(tile::DiagonalOp diagonal) {
  OpBuilder b(diagonal);
  Location loc = diagonal.getLoc();
  Block &function = diagonal.getFunction().front();
  function.getArgument(0).replaceAllUsesWith(diagonal.getHead());
  function.getArgument(1).replaceAllUsesWith(emitDistance(b, loc, diagonal.getQuery(), diagonal.getKey()));
  Operation *yield = function.getTerminator();
  Value value = yield->getOperand(0);
  yield->erase();
  diagonal->getBlock()->getOperations().splice(diagonal->getIterator(), function.getOperations());
  diagonal.replaceAllUsesWith(arith::AddFOp::create(b, loc, diagonal.getScore(), value).getResult());
  diagonal.erase();
}

static void lowerPieces(tile::PiecesOp pieces) {
  OpBuilder b(pieces);
  Location loc = pieces.getLoc();
  Value distance = emitDistance(b, loc, pieces.getQuery(), pieces.getKey()), result;
  for (auto [k, region] : llvm::enumerate(pieces.getPieces())) {
    Block &block = region.front();
    block.getArgument(0).replaceAllUsesWith(distance);
    Operation *yield = block.getTerminator();
    Value value = yield->getOperand(0);
    yield->erase();
    pieces->getBlock()->getOperations().splice(pieces->getIterator(), block.getOperations());
    if (k == 0) {
      result = value;
      continue;
    }
    Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, distance, pieces.getBreaks()[k - 1]);
    result = arith::SelectOp::create(b, loc, reached, value, result);
  }
  pieces.replaceAllUsesWith(result);
  pieces.erase();
}

static void lowerVisible(tile::VisibleOp visible) {
  OpBuilder b(visible);
  Location loc = visible.getLoc();
  Value distance = emitDistance(b, loc, visible.getQuery(), visible.getKey()), result = visible.getScore();
  Value hidden = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  for (auto [limit, predicate] : {std::pair{visible.getMin(), arith::CmpIPredicate::sge},
                                  std::pair{visible.getMax(), arith::CmpIPredicate::sle}})
    if (limit) {
      Value inside = arith::CmpIOp::create(b, loc, predicate, distance, limit);
      result = arith::SelectOp::create(b, loc, inside, result, hidden);
    }
  visible.replaceAllUsesWith(result);
  visible.erase();
}

void ScoreBody::lowerStructure() {
  // Outer ops first: pieces splice their regions into the block, whose ops are then lowered in turn.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &operation : llvm::make_early_inc_range(body)) {
      if (auto pieces = dyn_cast<tile::PiecesOp>(operation))
        lowerPieces(pieces), changed = true;
      else if (auto diagonal = dyn_cast<tile::DiagonalOp>(operation))
        lowerDiagonal(diagonal), changed = true;
      else if (auto affine = dyn_cast<tile::AffineOp>(operation))
        lowerAffine(affine), changed = true;
      else if (auto visible = dyn_cast<tile::VisibleOp>(operation))
        lowerVisible(visible), changed = true;
      if (changed)
        break;
    }
  }
}

//===- scopes --------------------------------------------------------------===//

void ScoreBody::assignScopes() {
  Scope head = op.getUniformHead() ? Uniform : Row;
  // (score, batch, head, query position, key position, query index, key index, params…)
  const Scope pairScopes[] = {Pair, Uniform, head, Row, Key, Row, Key};
  for (auto [argument, scope] : llvm::zip(body.getArguments(), pairScopes))
    scopes[argument] = scope;
  for (auto [argument, param] : llvm::zip(body.getArguments().drop_front(7), op.getParams())) {
    scopes[argument] = Uniform;
    uniform.map(argument, param);
  }
  for (Operation &operation : body.without_terminator()) {
    unsigned scope = Uniform;
    for (Value operand : operation.getOperands())
      scope |= scopes.lookup(operand);
    for (Value result : operation.getResults())
      scopes[result] = static_cast<Scope>(scope);
  }
}

Value ScoreBody::asVector(Value original, IRMapping &values) {
  Value value = values.lookup(original);
  if (isa<VectorType, MemRefType>(value.getType()))
    return value;
  return v.broadcast(value);
}

/// table[clamp(indices)]: a scalar load, or one per lane.
Value ScoreBody::emitLookup(Operation &operation, bool onVector, IRMapping &values) {
  auto lookup = cast<attn::LookupOp>(operation);
  OpBuilder &b = v.b;
  Value table = values.lookup(lookup.getTable());
  auto read = [&](function_ref<Value(Value)> at) -> Value {
    SmallVector<Value> indices;
    for (auto [dim, original] : llvm::enumerate(lookup.getIndices())) {
      Value i = arith::IndexCastOp::create(b, v.loc, b.getIndexType(), at(values.lookup(original)));
      Value last = b.createOrFold<arith::SubIOp>(v.loc, b.createOrFold<memref::DimOp>(v.loc, table, dim), v.index(1));
      i = arith::MinSIOp::create(b, v.loc, i, last);
      indices.push_back(arith::MaxSIOp::create(b, v.loc, i, v.index(0)));
    }
    return v.scalar(table, indices);
  };
  if (!onVector)
    return read([](Value index) { return index; });
  Value result = arith::ConstantOp::create(b, v.loc, b.getZeroAttr(v.vectorType(lookup.getType())));
  for (int64_t lane = 0; lane < v.width; ++lane) {
    Value element = read([&](Value index) -> Value {
      return isa<VectorType>(index.getType()) ? vector::ExtractOp::create(b, v.loc, index, lane).getResult() : index;
    });
    result = vector::InsertOp::create(b, v.loc, element, result, lane);
  }
  return result;
}

LogicalResult ScoreBody::emitOp(Operation &operation, Scope scope, IRMapping &values) {
  OpBuilder &b = v.b;
  bool onVector = scope == Row || scope == Pair;
  // Transcendental functions have vector expansions only, so even a scalar one is evaluated on a vector.
  bool viaVector = !onVector && isa<math::MathDialect>(operation.getDialect()) &&
                   !isa<math::FmaOp, math::AbsFOp, math::SqrtOp, math::FloorOp, math::CeilOp, math::AbsIOp>(operation);
  if (isa<attn::LookupOp>(operation)) {
    values.map(operation.getResult(0), emitLookup(operation, onVector, values));
    return success();
  }
  if (isa<arith::ConstantOp>(operation)) {
    if (auto elements = dyn_cast<ShapedType>(operation.getResult(0).getType())) {
      // A constant table becomes read-only data; lookups index it as a buffer.
      auto module = op->getParentOfType<ModuleOp>();
      auto type = MemRefType::get(elements.getShape(), elements.getElementType());
      Attribute data = cast<arith::ConstantOp>(operation).getValue();
      memref::GlobalOp global;
      unsigned number = 0;
      for (auto other : module.getOps<memref::GlobalOp>()) {
        ++number;
        if (other.getInitialValue() == data)
          global = other;
      }
      if (!global) {
        OpBuilder moduleBuilder = OpBuilder::atBlockBegin(module.getBody());
        global = memref::GlobalOp::create(moduleBuilder, v.loc, "camber_table_" + std::to_string(number),
                                          b.getStringAttr("private"), type, data, /*constant=*/true, IntegerAttr());
      }
      values.map(operation.getResult(0), memref::GetGlobalOp::create(b, v.loc, type, global.getSymName()).getResult());
      return success();
    }
    b.clone(operation, values);
    return success();
  }
  if (!onVector && !viaVector) {
    b.clone(operation, values);
    return success();
  }
  if (!operation.hasTrait<OpTrait::Elementwise>() && !isa<arith::SelectOp>(operation))
    return operation.emitOpError("cannot be evaluated on vectors in a score body");
  OperationState state(v.loc, operation.getName());
  for (Value operand : operation.getOperands())
    state.operands.push_back(asVector(operand, values));
  for (Type type : operation.getResultTypes())
    state.types.push_back(v.vectorType(type));
  state.attributes.append(operation.getDiscardableAttrs().begin(), operation.getDiscardableAttrs().end());
  state.propertiesAttr = operation.getPropertiesAsAttribute();
  Operation *vectorized = b.create(state);
  for (auto [original, result] : llvm::zip(operation.getResults(), vectorized->getResults())) {
    Value value = result;
    if (viaVector)
      value = vector::ExtractOp::create(b, v.loc, value, 0);
    values.map(original, value);
  }
  return success();
}

LogicalResult ScoreBody::emitOps(Scope scope, IRMapping &values) {
  for (Operation &operation : body.without_terminator()) {
    if (scopes.lookup(operation.getResult(0)) == scope && failed(emitOp(operation, scope, values)))
      return failure();
  }
  return success();
}

LogicalResult ScoreBody::emitUniform() {
  OpBuilder &b = v.b;
  uniform.map(body.getArgument(1), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), op.getBatch()).getResult());
  if (op.getUniformHead()) {
    Value head = v.scalar(op.getRowHead(), v.index(0));
    Value offset = arith::ConstantOp::create(b, v.loc, b.getI32IntegerAttr(op.getHeadOffset()));
    uniform.map(body.getArgument(2), arith::AddIOp::create(b, v.loc, head, offset).getResult());
  }
  return emitOps(Uniform, uniform);
}

LogicalResult ScoreBody::emitRow(Value column, IRMapping &values) {
  for (auto &[from, to] : uniform.getValueMap())
    values.map(from, to);
  if (!op.getUniformHead()) {
    Value head = v.load(op.getRowHead(), column);
    values.map(body.getArgument(2), arith::AddIOp::create(v.b, v.loc, head, v.splatI32(op.getHeadOffset())).getResult());
  }
  values.map(body.getArgument(3), v.load(op.getRowPosition(), column));
  values.map(body.getArgument(5), v.load(op.getRowIndex(), column));
  return emitOps(Row, values);
}

LogicalResult ScoreBody::emitKey(Value key, IRMapping &values) {
  OpBuilder &b = v.b;
  for (auto &[from, to] : uniform.getValueMap())
    values.map(from, to);
  Value number = arith::AddIOp::create(b, v.loc, op.getFirstKey(), key);
  Value position = arith::AddIOp::create(b, v.loc, number, op.getKeyBase());
  values.map(body.getArgument(4), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), position).getResult());
  values.map(body.getArgument(6), arith::IndexCastOp::create(b, v.loc, b.getI32Type(), number).getResult());
  return emitOps(Key, values);
}

FailureOr<Value> ScoreBody::emitPair(Value score, const IRMapping &row, const IRMapping &key) {
  IRMapping values;
  for (const IRMapping *outer : {&row, &key})
    for (auto &[from, to] : outer->getValueMap())
      values.map(from, to);
  values.map(body.getArgument(0), score);
  if (failed(emitOps(Pair, values)))
    return failure();
  return asVector(body.getTerminator()->getOperand(0), values);
}

//===- the register-tile kernel ----------------------------------------------===//

namespace {
/// scores[j][column…] for `keys` keys from `key` on: dot products in keys × vectors accumulators, then the body, the running
/// maximum and the store.
struct ScoreTile {
  ScoresOp op;
  VectorBuilder &v;
  ScoreBody &body;
  Value panel;
  SmallVector<Value> columns;
  SmallVector<IRMapping> rows;

  FailureOr<SmallVector<Value>> emit(Value key, int64_t keys, ValueRange maxima) {
    int64_t vectors = columns.size();
    int64_t dim = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
    SmallVector<Value> zeros(keys * vectors, v.splat(0.0)), keyNumbers;
    for (int64_t i = 0; i < keys; ++i)
      keyNumbers.push_back(v.offset(key, i));
    ValueRange dots = v.loop(v.index(0), v.index(dim), 4, zeros, [&](Value d0, ValueRange accumulators) {
      SmallVector<Value> next(accumulators);
      for (int64_t u = 0; u < 4; ++u) {
        Value d = v.offset(d0, u);
        SmallVector<Value> queries;
        for (int64_t n = 0; n < vectors; ++n)
          queries.push_back(v.load(op.getPacked(), {panel, d, v.index(n * v.width)}));
        for (int64_t i = 0; i < keys; ++i) {
          Value k = v.broadcast(v.scalar(op.getKeys(), {keyNumbers[i], d}));
          for (int64_t n = 0; n < vectors; ++n)
            next[i * vectors + n] = v.fma(k, queries[n], next[i * vectors + n]);
        }
      }
      return next;
    });
    SmallVector<Value> scores(dots);
    if (!op.getGain().isExactlyValue(1.0)) {
      Value gain = v.splat(op.getGain().convertToDouble());
      for (Value &score : scores)
        score = v.mul(score, gain);
    }
    SmallVector<Value> newMaxima(maxima);
    for (int64_t i = 0; i < keys; ++i) {
      IRMapping keyValues;
      if (failed(body.emitKey(keyNumbers[i], keyValues)))
        return failure();
      for (int64_t n = 0; n < vectors; ++n) {
        FailureOr<Value> score = body.emitPair(scores[i * vectors + n], rows[n], keyValues);
        if (failed(score))
          return failure();
        v.store(*score, op.getScores(), {keyNumbers[i], columns[n]});
        newMaxima[n] = v.maxOr(*score, newMaxima[n]);
      }
    }
    return newMaxima;
  }
};
} // namespace

LogicalResult camber::cpu::emitScores(ScoresOp op, VectorBuilder &v) {
  ScheduleAttr schedule = op.getSchedule();
  int64_t panels = cast<MemRefType>(op.getPacked().getType()).getDimSize(0);
  int64_t vectors = schedule.getRowVectors();
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  bool ok = true;
  v.loop(v.index(0), v.index(panels), 1, {}, [&](Value panel, ValueRange) -> SmallVector<Value> {
    ScoreTile tile{op, v, body, panel, {}, {}};
    Value firstRow = arith::MulIOp::create(v.b, v.loc, panel, v.index(vectors * v.width));
    SmallVector<Value> maxima;
    for (int64_t n = 0; n < vectors; ++n) {
      tile.columns.push_back(v.offset(firstRow, n * v.width));
      tile.rows.emplace_back();
      ok &= succeeded(body.emitRow(tile.columns.back(), tile.rows.back()));
      maxima.push_back(v.load(op.getMaximum(), tile.columns.back()));
    }
    auto chunk = [&](Value from, Value to, int64_t keys) {
      ValueRange result = v.loop(from, to, keys, maxima, [&](Value key, ValueRange carried) -> SmallVector<Value> {
        FailureOr<SmallVector<Value>> next = tile.emit(key, keys, carried);
        ok &= succeeded(next);
        return ok ? *next : SmallVector<Value>(carried);
      });
      maxima.assign(result.begin(), result.end());
    };
    int64_t tileKeys = cast<MemRefType>(op.getScores().getType()).getDimSize(0);
    int64_t most = std::min(schedule.getScoreKeys(), tileKeys);
    if (op.getFull()) {
      // Keys dealt evenly: 64 = 9·6 + 2·5.
      int64_t tiles = (tileKeys + most - 1) / most, small = tileKeys / tiles, large = tileKeys % tiles;
      Value boundary = v.index(large * (small + 1));
      if (large)
        chunk(v.index(0), boundary, small + 1);
      chunk(boundary, v.index(tileKeys), small);
    } else {
      // A boundary tile is as long as it is: whole register tiles, then single keys.
      Value rest = arith::RemUIOp::create(v.b, v.loc, op.getCount(), v.index(most));
      Value boundary = arith::SubIOp::create(v.b, v.loc, op.getCount(), rest);
      chunk(v.index(0), boundary, most);
      chunk(boundary, op.getCount(), 1);
    }
    for (int64_t n = 0; n < vectors; ++n)
      v.store(maxima[n], op.getNewMaximum(), tile.columns[n]);
    return {};
  });
  return success(ok);
}
