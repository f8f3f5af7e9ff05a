// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// causal, window, prefix and segments: what each hides, and what it says of key ranges.
#include "camber/Dialect/Attn/AttnMasks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace camber::attn;

static Value indexConstant(KeyLimits &limits, int64_t value) {
  return arith::ConstantIndexOp::create(limits.builder, limits.loc, value);
}

static Value plus(KeyLimits &limits, Value position, int64_t delta) {
  return limits.builder.createOrFold<arith::AddIOp>(limits.loc, position, indexConstant(limits, delta));
}

//===- causal ------------------------------------------------------------===//

void CausalAttr::describe(ScoreForm &form) const { form.limitDistance({}, form.i32(0)); }
void CausalAttr::limitKeys(KeyLimits &limits) const { limits.below(plus(limits, limits.queryMax, 1)); }
bool CausalAttr::limitRow(RowKeys &keys) const {
  keys.atMost(keys.query);
  return true;
}

//===- window ------------------------------------------------------------===//

LogicalResult WindowAttr::verify(function_ref<InFlightDiagnostic()> emitError, std::optional<int64_t> left,
                                 std::optional<int64_t> right) {
  for (auto [side, name] : {std::pair{left, "left"}, std::pair{right, "right"}})
    if (side && (*side < -kMaxLength || *side > kMaxLength)) // C1
      return emitError() << "window " << name << " = " << *side << " is not in -2^24 … 2^24";
  if (left && right && -*left > *right)
    return emitError() << "window from " << -*left << " to " << *right << " holds no distance";
  return success();
}

void WindowAttr::describe(ScoreForm &form) const {
  form.limitDistance(getLeft() ? form.i32(-*getLeft()) : Value(), getRight() ? form.i32(*getRight()) : Value());
}

void WindowAttr::limitKeys(KeyLimits &limits) const {
  if (getLeft())
    limits.atLeast(plus(limits, limits.queryMin, -*getLeft()));
  if (getRight())
    limits.below(plus(limits, limits.queryMax, *getRight() + 1));
}

bool WindowAttr::limitRow(RowKeys &keys) const {
  if (getLeft())
    keys.atLeast(keys.at(-*getLeft()));
  if (getRight())
    keys.atMost(keys.at(*getRight()));
  return true;
}

//===- prefix ------------------------------------------------------------===//

LogicalResult PrefixAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t length) {
  if (length < 0 || length >= kMaxLength) // C1
    return emitError() << "prefix length " << length << " is not in 0 … 2^24-1";
  return success();
}

LogicalResult PrefixAttr::verifyUse(Operation *attention) const {
  if (llvm::is_contained(cast<AttentionOp>(attention).getMasks(), CausalAttr::get(getContext()))) // C2
    return attention->emitOpError("#attn.prefix replaces #attn.causal; remove one of them");
  return success();
}

void PrefixAttr::describe(ScoreForm &form) const {
  OpBuilder &b = form.builder;
  Location loc = form.loc();
  Value causal =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, form.pair.keyPosition, form.pair.queryPosition);
  Value inPrefix =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, form.pair.keyPosition, form.i32(getLength()));
  form.hideUnless(arith::OrIOp::create(b, loc, causal, inPrefix));
}

void PrefixAttr::limitKeys(KeyLimits &limits) const {
  Value causalEnd = plus(limits, limits.queryMax, 1);
  limits.below(limits.builder.createOrFold<arith::MaxSIOp>(limits.loc, causalEnd, indexConstant(limits, getLength())));
}

bool PrefixAttr::limitRow(RowKeys &keys) const {
  Value last = arith::ConstantOp::create(keys.builder, keys.loc, keys.builder.getI32IntegerAttr(getLength() - 1));
  keys.atMost(arith::MaxSIOp::create(keys.builder, keys.loc, keys.query, last));
  return true;
}

//===- segments ---------------------------------------------------------===//

LogicalResult SegmentsAttr::verifyUse(Operation *op) const {
  auto attention = cast<AttentionOp>(op); // its own verifier checks the shapes of ids that are there
  if (!attention.getQuerySegment() || !attention.getKeySegment()) // C1
    return op->emitOpError("#attn.segments needs ")
           << (attention.getQuerySegment() ? "key_segment" : "query_segment") << " ids, i32 [B, length]";
  return success();
}

bool SegmentsAttr::readsSegments() const { return true; }

void SegmentsAttr::describe(ScoreForm &form) const {
  OpBuilder &b = form.builder;
  const PairContext &pair = form.pair;
  Value query =
      LookupOp::create(b, form.loc(), b.getI32Type(), pair.querySegment, ValueRange{pair.batch, pair.queryIndex});
  Value key = LookupOp::create(b, form.loc(), b.getI32Type(), pair.keySegment, ValueRange{pair.batch, pair.keyIndex});
  form.hideUnless(arith::CmpIOp::create(b, form.loc(), arith::CmpIPredicate::eq, query, key));
}
