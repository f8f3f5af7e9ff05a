// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The structure of a score, composed modifier by modifier, and bounds on its value.
#ifndef CAMBER_DIALECT_ATTN_SCOREFORM_H
#define CAMBER_DIALECT_ATTN_SCOREFORM_H

#include "camber/Dialect/Attn/ScoreArguments.h"
#include "camber/Dialect/Attn/ScoreDependence.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include <functional>
#include <optional>

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

/// The indices of the pair whose score is described: i32 values of the score body. Indices count rows of the tensors,
/// positions include offsets. Values a mask reads are null where the kernel has no such operand.
struct PairContext {
  mlir::Value batch, head, queryPosition, keyPosition, queryIndex, keyIndex, querySegment, keySegment;

  /// The pair of a score body, without segments.
  static PairContext of(ScoreArguments arguments) {
    return {arguments.getBatch(),      arguments.getHead(),     arguments.getQueryPosition(), arguments.getKeyPosition(),
            arguments.getQueryIndex(), arguments.getKeyIndex(), /*querySegment=*/{},         /*keySegment=*/{}};
  }
  /// Whether the operands of a bias are this pair's. A body may compute them (positions doubled, heads permuted) or
  /// swap them: the bias is then a function of something else than this pair's distance.
  bool isAt(mlir::Value query, mlir::Value key) const { return query == queryPosition && key == keyPosition; }
  bool isAt(mlir::Value h, mlir::Value query, mlir::Value key) const { return h == head && isAt(query, key); }
  /// What values of the body depend on.
  ScoreDependence getDependence() const;
  /// Whether values of the body are computed from batch, head and parameters alone.
  bool areUniform(mlir::ValueRange values) const;
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

/// Erases the operations of a score body that its end does not depend on. Passes that collect what is hidden begin with
/// it: a modifier that the score does not depend on hides nothing.
void eraseDeadOps(mlir::Block &body);

/// Whether the upper bound of a score body falls without limit with the distance (`ScoreBound::falls`), and what ended
/// that or kept it from being known, or null.
struct ScoreDecay {
  bool falls = false;
  mlir::Operation *ending = nullptr;
};
/// Follows the bound of `score`, a value of a score body (`ScoreArguments`), without changing the body.
ScoreDecay findDecay(mlir::Value score, const PairContext &pair);
/// The fewest queries for which keys that decay are skipped, with `group` query heads per kv head. To find them, the
/// norms of all keys are computed first, which reads the keys once; up to 64 rows of a kv head read them about once,
/// too.
int64_t minQueriesToSkip(int64_t group);

/// The value of an i32 or index constant.
std::optional<int64_t> getConstant(mlir::Value value);

/// Keys any row of a block may see, as half-open key positions (index values), and the block's query positions.
struct KeyLimits {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value queryMin, queryMax; ///< inclusive
  mlir::Value begin, end;
  void atLeast(mlir::Value position);
  void below(mlir::Value position);
};

/// Keys one row sees, as inclusive key positions, and the position of the row; all i32.
struct RowKeys {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value query;
  mlir::Value first, last;
  /// query + delta.
  mlir::Value at(int64_t delta);
  void atLeast(mlir::Value position);
  void atMost(mlir::Value position);
};

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
