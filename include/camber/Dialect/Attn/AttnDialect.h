// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attn dialect: the op, its interfaces, and nothing of any particular bias or mask.
#ifndef CAMBER_DIALECT_ATTN_ATTNDIALECT_H
#define CAMBER_DIALECT_ATTN_ATTNDIALECT_H

#include "camber/Dialect/Attn/KeyLimits.h"
#include "camber/Dialect/Attn/ScoreArguments.h"
#include "camber/Dialect/Attn/ScoreBody.h"
#include "camber/Dialect/Attn/ScoreBound.h"
#include "camber/Dialect/Attn/ScoreDecay.h"
#include "camber/Dialect/Attn/ScoreForm.h"
#include "camber/Dialect/KnownAttributes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <cmath>
#include <limits>

namespace camber::attn {
/// Of an op whose only effect is to read the memrefs among its operands.
template <typename ConcreteOp> class ReadsTables : public mlir::OpTrait::TraitBase<ConcreteOp, ReadsTables> {
public:
  void getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects) {
    for (mlir::OpOperand &operand : this->getOperation()->getOpOperands())
      if (llvm::isa<mlir::BaseMemRefType>(operand.get().getType()))
        effects.emplace_back(mlir::MemoryEffects::Read::get(), &operand);
  }
};
} // namespace camber::attn

#include "camber/Dialect/Attn/AttnAttrInterfaces.h.inc"
#include "camber/Dialect/Attn/AttnDialect.h.inc"
#include "camber/Dialect/Attn/AttnOpInterfaces.h.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Attn/AttnOps.h.inc"

namespace camber::attn {

/// Positions and lengths stay below this, so that they are exact in float32.
inline constexpr int64_t kMaxLength = int64_t(1) << 24;

/// Scores are float32: a factor that is finite as an attribute may still overflow, or be 0 once inverted.
inline bool isFiniteInF32(double value) { return std::abs(value) <= std::numeric_limits<float>::max(); }

/// Kernels flush subnormal numbers, so a factor that is one would be 0 and its inverse infinite.
inline bool isNormalInF32(double value) {
  return isFiniteInF32(value) && std::abs(static_cast<float>(value)) >= std::numeric_limits<float>::min();
}

/// Kernels compute in units of log(2): every factor on the score may be multiplied by this.
inline constexpr double kLog2e = 1.4426950408889634074;

/// Whether a table is known to have no entries: no clamped index can be read from it.
inline bool isKnownEmpty(mlir::ShapedType table) { return table.hasRank() && llvm::is_contained(table.getShape(), 0); }

/// Whether each operand that is neither optional nor variadic, the first of the segments, is one value. Generic syntax
/// can give it none or several, which the generated verifier lets pass and accessors then read beyond the operands.
inline bool hasRequiredOperands(llvm::ArrayRef<int32_t> segmentSizes, unsigned required) {
  return llvm::all_of(segmentSizes.take_front(required), [](int32_t size) { return size == 1; });
}

/// Whether an operation of a score body that is no modifier and no lookup computes scalars only, or is a constant
/// table; an error at the operation where not.
llvm::LogicalResult verifyScalars(mlir::Operation *op);

/// Emits warnings at operations of a score body that are right but rarely meant: what modifiers say
/// (`ScoreModifierOpInterface::warn`), and modifiers and lookups whose results do not reach the score.
void warnOfDoubts(AttentionOp op);

/// Whether kernels of this attention skip keys whose scores have decayed. What `tile-skip-decayed` finds, before
/// any pass has run: contracts say so.
bool skipsKeys(AttentionOp op);

/// Lets one-shot bufferisation turn attention on tensors into attention on memrefs.
void registerBufferizableOpInterfaceModels(mlir::DialectRegistry &registry);

} // namespace camber::attn

#endif
