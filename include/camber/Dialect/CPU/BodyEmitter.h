// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bodies written for one pair of row and key, emitted on vectors.
#ifndef CAMBER_DIALECT_CPU_BODYEMITTER_H
#define CAMBER_DIALECT_CPU_BODYEMITTER_H

#include "camber/Dialect/CPU/VectorBuilder.h"
#include "camber/Dialect/Attn/ScoreDependence.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"

namespace camber::cpu {

/// Sorts a body's operations by what they depend on, so that each can be emitted as far out as that allows:
///
///     scope      depends on                       emitted in a score kernel        as
///     Uniform    batch, head (one per block)      once per tile                    a scalar
///     Lanes      what differs between lanes       once per vector                  a vector
///     Step       what differs between steps       once per step                    a scalar
///     Pair       both, or the score               once per step and vector         a vector
///
/// Where lanes are rows, rows are Lanes and columns Step; where lanes are keys it is the other way round. So a slope
/// lookup leaves the inner loop although nobody told it what a slope is.
class BodyEmitter {
public:
  enum Scope { Uniform, Lanes, Step, Pair };
  /// What rows and columns are of in the code that is emitted.
  struct Layout {
    Scope row = Lanes, column = Step;
  };

  /// `dependences` has one entry per argument of the body, up to params, whose operations are all of `arith`, `math` or
  /// lookups once its structure has been lowered.
  BodyEmitter(mlir::Block &body, llvm::ArrayRef<attn::Dependence> dependences, Layout layout, VectorBuilder &v);

  /// Emits the operations of one scope on `values`, which holds what they use: the body's arguments and outer scopes'
  /// results. Results that it holds already are left as they are.
  mlir::LogicalResult emit(Scope scope, mlir::IRMapping &values);
  /// Whether nothing but operations per pair use a value, so that it may be a vector.
  bool isForPairsOnly(mlir::Value value) const {
    return llvm::all_of(value.getUsers(), [&](mlir::Operation *user) {
      return user->getNumResults() == 1 && scopes.lookup(user->getResult(0)) == Pair;
    });
  }
  /// Whether a transcendental function is evaluated per pair: tens of operations, which need registers of their own.
  bool isExpensive();
  /// The value of what the body yields, as a vector.
  mlir::Value yielded(mlir::IRMapping &values) { return asVector(body.getTerminator()->getOperand(0), values); }

private:
  mlir::LogicalResult emitOp(mlir::Operation &op, Scope scope, mlir::IRMapping &values);
  /// The operand as a vector where the op is emitted on vectors.
  mlir::Value asVector(mlir::Value original, mlir::IRMapping &values);

  mlir::Block &body;
  VectorBuilder &v;
  llvm::DenseMap<mlir::Value, Scope> scopes; ///< of results
};

/// table[clamp(indices)], the indices i32 scalars or vectors: a scalar load, or one per lane.
mlir::Value emitLookup(VectorBuilder &v, mlir::Value table, mlir::ValueRange indices, bool onVector);

/// Adds the entries of `from` to `to`.
inline void addValues(mlir::IRMapping &to, const mlir::IRMapping &from) {
  for (auto &[original, value] : from.getValueMap())
    to.map(original, value);
}

} // namespace camber::cpu

#endif
