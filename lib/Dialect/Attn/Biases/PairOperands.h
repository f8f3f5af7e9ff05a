// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a bias is given the head and the positions of the pair in their places.
#ifndef CAMBER_LIB_DIALECT_ATTN_BIASES_PAIROPERANDS_H
#define CAMBER_LIB_DIALECT_ATTN_BIASES_PAIROPERANDS_H

#include "camber/Dialect/Attn/AttnDialect.h"

namespace camber::attn {

/// The number of the body's argument that `value` is, in the attention `op` stands in; nothing where it is none of the
/// score, the batch, the head and the two positions.
inline std::optional<unsigned> getPairArgument(mlir::Operation *op, mlir::Value value) {
  auto attention = llvm::dyn_cast_or_null<AttentionOp>(op->getParentOp());
  auto argument = llvm::dyn_cast_if_present<mlir::BlockArgument>(value);
  if (!attention || !argument || argument.getOwner() != attention.getBody() || argument.getArgNumber() > 4)
    return std::nullopt;
  return argument.getArgNumber();
}

/// The head and the positions may be computed, or be each other's; one in the other's place is a mistake, and so is one
/// position for both. `batch` may be null.
inline mlir::LogicalResult verifyPairOperands(mlir::Operation *op, mlir::Value head, mlir::Value query, mlir::Value key,
                                              mlir::Value batch = {}) {
  static constexpr llvm::StringLiteral names[] = {"score", "batch", "head", "query position", "key position"};
  struct Place {
    mlir::Value value;
    unsigned own;
    bool isPosition;
  };
  for (auto [value, own, isPosition] :
       {Place{head, 2, false}, Place{query, 3, true}, Place{key, 4, true}, Place{batch, 1, false}}) {
    std::optional<unsigned> given = getPairArgument(op, value);
    if (given && *given != own && !(isPosition && *given >= 3))
      return op->emitOpError() << "takes the " << names[own] << (own == 1 ? " as batch" : " in 'at'")
                               << ", but gets the " << names[*given]
                               << "; the order is at(head, query position, key position)";
  }
  if (query == key)
    return op->emitOpError(
        "takes one value as query position and as key position, so every distance is 0; the order is "
        "at(head, query position, key position)");
  return mlir::success();
}

/// Warns of positions that are exchanged, which turns the sign of the distance. It may be meant.
inline void warnOfExchangedPositions(mlir::Operation *op, mlir::Value query, mlir::Value key) {
  if (getPairArgument(op, query) == 4u && getPairArgument(op, key) == 3u)
    op->emitWarning(
        "the query and key positions are exchanged, so distances have the other sign; the order is at(head, "
        "query position, key position)");
}

} // namespace camber::attn

#endif
