// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emission of one-pair bodies on vectors.
#include "camber/Dialect/CPU/BodyEmitter.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

BodyEmitter::BodyEmitter(Block &body, ArrayRef<attn::Dependence> dependences, Layout layout, VectorBuilder &v)
    : body(body), v(v) {
  tile::lowerScoreStructure(body);
  llvm::DenseMap<Value, attn::Dependence> known;
  for (auto [dependence, argument] : llvm::zip_first(dependences, body.getArguments()))
    known[argument] = dependence;
  attn::ScoreDependence dependence(body, std::move(known));
  auto scopeOf = [&](Value value) {
    switch (dependence.of(value)) {
    case attn::Dependence::uniform:
      return Uniform;
    case attn::Dependence::head: // rows may be of several
    case attn::Dependence::row:
      return layout.row;
    case attn::Dependence::column:
      return layout.column;
    case attn::Dependence::diagonal:
    case attn::Dependence::pair:
      return Pair;
    }
    llvm_unreachable("all are there");
  };
  for (Operation &operation : body.without_terminator())
    for (Value result : operation.getResults())
      scopes[result] = scopeOf(result);
}

Value BodyEmitter::asVector(Value original, IRMapping &values) {
  Value value = values.lookup(original);
  if (isa<VectorType, MemRefType>(value.getType()))
    return value;
  return v.broadcast(value);
}

Value camber::cpu::emitLookup(VectorBuilder &v, Value table, ValueRange at, bool onVector) {
  OpBuilder &b = v.b;
  Type element = cast<MemRefType>(table.getType()).getElementType();
  SmallVector<Value> indices;
  for (auto [dim, i] : llvm::enumerate(at))
    indices.push_back(tile::clampIndex(b, v.loc, table, dim, i));
  auto read = [&](int64_t lane) {
    SmallVector<Value> scalars;
    for (Value index : indices) {
      if (isa<VectorType>(index.getType()))
        index = vector::ExtractOp::create(b, v.loc, index, lane);
      scalars.push_back(arith::IndexCastOp::create(b, v.loc, b.getIndexType(), index));
    }
    return v.scalar(table, scalars);
  };
  if (!onVector)
    return read(0);
  Value result = arith::ConstantOp::create(b, v.loc, b.getZeroAttr(v.vectorType(element)));
  for (int64_t lane = 0; lane < v.width; ++lane)
    result = vector::InsertOp::create(b, v.loc, read(lane), result, lane);
  return result;
}

bool BodyEmitter::isExpensive() {
  return llvm::any_of(body.without_terminator(), [&](Operation &operation) {
    return tile::isTranscendental(operation) && scopes.lookup(operation.getResult(0)) == Pair;
  });
}

LogicalResult BodyEmitter::emitOp(Operation &operation, Scope scope, IRMapping &values) {
  OpBuilder &b = v.b;
  bool onVector = scope == Lanes || scope == Pair;
  bool viaVector = !onVector && tile::isTranscendental(operation); // so even a scalar one is evaluated on a vector
  if (auto lookup = dyn_cast<attn::LookupOp>(operation)) {
    SmallVector<Value> indices;
    for (Value index : lookup.getIndices())
      indices.push_back(values.lookup(index));
    values.map(lookup.getResult(), emitLookup(v, values.lookup(lookup.getTable()), indices, onVector));
    return success();
  }
  if (isa<arith::ConstantOp>(operation)) {
    if (isa<ShapedType>(operation.getResult(0).getType())) {
      values.map(operation.getResult(0), tile::emitTable(b, cast<arith::ConstantOp>(operation)));
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
  OperationState state(operation.getLoc(), operation.getName()); // where a later refusal belongs
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

LogicalResult BodyEmitter::emit(Scope scope, IRMapping &values) {
  for (Operation &operation : body.without_terminator()) {
    Value result = operation.getResult(0);
    if (scopes.lookup(result) == scope && !values.contains(result) && failed(emitOp(operation, scope, values)))
      return failure();
  }
  return success();
}
