// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the variants of ALiBi share: the slope of a head, and the checks of what it is made of.
#ifndef CAMBER_LIB_DIALECT_ATTN_BIASES_ALIBISLOPES_H
#define CAMBER_LIB_DIALECT_ATTN_BIASES_ALIBISLOPES_H

#include "camber/Dialect/Attn/AttnBiases.h"
#include "camber/Support/Num.h"

namespace camber::attn {

/// The slopes of an op of dialects/Attn/biases/ALiBi.td: its operands and attributes, whichever of them it has.
struct AlibiSlopes {
  /// A kernel carries the slopes of all heads as a table.
  static constexpr int64_t kMaxHeads = int64_t(1) << 16;

  /// Of an op with formula slopes or an operand. The formula is that of heads / `groups` heads, repeated for each
  /// group.
  template <typename OpTy>
  explicit AlibiSlopes(OpTy op, int64_t groups = 1)
      : op(op), head(op.getHead()), query(op.getQuery()), key(op.getKey()), batch(op.getBatch()),
        slopes(op.getSlopes()), factor(op.getFactor()), totalLen(op.getTotalLen()), groups(groups),
        headOffset(op.getHeadOffset()), biasMax(op.getBiasMax().convertToDouble()),
        interpolation(op.getInterpolation().convertToDouble()), trainLen(op.getTrainLen()) {
    if (std::optional<uint64_t> total = op.getHeads())
      heads = static_cast<int64_t>(*total);
  }
  explicit AlibiSlopes(AlibiAsymmetricOp op)
      : op(op), head(op.getHead()), query(op.getQuery()), key(op.getKey()), slopes(op.getSlopes()),
        factor(op.getFactor()), totalLen(op.getTotalLen()), headOffset(op.getHeadOffset()),
        interpolation(op.getInterpolation().convertToDouble()), trainLen(op.getTrainLen()) {}

  mlir::Operation *op;
  mlir::Value head, query, key;
  mlir::Value batch, slopes, factor, totalLen; ///< may be null
  std::optional<int64_t> heads;
  int64_t groups = 1;
  int64_t headOffset = 0;
  double biasMax = 8.0, interpolation = 1.0;
  std::optional<int64_t> trainLen;

  /// The constraints of `attn.alibi`. Of operands that generic syntax has dealt wrongly, `verifyAlibi` tells first.
  mlir::LogicalResult verify() const;
  /// Whether the bias is a function of the pair's distance, with slopes that are the same for all pairs of a head.
  bool isOfPair(const PairContext &pair) const;
  void addParameters(llvm::SmallVectorImpl<std::pair<llvm::StringRef, mlir::Value>> &parameters) const;
};

template <typename OpTy> mlir::LogicalResult verifyAlibi(OpTy op, int64_t groups = 1) {
  if (!hasRequiredOperands(op.getProperties().operandSegmentSizes, 4))
    return op.emitOpError("takes one score, head, query and key");
  return AlibiSlopes(op, groups).verify();
}

/// Creates the arithmetic that the variants are made of.
class AlibiEmitter : public Num {
public:
  /// `map` gives the values at the builder of what the op reads.
  AlibiEmitter(
      const AlibiSlopes &slopes, mlir::OpBuilder &builder, std::function<Value(Value)> map = [](Value v) { return v; })
      : Num(builder, slopes.op->getLoc()), slopes(slopes), map(std::move(map)) {}
  AlibiEmitter(const AlibiSlopes &slopes, ScoreBound &bound)
      : Num(bound.builder, bound.loc), slopes(slopes), map([&bound](Value v) { return bound.map(v); }) {}

  /// m: the slope of a head, divided by the interpolation factor.
  Value slope(Value head);
  /// The head's entry of a table [H], or [B,H] if it is the slopes and these are given per batch.
  Value read(Value table, Value head);
  /// A slope divided by the interpolation factor.
  Value divided(Value slope);
  Value negate(Value v) { return mlir::arith::NegFOp::create(b, loc, v); }
  Value larger(Value x, Value y) { return mlir::arith::MaximumFOp::create(b, loc, x, y); }
  Value smaller(Value x, Value y) { return mlir::arith::MinimumFOp::create(b, loc, x, y); }
  /// Of a block's distances from `lo` to `hi`, as f32: the one nearest to the diagonal and the one farthest from it,
  /// without their signs.
  Value nearest(Value lo, Value hi) { return larger(f32(0.0), larger(lo, negate(hi))); }
  Value farthest(Value lo, Value hi) { return larger(absF(lo), absF(hi)); }
  Value head() const { return slopes.head; }
  /// key position - query position, as i32.
  Value distance() { return mlir::arith::SubIOp::create(b, loc, slopes.key, slopes.query); }

private:
  Value factor();

  AlibiSlopes slopes;
  std::function<Value(Value)> map;
};

/// An affine piece: slope · (distance - origin).
inline ScorePiece affinePiece(mlir::Value slope, mlir::Value origin = {}) {
  ScorePiece piece;
  piece.slope = slope;
  piece.origin = origin;
  return piece;
}

/// score - m · abs(d): what the symmetric variant is, and the half/half one where pairs are visible.
mlir::Value addAbsDistance(AlibiEmitter &emitter, mlir::Value score);
void describeAbsDistance(AlibiEmitter &emitter, ScoreForm &form);
/// Of a block with visible distances from `lo` to `hi`.
void boundAbsDistance(AlibiEmitter &emitter, ScoreBound &bound, mlir::Value lo, mlir::Value hi);

} // namespace camber::attn

#endif
