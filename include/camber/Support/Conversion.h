// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dialect conversions whose patterns say why they refuse an op.
#ifndef CAMBER_SUPPORT_CONVERSION_H
#define CAMBER_SUPPORT_CONVERSION_H

#include "mlir/Transforms/DialectConversion.h"

namespace camber {

/// Converts what is illegal in `op`, without rollback. A pattern reports at an op what it lacks; that the op is
/// illegal, which is all that the driver knows, is reported only where no pattern has said more.
inline mlir::LogicalResult convertIllegalOps(mlir::Operation *op, const mlir::ConversionTarget &target,
                                             mlir::RewritePatternSet patterns) {
  bool isReported = false;
  mlir::ScopedDiagnosticHandler handler(op->getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
      return mlir::failure(); // to whoever handles it outside
    if (isReported && llvm::StringRef(diagnostic.str()).starts_with("failed to legalize"))
      return mlir::success();
    isReported = true;
    return mlir::failure();
  });
  mlir::ConversionConfig config;
  config.allowPatternRollback = false;
  return mlir::applyPartialConversion(op, target, std::move(patterns), config);
}

} // namespace camber

#endif
