// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bounds on the scores of a block of pairs.
#ifndef CAMBER_DIALECT_ATTN_SCOREBOUND_H
#define CAMBER_DIALECT_ATTN_SCOREBOUND_H

#include "camber/Dialect/Attn/PairContext.h"
#include "mlir/IR/Builders.h"
#include <functional>

namespace camber::attn {

/// An interval that holds every score of a block of pairs, composed over the modifiers like ScoreForm. All values f32
/// but the index ranges, which are i32 and inclusive; `head` is the one head of the block.
///
/// Scores are those that `expand` computes in float32. Its operations round to nearest, which keeps the order of their
/// results, and a bound performs the same operations on the ends of the interval: it holds exactly, not up to rounding.
/// A kernel that rounds differently (it folds scales, tabulates biases) adds its own slack.
///
/// Pairs that a mask or a modifier hides are exempt, as they stay hidden whatever follows: an interval of visible
/// scores is never widened to -∞ for them, and a block without visible pairs may have any interval.
///
/// A block may be skipped where `hi` is small enough in an ordered comparison. Where a score of the block may be NaN
/// (slopes, tables or factors that are not finite), `lo` is NaN or -∞ and `hi` is NaN or +∞, so that the comparison
/// fails. Every modifier keeps it so: one that makes infinite scores finite adds `zeroIfFinite`.
class ScoreBound {
public:
  ScoreBound(mlir::OpBuilder &builder, mlir::Location loc, PairContext pair) : builder(builder), loc(loc), pair(pair) {}
  mlir::OpBuilder &builder;
  mlir::Location loc;
  /// The pair as the score body knows it, to tell whether a modifier is about this block (`PairContext::isAt`).
  PairContext pair;
  mlir::Value lo, hi;
  mlir::Value batch, head, queryMin, queryMax, keyMin, keyMax;
  /// Maps values of the score body that are the same for all pairs of the block (`PairContext::areUniform`), other than
  /// batch and head themselves, to values at the builder.
  std::function<mlir::Value(mlir::Value)> lookup = [](mlir::Value v) { return v; };
  /// Nothing is known of the scores, not even that they are numbers: the interval is and stays (-∞, +∞).
  bool unknown = false;
  /// Whether `hi` falls, or `lo` rises, without limit as the keys move away from the queries on one side or both, for
  /// some values of the parameters. Where `hi` falls, keys that are far enough away can be skipped, and only there is
  /// it worth asking at run time. A modifier sets them where it adds an unbounded term of the distance; `scale` keeps
  /// or exchanges them, what bounds the score (a softcap) or knows nothing of it ends both, anything else leaves them.
  bool falls = false, rises = false;
  /// The operation that ended `falls`, or left nothing known; null where no modifier has set it, or none has ended it.
  mlir::Operation *ending = nullptr;

  /// From the interval of the scores that enter the body (`ScoreArguments`) to that of `score`, a value of the body.
  /// Whatever is not a modifier (arithmetic of the user) leaves nothing known.
  void follow(mlir::Value score);

  void setUnknown();
  void scale(double factor);
  /// outgoing = f(incoming), for an f that keeps the order of its arguments: the ends of the interval go through it. It
  /// may bound what it is given (a softcap), so nothing is known of the distance behind it.
  void applyMonotone(llvm::function_ref<mlir::Value(mlir::Value)> f);
  /// Adds an interval [a, b] given in either order.
  void addBetween(mlir::Value a, mlir::Value b);
  /// Adds slope · x, rounded once together with the sum, for all x in [a, b]; the slope may have any sign.
  void addAffine(mlir::Value slope, mlir::Value a, mlir::Value b);
  /// 0 where both ends are finite, else NaN.
  mlir::Value zeroIfFinite();
  /// Smallest and largest distance, as f32.
  mlir::Value distanceMin(), distanceMax();
  /// What a modifier of this block reads, at the builder.
  mlir::Value map(mlir::Value value) { return value == pair.batch ? batch : value == pair.head ? head : lookup(value); }
};

} // namespace camber::attn

#endif
