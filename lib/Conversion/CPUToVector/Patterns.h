// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The patterns of convert-cpu-to-vector, a function per file.
#ifndef CAMBER_LIB_CONVERSION_CPUTOVECTOR_PATTERNS_H
#define CAMBER_LIB_CONVERSION_CPUTOVECTOR_PATTERNS_H

#include "camber/Dialect/CPU/VectorBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace camber::cpu {

/// Lowers an op that works on buffers: `emit` puts its code before it. Where that fails it has reported why.
template <typename OpTy, mlir::LogicalResult emit(OpTy, VectorBuilder &)>
struct EmitBefore : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  mlir::LogicalResult matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    VectorBuilder v(rewriter, op.getLoc(), op.getSchedule().getWidth());
    if (failed(emit(op, v)))
      return mlir::failure();
    rewriter.eraseOp(op);
    return mlir::success();
  }
};

/// cpu.pack_queries, scores, softmax_update and accumulate, whose code is the microkernel's.
void populateMicrokernelPatterns(mlir::RewritePatternSet &patterns);
/// cpu.tabulate.
void populateTablePatterns(mlir::RewritePatternSet &patterns);
/// cpu.copy_keys, reach and add_rows.
void populateValuePatterns(mlir::RewritePatternSet &patterns);
/// cpu.epilogue, combine and store_rows.
void populateResultPatterns(mlir::RewritePatternSet &patterns);
/// cpu.row_norms and key_norms.
void populateNormPatterns(mlir::RewritePatternSet &patterns);
/// cpu.state_bound.
void populateStateBoundPatterns(mlir::RewritePatternSet &patterns);
/// cpu.skip_range.
void populateSkipRangePatterns(mlir::RewritePatternSet &patterns);
/// attn.lookup outside of bodies: breakpoints of a bias that are read from a parameter.
void populateLookupPatterns(mlir::RewritePatternSet &patterns);

} // namespace camber::cpu

#endif
