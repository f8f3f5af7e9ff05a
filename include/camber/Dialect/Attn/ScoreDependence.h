// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the values of a score body depend on.
#ifndef CAMBER_DIALECT_ATTN_SCOREDEPENDENCE_H
#define CAMBER_DIALECT_ATTN_SCOREDEPENDENCE_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/DenseMap.h"

namespace camber::attn {

/// What tells a value of one pair from that of another:
///
///               pair
///            /   |    \
///        row  diagonal  column        query (and head); key - query (and head); key
///            \   |     /
///             head    /               head of the query
///                \   /
///               uniform               neither: batch and parameters are the same for all pairs
///
/// Rows of a block may be of several heads, so a value of the head is one of the row. A column has no head: a value of
/// head and key is one of the pair, unless all rows are of one head (then the head is uniform).
enum class Dependence { uniform, head, row, column, diagonal, pair };

/// The least that covers both.
Dependence join(Dependence a, Dependence b);

/// Whether what has this dependence is the same for all pairs that `scope` does not tell apart: join(a, scope) ==
/// scope.
inline bool isWithin(Dependence a, Dependence scope) { return join(a, scope) == scope; }

/// What the values of a score body depend on, found when it is asked for. The value of an operation depends on what its
/// operands, and values that its regions use, depend on: operations of a score body have no effect but to read
/// parameters. A difference of key and query is a diagonal. Values that are created later are found, too; those that
/// have been asked for must not get other operands.
class ScoreDependence {
public:
  /// `arguments` holds the arguments of the body, and other values, whose dependence is given. Arguments of the body
  /// that are not among them are uniform, as parameters are. Those of regions inside of it depend on what their
  /// operation does.
  ScoreDependence(mlir::Block &body, llvm::DenseMap<mlir::Value, Dependence> arguments)
      : body(body), known(std::move(arguments)) {}

  /// The difference key - query of these is a diagonal. Both may be null.
  void setPositions(mlir::Value query, mlir::Value key) { positions.push_back({query, key}); }

  Dependence of(mlir::Value value);
  /// Whether all values are the same for pairs of one `scope`.
  bool areWithin(mlir::ValueRange values, Dependence scope) {
    return llvm::all_of(values, [&](mlir::Value value) { return isWithin(of(value), scope); });
  }

private:
  /// Whether the operation subtracts a query position from a key position; both as they are, or converted.
  bool isDistance(mlir::Operation *op) const;

  mlir::Block &body;
  llvm::DenseMap<mlir::Value, Dependence> known;
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>, 2> positions;
};

} // namespace camber::attn

#endif
