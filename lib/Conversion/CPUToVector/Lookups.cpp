// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.lookup outside of bodies to a load.
#include "Patterns.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/CPU/BodyEmitter.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

namespace {
struct LookupLowering : OpRewritePattern<attn::LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(attn::LookupOp lookup, PatternRewriter &rewriter) const override {
    auto constant = lookup.getTable().getDefiningOp<arith::ConstantOp>();
    if (!constant && !isa<MemRefType>(lookup.getTable().getType()))
      return lookup.emitOpError("reads a tensor; bufferise first");
    VectorBuilder v(rewriter, lookup.getLoc(), 1);
    Value table = constant ? tile::emitTable(rewriter, constant) : lookup.getTable();
    rewriter.replaceOp(lookup, emitLookup(v, table, lookup.getIndices(), /*onVector=*/false));
    if (constant && constant->use_empty())
      rewriter.eraseOp(constant);
    return success();
  }
};
} // namespace

void camber::cpu::populateLookupPatterns(RewritePatternSet &patterns) {
  patterns.add<LookupLowering>(patterns.getContext());
}
