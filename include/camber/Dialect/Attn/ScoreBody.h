// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes on score bodies share.
#ifndef CAMBER_DIALECT_ATTN_SCOREBODY_H
#define CAMBER_DIALECT_ATTN_SCOREBODY_H

#include "mlir/IR/Block.h"
#include <optional>

namespace camber::attn {

/// Erases the operations of a score body that its end does not depend on. Passes that collect what is hidden begin with
/// it: a modifier that the score does not depend on hides nothing.
void eraseDeadOps(mlir::Block &body);

/// The value of an i32 or index constant.
std::optional<int64_t> getConstant(mlir::Value value);

} // namespace camber::attn

#endif
