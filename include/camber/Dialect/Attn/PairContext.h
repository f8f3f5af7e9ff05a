// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pair of a query and a key whose score a body computes.
#ifndef CAMBER_DIALECT_ATTN_PAIRCONTEXT_H
#define CAMBER_DIALECT_ATTN_PAIRCONTEXT_H

#include "camber/Dialect/Attn/ScoreArguments.h"
#include "camber/Dialect/Attn/ScoreDependence.h"

namespace camber::attn {

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

} // namespace camber::attn

#endif
