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

/// The operands of `op` that are multiplied by a factor instead of its result, in their order; none where only the
/// result can be.
static SmallVector<OpOperand *> linearOperands(Operation *op) {
  SmallVector<OpOperand *> operands;
  if (auto structure = dyn_cast<ScoreStructureOpInterface>(op))
    structure.getScaledOperands(operands);
  else if (isa<arith::AddFOp>(op))
    operands = {&op->getOpOperand(0), &op->getOpOperand(1)};
  else if (auto select = dyn_cast<arith::SelectOp>(op); select && matchPattern(select.getFalseValue(), m_NegInfFloat()))
    operands = {&op->getOpOperand(1)};
  return operands;
}

/// Multiplies the factor that `mul` multiplies by, where it is constant and the product does not overflow: two factors
/// may meet a score that is small enough for both.
static bool scaleFactor(arith::MulFOp mul, double factor) {
  FloatAttr constant;
  if (!matchPattern(mul.getRhs(), m_Constant(&constant)))
    return false;
  double product = exactFactor(mul, constant) * factor;
  if (!camber::attn::isFiniteInF32(product))
    return false;
  OpBuilder b(mul);
  mul->setOperand(1, arith::ConstantOp::create(b, mul.getLoc(), b.getF32FloatAttr(product)));
  mul->setAttr(kExactFactor, b.getF64FloatAttr(product));
  return true;
}

/// Multiplies `end` by `factor` in place of the value it holds now. A worklist, not recursion: a sum has as many terms
/// as its author writes.
static void scaleOperand(OpOperand &end, double factor) {
  SmallVector<OpOperand *> work = {&end};
  while (!work.empty()) {
    OpOperand &use = *work.pop_back_val();
    Value value = use.get();
    if (Operation *op = value.getDefiningOp(); op && value.hasOneUse()) {
      SmallVector<OpOperand *> operands = linearOperands(op);
      work.append(operands.rbegin(), operands.rend());
      if (!operands.empty())
        continue;
      if (auto mul = dyn_cast<arith::MulFOp>(op); mul && scaleFactor(mul, factor))
        continue;
    }
    OpBuilder b(use.getOwner());
    use.set(multiply(b, value, factor));
  }
}

/// Alternatives that all begin by multiplying one outer value by one constant do it before the op; a constant factor on
/// the raw score that is its only use becomes the scale of the dot product.
static void hoistScale(ScoreOp score) {
  score.getBody().walk([](ScoreStructureOpInterface structure) {
    if (!structure.hasAlternatives())
      return;
    Value outer;
    FloatAttr factor;
    double exact = 0;
    SmallVector<arith::MulFOp> muls;
    for (Region &piece : structure->getRegions())
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
    if (muls.size() != structure->getNumRegions())
      return;
    OpBuilder b(structure);
    Value scaled = multiply(b, outer, exact);
    for (arith::MulFOp mul : muls) {
      mul.replaceAllUsesWith(scaled);
      mul.erase();
    }
  });
  Value raw = score.getScoreArguments().getScore();
  auto dot = score.getScores().getDefiningOp<DotOp>();
  FloatAttr factor;
  while (dot && dot->hasOneUse() && raw.hasOneUse()) {
    auto mul = dyn_cast<arith::MulFOp>(*raw.user_begin());
    if (!mul || mul.getLhs() != raw || !matchPattern(mul.getRhs(), m_Constant(&factor)))
      break;
    double scale = dot.getScale().convertToDouble() * exactFactor(mul, factor);
    if (!camber::attn::isFiniteInF32(scale))
      break;
    dot.setScale(APFloat(scale));
    mul.replaceAllUsesWith(raw);
    mul.erase();
  }
}

namespace {
struct UseBase2 : camber::tile::impl::UseBase2Base<UseBase2> {
  void runOnOperation() override {
    // Masks and modifiers that are fused later would be composed in natural units with what has been scaled.
    WalkResult early = getOperation()->walk([](ScoreOp score) {
      Operation *modifier = findScoreModifier(score.getBody());
      if (modifier)
        modifier->emitOpError("is in natural units; run tile-fuse-scores before tile-use-base2");
      else if (!score.getMasks().empty())
        score.emitOpError() << "masks " << score.getMasks()
                            << " were not fused; run tile-fuse-scores before tile-use-base2";
      return modifier || !score.getMasks().empty() ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (early.wasInterrupted())
      return signalPassFailure();
    getOperation()->walk([&](ScoreOp score) {
      if (score.getBase2())
        return;
      scaleOperand(score.getScoreBody()->getTerminator()->getOpOperand(0), camber::attn::kLog2e);
      hoistScale(score);
      score.setBase2(true);
      ++numScaled;
    });
    // A bound on scores is in their units; its factors are not folded, since it stands for what is not rounded.
    auto scaleBound = [](auto op, Block &body) {
      if (op.getBase2())
        return;
      OpOperand &bound = body.getTerminator()->getOpOperand(0);
      OpBuilder b(bound.getOwner());
      bound.set(multiply(b, bound.get(), camber::attn::kLog2e));
      op.setBase2(true);
    };
    getOperation()->walk([&](SkipRangeOp op) { scaleBound(op, *op.getBoundBody()); });
    getOperation()->walk([&](StateBoundOp op) { scaleBound(op, op.getScore().front()); });
  }
};
} // namespace
