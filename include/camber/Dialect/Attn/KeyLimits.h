// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The keys that masks allow to a block of rows, and to one row.
#ifndef CAMBER_DIALECT_ATTN_KEYLIMITS_H
#define CAMBER_DIALECT_ATTN_KEYLIMITS_H

#include "mlir/IR/Builders.h"

namespace camber::attn {

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

} // namespace camber::attn

#endif
