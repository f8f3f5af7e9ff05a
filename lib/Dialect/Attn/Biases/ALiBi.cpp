// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi: slopes, structure and bounds of every form (formulas: dialects/Attn/biases/ALiBi.td).
#include "HeadRange.h"
#include "PairOperands.h"
#include "camber/Dialect/Attn/AttnBiases.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace camber::attn;

/// A kernel carries the slopes of all heads as a table.
static constexpr int64_t kMaxHeads = int64_t(1) << 16;

LogicalResult AlibiOp::verify() {
  if (!hasRequiredOperands(getProperties().operandSegmentSizes, 4))
    return emitOpError("takes one score, head, query and key");
  bool asymmetric = getForm() == AlibiForm::asymmetric;
  bool half = getForm() == AlibiForm::half;
  if (getHeads() && (static_cast<int64_t>(*getHeads()) < 1 || static_cast<int64_t>(*getHeads()) > kMaxHeads)) // C1
    return emitOpError("heads, the total number of heads, must be in 1 … 2^16, got ")
           << static_cast<int64_t>(*getHeads());
  if (!getSlopes()) {
    if (!getHeads())
      return emitOpError("needs `heads` (the total number of heads) or slopes");
  } else {
    if (getHeads() && !half)
      return emitOpError("heads has no effect on given slopes, other than to halve them in form(half)");
    auto type = cast<ShapedType>(getSlopes().getType());
    int64_t rank = getBatch() ? 2 : 1;
    if (!type.hasRank() || type.getRank() != rank || isKnownEmpty(type))
      return emitOpError("slopes must be [H], or [B,H] together with batch, with at least one entry, got ") << type;
  }
  if (!getBiasMax().isFinite() || !(getBiasMax().convertToDouble() > 0)) // C2
    return emitOpError("bias_max must be finite and greater than 0");
  if (getSlopes() && getBiasMax().convertToDouble() != 8.0)
    return emitOpError("bias_max has no effect on given slopes");
  double interpolation = getInterpolation().convertToDouble(); // C3
  if (!(interpolation > 0) || !isNormalInF32(interpolation) || !isNormalInF32(1.0 / interpolation))
    return emitOpError("interpolation must be greater than 0 and, like its inverse, normal in float32");
  if (asymmetric != (getSlopesRight() && getOffset() && getSlopes()) || asymmetric != bool(getSlopesRight()) ||
      asymmetric != bool(getOffset())) // C4
    return emitOpError("form(asymmetric) takes slopes, slopes_right and offset, and no other form takes the last two");
  if (asymmetric && (getBatch() || getSlopes().getType() != getSlopesRight().getType() ||
                     getSlopes().getType() != getOffset().getType()))
    return emitOpError("slopes, slopes_right and offset must have one shape [H]");
  if (bool(getTrainLen()) != bool(getTotalLen()) || (getTrainLen() && static_cast<int64_t>(*getTrainLen()) < 1)) // C5
    return emitOpError("train_len (at least 1) and total_len come together");
  if (half && (!getHeads() || *getHeads() % 2)) // C6
    return emitOpError("form(half) needs an even total number of `heads`");
  if (static_cast<uint64_t>(getHeadOffset()) >= kMaxLength) // C7
    return emitOpError("head_offset must be in 0 … 2^24-1");
  if (failed(verifyPairOperands(*this, getHead(), getQuery(), getKey(), getBatch()))) // C9
    return failure();
  if (getHeads() && failed(verifyHeadRange(*this, getHead(), /*headOffset=*/0, *getHeads(), // C8
                                           getSlopes() ? "form(half)" : "formula slopes")))
    return failure();
  if (!getSlopes())
    return success();
  return verifyHeadRange(*this, getHead(), getHeadOffset(), cast<ShapedType>(getSlopes().getType()).getShape().back(),
                         "slopes");
}

void AlibiOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

/// The reference slopes: 2^(-bias_max·(h+1)/H) for a power of two, else those of the power of two below followed by
/// every other slope of the next one. Computed in double and rounded once, by the caller.
static SmallVector<double> referenceSlopes(int64_t heads, double biasMax) {
  int64_t power = 1;
  while (power * 2 <= heads)
    power *= 2;
  SmallVector<double> slopes;
  for (int64_t h = 0; h < power; ++h)
    slopes.push_back(std::exp2(-biasMax * double(h + 1) / double(power)));
  for (int64_t t = 0; power + t < heads; ++t)
    slopes.push_back(std::exp2(-biasMax / 2 * double(2 * t + 1) / double(power)));
  return slopes;
}

namespace {
/// Emits what the forms are made of. Everything here depends on batch, head and parameters only.
struct Emitter {
  AlibiOp op;
  OpBuilder &b;
  Location loc;
  std::function<Value(Value)> map;

  Value f32(double v) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); }
  Value i32(int64_t v) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }

  Value localHead(Value head) {
    return op.getHeadOffset() ? arith::SubIOp::create(b, loc, head, i32(op.getHeadOffset())).getResult() : head;
  }
  Value read(Value table, Value head) {
    SmallVector<Value> indices;
    if (op.getBatch() && table == op.getSlopes())
      indices.push_back(map(op.getBatch()));
    indices.push_back(localHead(head));
    return LookupOp::create(b, loc, b.getF32Type(), map(table), indices);
  }

  /// The whole interpolation factor, or null where it is 1.
  Value factor() {
    double fixed = op.getInterpolation().convertToDouble();
    Value result = fixed == 1.0 ? Value() : f32(fixed);
    auto times = [&](Value v) { result = result ? arith::MulFOp::create(b, loc, result, v).getResult() : v; };
    if (op.getFactor())
      times(map(op.getFactor()));
    if (op.getTotalLen()) {
      Value length = arith::SIToFPOp::create(b, loc, b.getF32Type(), map(op.getTotalLen()));
      Value ratio = arith::DivFOp::create(b, loc, length, f32(double(*op.getTrainLen())));
      times(arith::MaximumFOp::create(b, loc, ratio, f32(1.0)));
    }
    return result;
  }

  Value divided(Value slope) {
    Value f = factor();
    return f ? arith::DivFOp::create(b, loc, slope, f).getResult() : slope;
  }

  Value slope(Value head) {
    if (op.getSlopes())
      return divided(read(op.getSlopes(), head));
    // A read-only table of all heads, so that a tensor-parallel shard gets its slice.
    int64_t heads = *op.getHeads();
    bool half = op.getForm() == AlibiForm::half;
    SmallVector<double> exact = referenceSlopes(half ? heads / 2 : heads, op.getBiasMax().convertToDouble());
    if (half)
      exact.append(SmallVector<double>(exact));
    SmallVector<float> rounded(exact.begin(), exact.end());
    auto type = RankedTensorType::get({heads}, b.getF32Type());
    Value table = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<float>(rounded)));
    return divided(LookupOp::create(b, loc, b.getF32Type(), table, head));
  }
  Value slopeRight(Value head) { return divided(read(op.getSlopesRight(), head)); }
  Value offset(Value head) { return read(op.getOffset(), head); }
  Value negate(Value v) { return arith::NegFOp::create(b, loc, v); }
  Value sqrtBias(Value head, Value distance) {
    Value d = arith::SIToFPOp::create(b, loc, b.getF32Type(), distance);
    Value root = math::SqrtOp::create(b, loc, math::AbsFOp::create(b, loc, d));
    return arith::MulFOp::create(b, loc, negate(slope(head)), root);
  }
};
} // namespace

Value AlibiOp::expand(OpBuilder &builder) {
  Emitter e{*this, builder, getLoc(), [](Value v) { return v; }};
  Location loc = getLoc();
  Value d = arith::SubIOp::create(builder, loc, getKey(), getQuery());
  Value distance = arith::SIToFPOp::create(builder, loc, builder.getF32Type(), d);
  Value zero = e.f32(0.0), result;
  auto fma = [&](Value a, Value b, Value c) -> Value { return math::FmaOp::create(builder, loc, a, b, c); };
  switch (getForm()) {
  case AlibiForm::causal:
    return fma(e.slope(getHead()), distance, getScore());
  case AlibiForm::half:
  case AlibiForm::symmetric:
    return fma(e.negate(e.slope(getHead())), math::AbsFOp::create(builder, loc, distance), getScore());
  case AlibiForm::sqrt:
    return arith::AddFOp::create(builder, loc, getScore(), e.sqrtBias(getHead(), d));
  case AlibiForm::asymmetric: {
    Value offset = e.offset(getHead());
    Value left = arith::MaximumFOp::create(builder, loc, arith::SubFOp::create(builder, loc, offset, distance), zero);
    Value right = arith::MaximumFOp::create(builder, loc, arith::SubFOp::create(builder, loc, distance, offset), zero);
    result = fma(e.negate(e.slope(getHead())), left, getScore());
    return fma(e.negate(e.slopeRight(getHead())), right, result);
  }
  }
  llvm_unreachable("all forms are handled");
}

Value AlibiOp::emitVisible(OpBuilder &builder) {
  if (getForm() != AlibiForm::half)
    return {};
  Emitter e{*this, builder, getLoc(), [](Value v) { return v; }};
  auto compare = [&](arith::CmpIPredicate predicate, Value x, int64_t y) -> Value {
    return arith::CmpIOp::create(builder, getLoc(), predicate, x, e.i32(y));
  };
  Value distance = arith::SubIOp::create(builder, getLoc(), getKey(), getQuery());
  Value firstHalf = compare(arith::CmpIPredicate::slt, getHead(), *getHeads() / 2);
  return arith::SelectOp::create(builder, getLoc(), firstHalf, compare(arith::CmpIPredicate::sle, distance, 0),
                                 compare(arith::CmpIPredicate::sge, distance, 0));
}

/// Whether the bias is a function of the pair's distance, with slopes that are the same for all pairs of a head.
static bool isOfPair(AlibiOp op, const PairContext &pair) {
  return pair.isAt(op.getHead(), op.getQuery(), op.getKey()) && pair.areUniform(op->getOperands().drop_front(4));
}

void AlibiOp::describe(ScoreForm &form) {
  if (!isOfPair(*this, form.pair))
    return form.applyOpaque(*this);
  Emitter e{*this, form.builder, getLoc(), [](Value v) { return v; }};
  auto line = [](Value slope, Value origin = {}) {
    ScorePiece piece;
    piece.slope = slope;
    piece.origin = origin;
    return piece;
  };
  switch (getForm()) {
  case AlibiForm::causal:
    return form.addAffine(e.slope(getHead()));
  case AlibiForm::half: {
    Value firstHalf =
        arith::CmpIOp::create(form.builder, getLoc(), arith::CmpIPredicate::slt, getHead(), e.i32(*getHeads() / 2));
    Value zero = e.i32(0);
    form.limitDistance(arith::SelectOp::create(form.builder, getLoc(), firstHalf, e.i32(-kMaxLength * 2), zero),
                       arith::SelectOp::create(form.builder, getLoc(), firstHalf, zero, e.i32(kMaxLength * 2)));
    [[fallthrough]];
  }
  case AlibiForm::symmetric: {
    Value slope = e.slope(getHead());
    return form.addPieces({e.i32(0)}, {line(slope), line(e.negate(slope))});
  }
  case AlibiForm::asymmetric: {
    // m_left·(d - o) below the offset, -m_right·(d - o) from it on. The two lines meet at the real offset, so the break
    // is the first integer distance that is not below it.
    Value left = e.slope(getHead()), right = e.slopeRight(getHead()), offset = e.offset(getHead());
    Value ceil = math::CeilOp::create(form.builder, getLoc(), offset);
    Value bound = e.f32(double(kMaxLength) * 2);
    ceil = arith::MaximumFOp::create(form.builder, getLoc(), ceil, e.negate(bound));
    ceil = arith::MinimumFOp::create(form.builder, getLoc(), ceil, bound);
    Value first = arith::FPToSIOp::create(form.builder, getLoc(), form.builder.getI32Type(), ceil);
    return form.addPieces({first}, {line(left, offset), line(e.negate(right), offset)});
  }
  case AlibiForm::sqrt: {
    ScorePiece piece;
    AlibiOp self = *this;
    piece.diagonals.push_back([self](OpBuilder &b, Location loc, Value head, Value distance) -> Value {
      return Emitter{self, b, loc, [](Value v) { return v; }}.sqrtBias(head, distance);
    });
    return form.addPieces({}, {piece});
  }
  }
}

void AlibiOp::bound(ScoreBound &bound) {
  if (!isOfPair(*this, bound.pair))
    return bound.setUnknown();
  if (bound.unknown)
    return;
  OpBuilder &b = bound.builder;
  Location loc = bound.loc;
  Emitter e{*this, b, loc, [&](Value v) { return bound.map(v); }};
  // Falls with the distance, and rises where a slope may be negative; the causal form rises after the query.
  bound.falls = true;
  bound.rises |= getSlopes() || getForm() == AlibiForm::causal;
  Value lo = bound.distanceMin(), hi = bound.distanceMax(), zero = e.f32(0.0);
  auto max = [&](Value x, Value y) -> Value { return arith::MaximumFOp::create(b, loc, x, y); };
  auto min = [&](Value x, Value y) -> Value { return arith::MinimumFOp::create(b, loc, x, y); };
  // The smallest and largest |d| of the block: 0 where the block straddles the diagonal.
  auto nearest = [&] { return max(zero, max(lo, e.negate(hi))); };
  auto farthest = [&]() -> Value { return max(math::AbsFOp::create(b, loc, lo), math::AbsFOp::create(b, loc, hi)); };
  switch (getForm()) {
  case AlibiForm::causal:
    return bound.addAffine(e.slope(bound.head), lo, hi);
  case AlibiForm::half: {
    // Only the side that is visible counts.
    Value firstHalf = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bound.head, e.i32(*getHeads() / 2));
    for (Value *end : {&lo, &hi})
      *end = arith::SelectOp::create(b, loc, firstHalf, min(*end, zero), max(*end, zero));
    [[fallthrough]];
  }
  case AlibiForm::symmetric:
    return bound.addAffine(e.negate(e.slope(bound.head)), nearest(), farthest());
  case AlibiForm::sqrt: {
    Value slope = e.negate(e.slope(bound.head));
    auto bias = [&](Value x) -> Value { return arith::MulFOp::create(b, loc, slope, math::SqrtOp::create(b, loc, x)); };
    return bound.addBetween(bias(nearest()), bias(farthest()));
  }
  case AlibiForm::asymmetric: {
    // Two lines that meet at the offset: extremes are at the ends of the block and at its distance nearest to the
    // offset.
    Value offset = e.offset(bound.head);
    Value left = e.negate(e.slope(bound.head)), right = e.negate(e.slopeRight(bound.head));
    auto score = [&](Value d, Value incoming) -> Value {
      Value before = max(arith::SubFOp::create(b, loc, offset, d), zero),
            after = max(arith::SubFOp::create(b, loc, d, offset), zero);
      return math::FmaOp::create(b, loc, right, after, math::FmaOp::create(b, loc, left, before, incoming));
    };
    Value middle = min(max(offset, lo), hi);
    Value smallest = min(min(score(lo, bound.lo), score(hi, bound.lo)), score(middle, bound.lo));
    bound.hi = max(max(score(lo, bound.hi), score(hi, bound.hi)), score(middle, bound.hi));
    bound.lo = smallest;
    return;
  }
  }
}

void AlibiOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters,
                                   NamedAttrList &attributes) {
  for (auto [name, value] : {std::pair<StringRef, Value>{"slopes", getSlopes()},
                             {"slopes_right", getSlopesRight()},
                             {"offset", getOffset()},
                             {"factor", getFactor()},
                             {"total_len", getTotalLen()}})
    if (value)
      parameters.push_back({name, value});
  attributes.set("form", StringAttr::get(getContext(), stringifyAlibiForm(getForm())));
}
