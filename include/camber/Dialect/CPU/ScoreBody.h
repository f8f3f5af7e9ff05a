// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The score body of cpu.scores on vectors, whose lanes are rows or keys.
#ifndef CAMBER_DIALECT_CPU_SCOREBODY_H
#define CAMBER_DIALECT_CPU_SCOREBODY_H

#include "camber/Dialect/CPU/BodyEmitter.h"

namespace camber::cpu {

/// The body of cpu.scores: (score, batch, head, query position, key position, query index, key index, params…, table
/// values…). Its arguments are given by row and by key, one of which is a vector of consecutive ones (the lanes of the
/// schedule) and the other a single one.
class ScoreBody {
public:
  ScoreBody(ScoresOp op, VectorBuilder &v);

  bool isExpensive() { return emitter.isExpensive(); }

  /// Emits everything Uniform.
  mlir::LogicalResult emitUniform();

  /// Emits what depends on the row: on row `row` (index), or on the vector of rows that begins there.
  mlir::LogicalResult emitRow(mlir::Value row, mlir::IRMapping &values);

  /// The position of key number `key` of the tile as float32, in every lane.
  mlir::Value emitRealPosition(mlir::Value key);

  /// Emits what depends on the key: on key number `key` of the tile (index), or on the vector of keys that begins
  /// there.
  mlir::LogicalResult emitKey(mlir::Value key, mlir::IRMapping &values);
  /// The same for one key that comes `step` keys after one at position `real` (float32): positions of consecutive keys
  /// differ by 1, which spares their conversion.
  mlir::LogicalResult emitKey(mlir::Value key, mlir::Value real, int64_t step, mlir::IRMapping &values);

  /// Emits the rest and returns the vector of final scores of row and key.
  mlir::FailureOr<mlir::Value> emitPair(mlir::Value score, mlir::Value key, mlir::Value row,
                                        const mlir::IRMapping &rowValues, const mlir::IRMapping &keyValues);

private:
  mlir::Value readTable(mlir::Value table, mlir::Value key, mlir::Value row);

  ScoresOp op;
  VectorBuilder &v;
  bool keysInLanes;
  BodyEmitter::Scope rowScope, keyScope;
  mlir::Block &body;
  BodyEmitter emitter;
  mlir::IRMapping uniform;
};

} // namespace camber::cpu

#endif
