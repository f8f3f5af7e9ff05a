// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The score modifiers that are not position biases, and lookup.
#include "Biases/HeadRange.h"
#include "Biases/PairOperands.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace camber::attn;

#define GET_OP_CLASSES
#include "camber/Dialect/Attn/AttnOps.cpp.inc"

static Value f32Constant(OpBuilder &builder, Location loc, double value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

//===- scale -------------------------------------------------------------===//

LogicalResult ScaleOp::verify() {
  double factor = getFactor().convertToDouble();
  if (!isFiniteInF32(factor)) // C1
    return emitOpError("factor must be finite in float32");
  if (factor != 0.0 && !isNormalInF32(factor)) // C2
    return emitOpError("factor must be 0 or normal in float32; kernels take a subnormal number for 0");
  if (!isFiniteInF32(factor * kLog2e)) // C3
    return emitOpError("factor must be below 2^128 / log2(e), which scores are multiplied by");
  return success();
}

Value ScaleOp::expand(OpBuilder &builder) {
  Value factor = f32Constant(builder, getLoc(), getFactor().convertToDouble());
  return arith::MulFOp::create(builder, getLoc(), getScore(), factor);
}

void ScaleOp::describe(ScoreForm &form) { form.scale(getFactor().convertToDouble()); }

void ScaleOp::bound(ScoreBound &bound) { bound.scale(getFactor().convertToDouble()); }

//===- softcap -----------------------------------------------------------===//

LogicalResult SoftcapOp::verify() {
  double cap = getCap().convertToDouble(); // C1
  if (!(cap > 0) || !isNormalInF32(cap) || !isNormalInF32(1.0 / cap))
    return emitOpError("cap must be greater than 0 and, like 1/cap, normal in float32 (from 2^-126 to 2^126)");
  return success();
}

static Value emitSoftcap(OpBuilder &builder, Location loc, Value score, double cap) {
  score = arith::MulFOp::create(builder, loc, score, f32Constant(builder, loc, 1.0 / cap));
  Value tanh = math::TanhOp::create(builder, loc, score);
  return arith::MulFOp::create(builder, loc, tanh, f32Constant(builder, loc, cap));
}

Value SoftcapOp::expand(OpBuilder &builder) {
  return emitSoftcap(builder, getLoc(), getScore(), getCap().convertToDouble());
}

void SoftcapOp::describe(ScoreForm &form) {
  // The division by the cap joins the scale of the score so far, the multiplication the scale of what follows.
  double cap = getCap().convertToDouble();
  form.scale(1.0 / cap);
  form.applyOpaque([&](Value score) -> Value { return math::TanhOp::create(form.builder, getLoc(), score); });
  form.scale(cap);
}

void SoftcapOp::bound(ScoreBound &bound) {
  bound.applyMonotone(
      [&](Value score) { return emitSoftcap(bound.builder, bound.loc, score, getCap().convertToDouble()); });
}

//===- lookup ------------------------------------------------------------===//

LogicalResult LookupOp::verify() {
  auto table = cast<ShapedType>(getTable().getType());
  if (!table.hasRank() || table.getRank() != static_cast<int64_t>(getIndices().size())) // C1
    return emitOpError("takes one index per dimension of ") << table << ", got " << getIndices().size();
  if (isKnownEmpty(table)) // C3
    return emitOpError("table has no entries: ") << table;
  if (getResult().getType() != table.getElementType()) // C2
    return emitOpError("result must have the table's element type ") << table.getElementType();
  auto attention = dyn_cast_or_null<AttentionOp>((*this)->getParentOp()); // C4
  for (auto [dim, index] : llvm::enumerate(getIndices())) {
    std::optional<unsigned> argument = getPairArgument(*this, index);
    int64_t size = table.getDimSize(dim);
    if (!argument || size == 1 || ShapedType::isDynamic(size))
      continue;
    if (*argument == ScoreArguments::kHead &&
        failed(
            verifyHeadRange(*this, index, /*headOffset=*/0, size, ("dimension " + Twine(dim) + " of the table").str())))
      return failure();
    int64_t batch = cast<ShapedType>(attention.getQuery().getType()).getDimSize(0);
    if (*argument == ScoreArguments::kBatch && !ShapedType::isDynamic(batch) && size < batch)
      return emitOpError() << "dimension " << dim << " of the table has " << size << " entries for " << batch
                           << " batches; the index would be clamped";
  }
  return success();
}
