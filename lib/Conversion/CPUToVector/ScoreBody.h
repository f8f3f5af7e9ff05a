// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A score body, written for one pair, emitted on vectors of rows.
#ifndef CAMBER_CONVERSION_CPUTOVECTOR_SCOREBODY_H
#define CAMBER_CONVERSION_CPUTOVECTOR_SCOREBODY_H

#include "VectorBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"

namespace camber::cpu {

/// Sorts a body's operations by what they depend on and emits each as far out as that allows:
///
///     scope      depends on                       emitted                          as
///     Uniform    batch, head (one per block)      once per tile                    a scalar
///     Row        query position, head (packed)    once per vector of rows          a vector
///     Key        key position                     once per key                     a scalar
///     Pair       both, or the score               once per key and vector          a vector
///
/// So a slope lookup leaves the inner loop although nobody told it what a slope is.
class ScoreBody {
public:
  enum Scope { Uniform = 0, Row = 1, Key = 2, Pair = 3 };

  ScoreBody(ScoresOp op, VectorBuilder &v);

  /// Emits everything Uniform.
  mlir::LogicalResult emitUniform();
  /// Emits everything Row for the rows of vector `column` (first row, index).
  mlir::LogicalResult emitRow(mlir::Value column, mlir::IRMapping &values);
  /// Emits everything Key for key number `key` of the tile (index).
  mlir::LogicalResult emitKey(mlir::Value key, mlir::IRMapping &values);
  /// Emits the rest and returns the vector of final scores. `row` and `key` are those of emitRow and emitKey.
  mlir::FailureOr<mlir::Value> emitPair(mlir::Value score, const mlir::IRMapping &row, const mlir::IRMapping &key);

private:
  /// Replaces the ops of the tile dialect by arithmetic.
  void lowerStructure();
  void assignScopes();
  mlir::LogicalResult emitOps(Scope scope, mlir::IRMapping &values);
  mlir::LogicalResult emitOp(mlir::Operation &op, Scope scope, mlir::IRMapping &values);
  /// The operand as a vector where the op is emitted on vectors.
  mlir::Value asVector(mlir::Value original, mlir::IRMapping &values);
  mlir::Value emitLookup(mlir::Operation &op, bool onVector, mlir::IRMapping &values);

  ScoresOp op;
  VectorBuilder &v;
  mlir::Block &body;
  llvm::DenseMap<mlir::Value, Scope> scopes;
  mlir::IRMapping uniform;
};

} // namespace camber::cpu

#endif
