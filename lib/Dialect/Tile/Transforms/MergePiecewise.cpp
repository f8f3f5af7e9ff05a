// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-merge-piecewise: pieces that all add a function of the diagonal to the same score become one function.
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace camber::tile {
#define GEN_PASS_DEF_MERGEPIECEWISE
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber::tile;

/// What a piece yields, as the sum of `score` and something; null where it is no such sum.
static Value addendTo(Value score, Value yielded) {
  auto sum = yielded.getDefiningOp<arith::AddFOp>();
  if (!sum || (sum.getLhs() != score && sum.getRhs() != score))
    return {};
  return sum.getLhs() == score ? sum.getRhs() : sum.getLhs();
}

/// The function of a piece at the builder, of what `mapping` says; null where it depends on more.
static Value emitPiece(OpBuilder &b, Region &piece, Value score, DiagonalOp like, const IRMapping &arguments) {
  IRMapping mapping(arguments);
  Value distance = arguments.lookup(like.getFunction().getArgument(1));
  mapping.map(piece.getArgument(0), distance);
  Value yielded = piece.front().getTerminator()->getOperand(0);
  auto diagonal = yielded.getDefiningOp<DiagonalOp>();
  if (!diagonal) {
    Value addend = addendTo(score, yielded);
    return addend && succeeded(cloneSlice(b, addend, mapping)) ? mapping.lookup(addend) : Value();
  }
  if (diagonal.getScore() != score || diagonal.getHead() != like.getHead() || diagonal.getQuery() != like.getQuery() ||
      diagonal.getKey() != like.getKey())
    return {};
  Block &function = diagonal.getFunction().front();
  mapping.map(function.getArgument(0), arguments.lookup(like.getFunction().getArgument(0)));
  mapping.map(function.getArgument(1), distance);
  Value result = function.getTerminator()->getOperand(0);
  return succeeded(cloneSlice(b, result, mapping)) ? mapping.lookup(result) : Value();
}

static bool join(PiecewiseOp pieces) {
  DiagonalOp like; // they differ in their functions only
  for (Region &piece : pieces.getPieces())
    if (auto diagonal = piece.front().getTerminator()->getOperand(0).getDefiningOp<DiagonalOp>())
      like = diagonal;
  auto isOutside = [&](Value value) { return !pieces->isAncestor(value.getParentBlock()->getParentOp()); };
  auto score = pieces->getParentOfType<ScoreOp>();
  if (!score || !like || !isOutside(like.getScore()) || !isOutside(like.getHead()) ||
      like.getQuery() != pieces.getQuery() || like.getKey() != pieces.getKey())
    return false;
  OpBuilder b(pieces);
  Location loc = pieces.getLoc();
  auto merged =
      DiagonalOp::create(b, loc, pieces.getType(), like.getScore(), like.getHead(), like.getQuery(), like.getKey());
  Type i32 = b.getI32Type();
  Block *function = b.createBlock(&merged.getFunction(), {}, {i32, i32}, {loc, loc});
  IRMapping mapping;
  auto arguments = score.getScoreBody()->getArguments();
  for (BlockArgument known : arguments.drop_front(ScoreOp::kNumPairArguments))
    mapping.map(known, known);
  for (unsigned known : {1, 2}) // batch and head
    mapping.map(arguments[known], arguments[known]);
  mapping.map(like.getFunction().getArguments(), function->getArguments());
  Value result;
  for (auto [number, piece] : llvm::enumerate(pieces.getPieces())) {
    Value value = emitPiece(b, piece, like.getScore(), like, mapping);
    bool known = value && (!number || succeeded(cloneSlice(b, pieces.getBreakpoints()[number - 1], mapping)));
    if (!known) {
      merged.erase();
      return false;
    }
    if (number) {
      Value limit = mapping.lookup(pieces.getBreakpoints()[number - 1]);
      Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, function->getArgument(1), limit);
      value = arith::SelectOp::create(b, loc, reached, value, result);
    }
    result = value;
  }
  YieldOp::create(b, loc, result);
  pieces.replaceAllUsesWith(merged.getResult());
  pieces.erase();
  return true;
}

namespace {
struct MergePiecewise : camber::tile::impl::MergePiecewiseBase<MergePiecewise> {
  void runOnOperation() override {
    SmallVector<PiecewiseOp> all;
    getOperation()->walk([&](PiecewiseOp pieces) { all.push_back(pieces); });
    for (PiecewiseOp pieces : all)
      numMerged += join(pieces);
  }
};
} // namespace
