// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile-fuse-scores: lets modifiers and masks describe themselves and writes down what was composed.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Remarks.h"

namespace camber::tile {
#define GEN_PASS_DEF_FUSESCORES
#include "camber/Dialect/Tile/Passes.h.inc"
} // namespace camber::tile

using namespace mlir;
using namespace camber;
using namespace camber::tile;
using attn::ScoreForm;
using attn::ScoreModifierOpInterface;
using attn::ScorePiece;

/// score + slope · d + constant + Σ diagonals.
static Value emitPiece(OpBuilder &b, Location loc, const ScorePiece &piece, Value score,
                       const attn::PairContext &pair) {
  if (piece.slope)
    score = AffineOp::create(b, loc, b.getF32Type(), score, piece.slope, pair.queryPosition, pair.keyPosition,
                             piece.origin);
  if (piece.constant)
    score = arith::AddFOp::create(b, loc, score, piece.constant);
  for (const attn::DistanceFunction &function : piece.diagonals) {
    auto diagonal = DiagonalOp::create(b, loc, b.getF32Type(), score, pair.head, pair.queryPosition, pair.keyPosition);
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(&diagonal.getFunction());
    block->addArguments({b.getI32Type(), b.getI32Type()}, {loc, loc});
    YieldOp::create(b, loc, ValueRange{function(b, loc, diagonal.getFunctionHead(), diagonal.getFunctionDistance())});
    score = diagonal;
  }
  return score;
}

/// The value of a description without its limits, which stay in the form until the end of the chain.
static Value materialize(ScoreForm &form) {
  OpBuilder &b = form.builder;
  Location loc = form.loc();
  Value score = form.base;
  // Factors that are finite one by one may overflow together, and must not make 0 · ∞ of a score of 0.
  double scale = form.scaleFactor;
  for (constexpr double part = 0x1p120; std::isfinite(scale) && !attn::isFiniteInF32(scale * attn::kLog2e);
       scale /= part)
    score = arith::MulFOp::create(b, loc, score, form.f32(part));
  if (scale != 1.0) {
    auto scaled = arith::MulFOp::create(b, loc, score, form.f32(scale));
    // The factor before rounding, for passes that fold it further.
    scaled->setAttr(kExactFactor, b.getF64FloatAttr(scale));
    score = scaled;
  }
  if (form.breakpoints.empty()) {
    score = emitPiece(b, loc, form.pieces[0], score, form.pair);
  } else {
    auto pieces = PiecewiseOp::create(b, loc, b.getF32Type(), form.pair.queryPosition, form.pair.keyPosition,
                                      form.breakpoints, form.pieces.size());
    for (auto [region, piece] : llvm::zip(pieces.getPieces(), form.pieces)) {
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(&region)->addArgument(b.getI32Type(), loc);
      YieldOp::create(b, loc, ValueRange{emitPiece(b, loc, piece, score, form.pair)});
    }
    score = pieces;
  }
  for (Value term : form.terms)
    score = arith::AddFOp::create(b, loc, score, term);
  return score;
}

/// Hides what the form hides.
static Value applyLimits(ScoreForm &form, Value score) {
  OpBuilder &b = form.builder;
  Location loc = score.getLoc();
  const float infinity = std::numeric_limits<float>::infinity();
  for (Value condition : form.conditions) {
    Value hidden = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(-infinity));
    score = arith::SelectOp::create(b, loc, condition, score, hidden);
  }
  if (form.distanceMin || form.distanceMax)
    score = VisibleOp::create(b, loc, b.getF32Type(), score, form.pair.queryPosition, form.pair.keyPosition,
                              form.distanceMin, form.distanceMax);
  return score;
}

static void describePieces(const ScoreForm &form, llvm::raw_ostream &os) {
  if (form.pieces.size() > 1)
    os << form.pieces.size() << " pieces: ";
  llvm::interleaveComma(form.pieces, os, [&](const ScorePiece &piece) {
    os << (piece.isZero()             ? "none"
           : !piece.diagonals.empty() ? "diagonal"
           : piece.slope              ? "affine in distance"
                                      : "constant");
  });
}

/// What is no modifier, or ends the structure before it (a softcap), is evaluated pair by pair.
static bool startsOpaque(const ScoreForm &form) { return !isa<BlockArgument>(form.base); }

static std::string describeStructure(const ScoreForm &form) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (startsOpaque(form) && form.pieces.size() == 1 && form.pieces[0].isZero()) {
    os << "opaque";
  } else {
    os << (startsOpaque(form) ? "opaque, then " : "");
    describePieces(form, os);
  }
  if (!form.terms.empty())
    os << " + " << form.terms.size() << (form.terms.size() == 1 ? " other term" : " other terms");
  if (form.distanceMin || form.distanceMax)
    os << "; distance limited" << (form.distanceMin ? " below" : "")
       << (form.distanceMin && form.distanceMax ? " and" : "") << (form.distanceMax ? " above" : "");
  if (!form.conditions.empty())
    os << "; " << form.conditions.size() << (form.conditions.size() == 1 ? " condition" : " conditions");
  return text;
}

/// Says which operation of the body no structure was found for, and what becomes of it.
static void reportOpaque(Operation *op) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("score-structure").category("camber"))
      << ("'" + op->getName().getStringRef() + "' is evaluated pair by pair: it describes no function of the distance")
             .str();
}

namespace {
struct FuseScores : tile::impl::FuseScoresBase<FuseScores> {
  using FuseScoresBase::FuseScoresBase;
  void runOnOperation() override {
    getOperation()->walk([&](ScoreOp score) { fuse(score); });
  }

  void fuse(ScoreOp score);
};
} // namespace

void FuseScores::fuse(ScoreOp score) {
  Block *body = score.getScoreBody();
  attn::eraseDeadOps(*body);
  attn::PairContext pair = pairOf(score);
  // Chains of modifiers, each ending in a value that something other than the next modifier uses: arithmetic of the
  // user, or the end of the body. In program order, so that a chain's base is plain arithmetic when the chain is
  // described.
  SmallVector<ScoreModifierOpInterface> ends;
  for (ScoreModifierOpInterface op : body->getOps<ScoreModifierOpInterface>()) {
    Value result = op->getResult(0);
    auto next = result.hasOneUse() ? dyn_cast<ScoreModifierOpInterface>(*result.user_begin()) : nullptr;
    if (!next || next.getIncomingScore() != result)
      ends.push_back(op);
  }
  auto yield = cast<YieldOp>(body->getTerminator());
  OpBuilder builder(yield);
  // The loops below and above are copies, of which nothing new can be said.
  auto loop = score->getParentOfType<ForKeysOp>();
  bool reports = !loop || !loop.getSide() || loop.isSide(Side::near);

  // Limits found in any chain (a bias that hides pairs) hold for the final score.
  Value limitMin, limitMax;
  SmallVector<Value> conditions;
  auto describeChain = [&](Operation *last, Value base, ArrayRef<ScoreModifierOpInterface> chain, bool isFinal) {
    builder.setInsertionPoint(last);
    ScoreForm form(builder, base, pair, materialize);
    form.distanceMin = limitMin;
    form.distanceMax = limitMax;
    form.conditions = conditions;
    if (Operation *arithmetic = base.getDefiningOp(); arithmetic && reports)
      reportOpaque(arithmetic);
    for (ScoreModifierOpInterface op : chain) {
      builder.setInsertionPoint(last);
      if (!structure) {
        form.applyOpaque(op);
        ++numOpaque;
        continue;
      }
      // What a modifier emits may use anything computed before the end of the chain.
      op->moveBefore(last);
      Value before = form.base;
      op.describe(form);
      if (form.base != before) {
        if (reports)
          reportOpaque(op);
        ++numOpaque;
      }
      builder.setInsertionPoint(last);
    }
    if (isFinal)
      for (Attribute mask : score.getMasks())
        cast<attn::MaskAttrInterface>(mask).describe(form);
    Value result = materialize(form);
    if (isFinal) {
      numStructured += !startsOpaque(form);
      if (reports)
        remark::analysis(score.getLoc(), remark::RemarkOpts::name("score-structure").category("camber"))
            << describeStructure(form);
      return applyLimits(form, result);
    }
    limitMin = form.distanceMin;
    limitMax = form.distanceMax;
    conditions = form.conditions;
    return result;
  };

  bool finalDone = false;
  for (ScoreModifierOpInterface end : ends) {
    SmallVector<ScoreModifierOpInterface> chain = {end};
    Value base = end.getIncomingScore();
    while (auto op = base.getDefiningOp<ScoreModifierOpInterface>()) {
      if (!base.hasOneUse())
        break;
      chain.push_back(op);
      base = op.getIncomingScore();
    }
    std::reverse(chain.begin(), chain.end());
    Value result = end->getResult(0);
    bool isFinal = result.hasOneUse() && yield.getOperand(0) == result;
    Operation *insertBefore = isFinal ? yield.getOperation() : end->getNextNode();
    Value plain = describeChain(insertBefore, base, chain, isFinal);
    result.replaceAllUsesWith(plain);
    for (ScoreModifierOpInterface op : llvm::reverse(chain))
      op->erase();
    finalDone |= isFinal;
  }
  if (!finalDone)
    yield.setOperand(0, describeChain(yield, yield.getOperand(0), {}, true));
  score.setMasksAttr(builder.getArrayAttr({}));
}
