// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Composition of score descriptions; ScoreForm.h says what they mean.
#include "camber/Dialect/Attn/ScoreForm.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace camber::attn;

Value ScoreForm::i32(int64_t value) {
  return arith::ConstantOp::create(builder, loc(), builder.getI32IntegerAttr(value));
}
Value ScoreForm::f32(double value) { return arith::ConstantOp::create(builder, loc(), builder.getF32FloatAttr(value)); }

/// A sum where either side may be null (zero).
static Value addOrNull(OpBuilder &builder, Location loc, Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AddFOp::create(builder, loc, a, b);
}

ScorePiece ScoreForm::add(const ScorePiece &a, const ScorePiece &b) {
  ScorePiece sum;
  sum.slope = addOrNull(builder, loc(), a.slope, b.slope);
  sum.constant = addOrNull(builder, loc(), a.constant, b.constant);
  if (!a.slope || !b.slope || a.origin == b.origin) {
    sum.origin = a.slope ? a.origin : b.origin;
  } else {
    // Two lines with different zeros are one line whose zero depends on both slopes; the zeros become part of the
    // constant.
    for (const ScorePiece *piece : {&a, &b})
      if (piece->origin) {
        Value offset = arith::MulFOp::create(builder, loc(), piece->slope, piece->origin);
        sum.constant = addOrNull(builder, loc(), sum.constant, arith::NegFOp::create(builder, loc(), offset));
      }
  }
  sum.diagonals = a.diagonals;
  sum.diagonals.append(b.diagonals.begin(), b.diagonals.end());
  return sum;
}

void ScoreForm::scale(double factor) {
  scaleFactor *= factor;
  Value c;
  auto times = [&](Value v) -> Value {
    if (!v)
      return v;
    if (!c)
      c = f32(factor);
    return arith::MulFOp::create(builder, loc(), v, c);
  };
  for (ScorePiece &piece : pieces) {
    piece.slope = times(piece.slope);
    piece.constant = times(piece.constant);
    for (DistanceFunction &f : piece.diagonals)
      f = [f, factor](OpBuilder &b, Location l, Value head, Value distance) -> Value {
        Value scaled = arith::ConstantOp::create(b, l, b.getF32FloatAttr(factor));
        return arith::MulFOp::create(b, l, f(b, l, head, distance), scaled);
      };
  }
  for (Value &term : terms)
    term = times(term);
}

void ScoreForm::addAffine(Value slope) {
  ScorePiece line;
  line.slope = slope;
  addPieces({}, {line});
}

void ScoreForm::addPieces(ArrayRef<Value> otherBreaks, ArrayRef<ScorePiece> others) {
  assert(others.size() == otherBreaks.size() + 1 && "one piece more than breakpoints");
  if (otherBreaks.empty()) {
    for (ScorePiece &piece : pieces)
      piece = add(piece, others[0]);
    return;
  }
  if (breakpoints.empty()) {
    SmallVector<ScorePiece> sum;
    for (const ScorePiece &other : others)
      sum.push_back(add(pieces[0], other));
    breakpoints.assign(otherBreaks.begin(), otherBreaks.end());
    pieces = std::move(sum);
    return;
  }
  // The union of two sets of breakpoints needs their order, which only constants have at compile time. Otherwise what
  // we have so far becomes the plain base and the new pieces stand alone.
  auto allConstant = [](ArrayRef<Value> values) {
    return llvm::all_of(values, [](Value v) { return getConstant(v); });
  };
  if (!allConstant(breakpoints) || !allConstant(otherBreaks)) {
    base = materializer(*this);
    scaleFactor = 1.0;
    terms.clear();
    breakpoints.assign(otherBreaks.begin(), otherBreaks.end());
    pieces.assign(others.begin(), others.end());
    return;
  }
  SmallVector<Value> mergedBreakpoints;
  SmallVector<ScorePiece> merged;
  size_t i = 0, j = 0;
  merged.push_back(add(pieces[0], others[0]));
  while (i < breakpoints.size() || j < otherBreaks.size()) {
    int64_t a = i < breakpoints.size() ? *getConstant(breakpoints[i]) : INT64_MAX;
    int64_t b = j < otherBreaks.size() ? *getConstant(otherBreaks[j]) : INT64_MAX;
    mergedBreakpoints.push_back(a <= b ? breakpoints[i] : otherBreaks[j]);
    i += a <= b;
    j += b <= a;
    merged.push_back(add(pieces[i], others[j]));
  }
  breakpoints = std::move(mergedBreakpoints);
  pieces = std::move(merged);
}

void ScoreForm::limitDistance(Value lo, Value hi) {
  if (lo)
    distanceMin = distanceMin ? builder.createOrFold<arith::MaxSIOp>(loc(), distanceMin, lo) : lo;
  if (hi)
    distanceMax = distanceMax ? builder.createOrFold<arith::MinSIOp>(loc(), distanceMax, hi) : hi;
}

void ScoreForm::applyOpaque(function_ref<Value(Value)> apply) {
  base = apply(materializer(*this));
  scaleFactor = 1.0;
  breakpoints.clear();
  pieces.assign(1, ScorePiece());
  terms.clear();
}

void ScoreForm::applyOpaque(Operation *op) {
  applyOpaque([&](Value score) {
    // The score so far may just have been emitted here; the op, and what it expands to, comes after it.
    op->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
    op->setOperand(0, score);
    builder.setInsertionPoint(op);
    auto modifier = cast<ScoreModifierOpInterface>(op);
    if (Value visible = modifier.emitVisible(builder))
      hideUnless(visible);
    return modifier.expand(builder);
  });
}
