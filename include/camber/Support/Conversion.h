// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions whose patterns say why they refuse an op.
#ifndef CAMBER_SUPPORT_CONVERSION_H
#define CAMBER_SUPPORT_CONVERSION_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Transforms/DialectConversion.h"
#include <functional>

namespace camber {

/// Whether errors of a context have been reported since this began. They go on to whoever handles them.
class ErrorWatch {
public:
  /// `isEcho` tells which errors only repeat one before: they are dropped.
  explicit ErrorWatch(
      mlir::MLIRContext *context,
      std::function<bool(mlir::Diagnostic &)> isEcho = [](mlir::Diagnostic &) { return false; })
      : handler(context, [this, isEcho = std::move(isEcho)](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
            return mlir::failure(); // not handled here
          if (seen && isEcho(diagnostic))
            return mlir::success();
          seen = true;
          return mlir::failure();
        }) {}
  bool hasSeen() const { return seen; }

private:
  bool seen = false;
  mlir::ScopedDiagnosticHandler handler;
};

/// Converts what is illegal in `op`, without rollback. A pattern reports at an op what it lacks; that the op is
/// illegal, which is all that the driver knows, is reported only if no pattern has said more.
inline mlir::LogicalResult convertIllegalOps(mlir::Operation *op, const mlir::ConversionTarget &target,
                                             mlir::RewritePatternSet patterns) {
  ErrorWatch errors(op->getContext(), [](mlir::Diagnostic &diagnostic) {
    return llvm::StringRef(diagnostic.str()).starts_with("failed to legalize");
  });
  mlir::ConversionConfig config;
  config.allowPatternRollback = false;
  return mlir::applyPartialConversion(op, target, std::move(patterns), config);
}

} // namespace camber

#endif
