// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether what a bias holds per head is there for every head of the attention it stands in.
#ifndef CAMBER_LIB_DIALECT_ATTN_BIASES_HEADRANGE_H
#define CAMBER_LIB_DIALECT_ATTN_BIASES_HEADRANGE_H

#include "camber/Dialect/Attn/AttnDialect.h"

namespace camber::attn {

/// `op` reads entry head - headOffset of `entries` entries called `what`. A read outside of them would be clamped,
/// which is never what was meant. Heads that the body computes, and ops outside of an attention, are not checked.
inline mlir::LogicalResult verifyHeadRange(mlir::Operation *op, mlir::Value head, int64_t headOffset, int64_t entries,
                                           llvm::StringRef what) {
  auto attention = llvm::dyn_cast_or_null<AttentionOp>(op->getParentOp());
  if (!attention || mlir::ShapedType::isDynamic(entries) || attention.getBody()->getNumArguments() < 3 ||
      head != attention.getBody()->getArgument(2))
    return mlir::success();
  int64_t first = static_cast<int64_t>(attention.getHeadOffset()) - headOffset, last = first + attention.getHeads() - 1;
  if (first >= 0 && last < entries)
    return mlir::success();
  return op->emitOpError() << what << " of " << entries << " heads: the " << attention.getHeads()
                           << " heads of the attention read entries " << first << " to " << last;
}

} // namespace camber::attn

#endif
