// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-use-base2: multiplies final scores by log2(e), as far inside as the structure allows.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace camber::tile {
#define GEN_PASS_DEF_USEBASE2
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber::tile;

static Value multiply(OpBuilder &b, Value v, double factor) {
  Value c = arith::ConstantOp::create(b, v.getLoc(), b.getF32FloatAttr(factor));
  auto product = arith::MulFOp::create(b, v.getLoc(), v, c);
  product->setAttr(kExactFactor, b.getF64FloatAttr(factor));
  return product;
}

/// The factor of a multiplication by a constant, before rounding where that is known.
static double exactFactor(arith::MulFOp mul, FloatAttr rounded) {
  auto exact = mul->getAttrOfType<FloatAttr>(kExactFactor);
  return (exact ? exact : rounded).getValueAsDouble();
}

/// Multiplies `use` by `factor` in place of the value it holds now.
static void scaleOperand(OpOperand &use, double factor) {
  Value value = use.get();
  OpBuilder b(use.getOwner());
  Operation *op = value.getDefiningOp();
  FloatAttr constant;
  if (op && value.hasOneUse()) {
    if (isa<AffineOp>(op)) {
      scaleOperand(op->getOpOperand(0), factor);
      scaleOperand(op->getOpOperand(1), factor);
      return;
    }
    if (auto diagonal = dyn_cast<DiagonalOp>(op)) {
      scaleOperand(op->getOpOperand(0), factor);
      scaleOperand(diagonal.getFunction().front().getTerminator()->getOpOperand(0), factor);
      return;
    }
    if (isa<VisibleOp>(op))
      return scaleOperand(op->getOpOperand(0), factor);
    if (auto add = dyn_cast<arith::AddFOp>(op)) {
      scaleOperand(op->getOpOperand(0), factor);
      scaleOperand(op->getOpOperand(1), factor);
      return;
    }
    if (auto select = dyn_cast<arith::SelectOp>(op); select && matchPattern(select.getFalseValue(), m_NegInfFloat()))
      return scaleOperand(op->getOpOperand(1), factor);
    // A product that overflows stays two factors: the first may meet a score that is small enough for both.
    if (auto mul = dyn_cast<arith::MulFOp>(op); mul && matchPattern(op->getOperand(1), m_Constant(&constant)) &&
                                                camber::attn::isFiniteInF32(exactFactor(mul, constant) * factor)) {
      b.setInsertionPoint(op);
      double product = exactFactor(mul, constant) * factor;
      op->setOperand(1, arith::ConstantOp::create(b, op->getLoc(), b.getF32FloatAttr(product)));
      op->setAttr(kExactFactor, b.getF64FloatAttr(product));
      return;
    }
    if (auto pieces = dyn_cast<PiecesOp>(op)) {
      // The pieces share the score they start from: it is scaled once, outside, where each uses it exactly once.
      for (Region &piece : pieces.getPieces())
        scaleOperand(piece.front().getTerminator()->getOpOperand(0), factor);
      return;
    }
  }
  use.set(multiply(b, value, factor));
}

/// Pieces that all begin by multiplying one outer value by one constant do it before the op; a constant factor on the
/// raw score that is its only use becomes the gain of the dot product.
static void hoistGain(ScoreOp score) {
  score.getBody().walk([](PiecesOp pieces) {
    Value outer;
    FloatAttr factor;
    double exact = 0;
    SmallVector<arith::MulFOp> muls;
    for (Region &piece : pieces.getPieces())
      for (auto mul : piece.front().getOps<arith::MulFOp>()) {
        FloatAttr constant;
        Operation *definition = mul.getLhs().getDefiningOp();
        if (!matchPattern(mul.getRhs(), m_Constant(&constant)))
          continue;
        bool isOuter = !definition || definition->getBlock() != &piece.front();
        if (!isOuter || (outer && (mul.getLhs() != outer || constant != factor)))
          continue;
        outer = mul.getLhs();
        factor = constant;
        exact = exactFactor(mul, constant);
        muls.push_back(mul);
      }
    if (muls.size() != pieces.getPieces().size())
      return;
    OpBuilder b(pieces);
    Value scaled = multiply(b, outer, exact);
    for (arith::MulFOp mul : muls) {
      mul.replaceAllUsesWith(scaled);
      mul.erase();
    }
  });
  Value raw = score.getScoreBody()->getArgument(0);
  auto dot = score.getScores().getDefiningOp<DotOp>();
  FloatAttr factor;
  while (dot && dot->hasOneUse() && raw.hasOneUse()) {
    auto mul = dyn_cast<arith::MulFOp>(*raw.user_begin());
    if (!mul || mul.getLhs() != raw || !matchPattern(mul.getRhs(), m_Constant(&factor)))
      break;
    double gain = dot.getGain().convertToDouble() * exactFactor(mul, factor);
    if (!camber::attn::isFiniteInF32(gain))
      break;
    dot.setGain(APFloat(gain));
    mul.replaceAllUsesWith(raw);
    mul.erase();
  }
}

namespace {
struct UseBase2 : camber::tile::impl::UseBase2Base<UseBase2> {
  void runOnOperation() override {
    getOperation()->walk([&](ScoreOp score) {
      if (score->hasAttr("base2"))
        return;
      scaleOperand(score.getScoreBody()->getTerminator()->getOpOperand(0), camber::attn::kLog2e);
      hoistGain(score);
      score->setAttr("base2", UnitAttr::get(score.getContext()));
      ++numScaled;
    });
  }
};
} // namespace
