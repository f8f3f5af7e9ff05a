// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on the attn dialect.
#ifndef CAMBER_DIALECT_ATTN_PASSES_H
#define CAMBER_DIALECT_ATTN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace camber::attn {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "camber/Dialect/Attn/Passes.h.inc"
} // namespace camber::attn

#endif
