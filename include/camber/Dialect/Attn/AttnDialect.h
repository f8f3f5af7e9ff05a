// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attn dialect: the op, its interfaces, and nothing of any particular bias or mask.
#ifndef CAMBER_DIALECT_ATTN_ATTNDIALECT_H
#define CAMBER_DIALECT_ATTN_ATTNDIALECT_H

#include "camber/Dialect/Attn/ScoreForm.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "camber/Dialect/Attn/AttnDialect.h.inc"
#include "camber/Dialect/Attn/AttnOpInterfaces.h.inc"
#include "camber/Dialect/Attn/AttnAttrInterfaces.h.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Attn/AttnOps.h.inc"

namespace camber::attn {

/// Positions and lengths stay below this, so that they are exact in float32.
inline constexpr int64_t kMaxLength = int64_t(1) << 24;

/// Lets one-shot bufferisation turn attention on tensors into attention on memrefs.
void registerBufferizableOpInterfaceModels(mlir::DialectRegistry &registry);

} // namespace camber::attn

#endif
