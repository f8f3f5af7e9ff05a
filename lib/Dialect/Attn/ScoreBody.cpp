// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes on score bodies share.
#include "camber/Dialect/Attn/ScoreBody.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace camber::attn;

void camber::attn::eraseDeadOps(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

std::optional<int64_t> camber::attn::getConstant(Value value) {
  APInt constant;
  if (value && matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}
