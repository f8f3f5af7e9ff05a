// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The structure of a score, composed modifier by modifier.
#ifndef CAMBER_DIALECT_ATTN_SCOREFORM_H
#define CAMBER_DIALECT_ATTN_SCOREFORM_H

#include "camber/Dialect/Attn/PairContext.h"
#include "mlir/IR/Builders.h"
#include <functional>

namespace camber::attn {

/// Emits f32 f(head, distance) at the builder; both arguments are i32.
using DistanceFunction = std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value, mlir::Value)>;

/// What is added to the score on one interval of distances: slope · (d - origin) + constant + diagonal(head, d). Null
/// members are 0. slope, origin and constant are f32 values that depend on batch, head and parameters only.
struct ScorePiece {
  mlir::Value slope;
  mlir::Value origin; ///< only with a slope
  mlir::Value constant;
  llvm::SmallVector<DistanceFunction, 1> diagonals;

  bool isZero() const { return !slope && !constant && diagonals.empty(); }
};

/// The description of a score: outgoing = factor · base + piece(distance) + terms, hidden outside of the limits.
///
/// Every modifier turns the description of its incoming score into that of its outgoing score, in the order of the
/// chain, so a scale after ALiBi scales the slope, two biases add up, and a softcap makes everything before it an
/// opaque base:
///
///     modifier        base        factor pieces                    limits
///     (start)         q·k         1      0
///     scale 1/8       q·k         1/8    0
///     alibi           q·k         1/8    m·d
///     scale 2         q·k         1/4    2m·d
///     softcap 30      softcap(…)  1      0
///     #attn.causal    softcap(…)  1      0                         d ≤ 0
///
/// The road not taken: keeping the chain as a list of modifiers and asking each bias to fuse itself. Pairs of modifiers
/// would then have to know each other.
class ScoreForm {
public:
  using Materializer = std::function<mlir::Value(ScoreForm &)>;

  /// `materialize` emits a value for a description; it is called where a modifier needs the plain score.
  ScoreForm(mlir::OpBuilder &builder, mlir::Value score, PairContext pair, Materializer materialize)
      : builder(builder), base(score), pair(pair), materializer(std::move(materialize)) {}

  /// outgoing = factor · incoming.
  void scale(double factor);
  /// outgoing = incoming + slope · distance.
  void addAffine(mlir::Value slope);
  /// outgoing = incoming + pieces[k] for breakpoints[k-1] ≤ distance < breakpoints[k]. Breakpoints are i32, ascending,
  /// and depend on batch, head and parameters only; there is one piece more than there are breakpoints.
  void addPieces(llvm::ArrayRef<mlir::Value> breakpoints, llvm::ArrayRef<ScorePiece> pieces);
  /// outgoing = incoming + term, any f32 value of the score body.
  void addTerm(mlir::Value term) { terms.push_back(term); }
  /// Hides pairs with a distance below `lo` or above `hi` (i32 values of batch, head and parameters; null: no limit).
  void limitDistance(mlir::Value lo, mlir::Value hi);
  /// Hides pairs for which `visible` (i1) is false.
  void hideUnless(mlir::Value visible) { conditions.push_back(visible); }
  /// Makes the score so far a plain value, expands `op` on it and starts over from its result.
  void applyOpaque(mlir::Operation *op);
  /// Makes the score so far a plain value and starts over from what `apply` emits on it.
  void applyOpaque(llvm::function_ref<mlir::Value(mlir::Value)> apply);

  mlir::OpBuilder &builder;
  mlir::Value base;
  double scaleFactor = 1.0;
  llvm::SmallVector<mlir::Value> breakpoints;
  llvm::SmallVector<ScorePiece> pieces{ScorePiece()};
  llvm::SmallVector<mlir::Value> terms;
  /// Limits and conditions hide at the end of the chain, wherever they arose: a softcap never makes a pair visible
  /// again.
  mlir::Value distanceMin, distanceMax;
  llvm::SmallVector<mlir::Value> conditions;
  PairContext pair;

  mlir::Location loc() const { return base.getLoc(); }
  mlir::Value i32(int64_t value);
  mlir::Value f32(double value);

private:
  ScorePiece add(const ScorePiece &a, const ScorePiece &b);
  Materializer materializer;
};

} // namespace camber::attn

#endif
