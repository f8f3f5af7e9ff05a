// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi's slopes: the formula, its table, operands, interpolation and their checks.
#include "AlibiSlopes.h"
#include "HeadRange.h"
#include "PairOperands.h"
#include <cmath>

using namespace mlir;
using namespace camber::attn;

LogicalResult AlibiSlopes::verify() const {
  auto error = [&] { return op->emitOpError(); };
  if (heads && (*heads < 1 || *heads > kMaxHeads)) // C1
    return error() << "heads, the total number of heads, must be in 1 … 2^16, got " << *heads;
  if (!slopes && !heads)
    return error() << "needs `heads` (the total number of heads) or slopes";
  if (slopes) {
    if (heads && groups == 1)
      return error() << "heads has no effect on given slopes";
    auto type = cast<ShapedType>(slopes.getType());
    int64_t rank = batch ? 2 : 1;
    if (!type.hasRank() || type.getRank() != rank || isKnownEmpty(type))
      return error() << "slopes must be [H], or [B,H] together with batch, with at least one entry, got " << type;
  }
  if (!std::isfinite(biasMax) || !(biasMax > 0)) // C2
    return error() << "bias_max must be finite and greater than 0";
  if (slopes && biasMax != 8.0)
    return error() << "bias_max has no effect on given slopes";
  if (!(interpolation > 0) || !isNormalInF32(interpolation) || !isNormalInF32(1.0 / interpolation)) // C3
    return error() << "interpolation must be greater than 0 and, like its inverse, normal in float32";
  if (trainLen.has_value() != bool(totalLen) || (trainLen && *trainLen < 1)) // C4
    return error() << "train_len (at least 1) and total_len come together";
  if (headOffset < 0 || headOffset >= kMaxLength) // C5
    return error() << "head_offset must be in 0 … 2^24-1";
  if (failed(verifyPairOperands(op, head, query, key, batch))) // C7
    return failure();
  if (heads && failed(verifyHeadRange(op, head, /*headOffset=*/0, *heads, slopes ? "halves" : "formula slopes"))) // C6
    return failure();
  return slopes ? verifyHeadRange(op, head, headOffset, cast<ShapedType>(slopes.getType()).getShape().back(), "slopes")
                : success();
}

bool AlibiSlopes::isOfPair(const PairContext &pair) const {
  return pair.isAt(head, query, key) && pair.areUniform(op->getOperands().drop_front(4));
}

void AlibiSlopes::addParameters(SmallVectorImpl<std::pair<StringRef, Value>> &parameters) const {
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"slopes", slopes}, {"factor", factor}, {"total_len", totalLen}})
    if (value)
      parameters.push_back({name, value});
}

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

Value AlibiEmitter::read(Value table, Value head) {
  SmallVector<Value> indices;
  if (slopes.batch && table == slopes.slopes)
    indices.push_back(map(slopes.batch));
  if (slopes.headOffset)
    head = arith::SubIOp::create(b, loc, head, i32(slopes.headOffset));
  indices.push_back(head);
  return LookupOp::create(b, loc, b.getF32Type(), map(table), indices);
}

/// The whole interpolation factor, or null where it is 1.
Value AlibiEmitter::factor() {
  Value result = slopes.interpolation == 1.0 ? Value() : f32(slopes.interpolation);
  auto times = [&](Value v) { result = result ? arith::MulFOp::create(b, loc, result, v).getResult() : v; };
  if (slopes.factor)
    times(map(slopes.factor));
  if (slopes.totalLen) {
    Value length = toF32(map(slopes.totalLen));
    Value ratio = arith::DivFOp::create(b, loc, length, f32(double(*slopes.trainLen)));
    times(larger(ratio, f32(1.0)));
  }
  return result;
}

Value AlibiEmitter::divided(Value slope) {
  Value f = factor();
  return f ? arith::DivFOp::create(b, loc, slope, f).getResult() : slope;
}

Value AlibiEmitter::slope(Value head) {
  if (slopes.slopes)
    return divided(read(slopes.slopes, head));
  // A read-only table of all heads, so that a tensor-parallel shard gets its slice.
  SmallVector<double> ofGroup = referenceSlopes(*slopes.heads / slopes.groups, slopes.biasMax);
  SmallVector<float> rounded;
  for (int64_t group = 0; group < slopes.groups; ++group)
    rounded.append(ofGroup.begin(), ofGroup.end());
  auto type = RankedTensorType::get({*slopes.heads}, b.getF32Type());
  Value table = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<float>(rounded)));
  return divided(LookupOp::create(b, loc, b.getF32Type(), table, head));
}

Value camber::attn::addAbsDistance(AlibiEmitter &e, Value score) {
  Value distance = e.toF32(e.distance());
  Value slope = e.negate(e.slope(e.head()));
  return e.fma(slope, e.absF(distance), score);
}

void camber::attn::describeAbsDistance(AlibiEmitter &e, ScoreForm &form) {
  Value slope = e.slope(e.head());
  form.addPieces({e.i32(0)}, {affinePiece(slope), affinePiece(e.negate(slope))});
}

void camber::attn::boundAbsDistance(AlibiEmitter &e, ScoreBound &bound, Value lo, Value hi) {
  Value slope = e.negate(e.slope(bound.head));
  Value nearest = e.nearest(lo, hi);
  bound.addAffine(slope, nearest, e.farthest(lo, hi));
}
