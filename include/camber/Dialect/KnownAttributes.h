// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Refuses attributes that nobody reads, which are mistakes in spelling as a rule: dialects and the trait of their ops.
#ifndef CAMBER_DIALECT_KNOWNATTRIBUTES_H
#define CAMBER_DIALECT_KNOWNATTRIBUTES_H

#include "mlir/IR/OpDefinition.h"

namespace camber {

/// Fails, with the nearest of `known` and then all of them, unless `name` is one of them. `holder` is what carries the
/// attribute, in words.
mlir::LogicalResult verifyKnownAttribute(mlir::Operation *op, llvm::StringRef name,
                                         llvm::ArrayRef<llvm::StringRef> known, const llvm::Twine &holder);

/// Fails on an attribute that the op does not declare, unless a dialect's name comes before it: these are verified by
/// their dialect, and any dialect may leave some on an op.
mlir::LogicalResult verifyDeclaredAttributes(mlir::Operation *op);

template <typename ConcreteType>
class DeclaredAttributes : public mlir::OpTrait::TraitBase<ConcreteType, DeclaredAttributes> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) { return verifyDeclaredAttributes(op); }
};

} // namespace camber

#endif
