// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbered constraints of attn.attention (dialects/Attn/AttnOps.td).
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace camber::attn;

void AttentionOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    bool isOutput = isDpsInit(&operand);
    effects.emplace_back(isOutput ? static_cast<MemoryEffects::Effect *>(MemoryEffects::Write::get())
                                  : MemoryEffects::Read::get(),
                         &operand);
  }
}

/// The static size of dimension `dim` of `value`, or kDynamic.
static int64_t sizeOf(Value value, unsigned dim) { return cast<ShapedType>(value.getType()).getDimSize(dim); }

static LogicalResult verifyShapes(AttentionOp op) {
  struct Named {
    Value value;
    StringRef name;
  };
  SmallVector<Named> tensors = {{op.getQuery(), "query"}, {op.getKey(), "key"}, {op.getValue(), "value"}};
  for (auto [value, name] : tensors) { // C1
    auto type = dyn_cast<ShapedType>(value.getType());
    if (!type || !type.hasRank() || type.getRank() != 4 || type.isDynamicDim(1) || type.isDynamicDim(3))
      return op.emitOpError() << name
                              << " must be [batch, heads, length, head dim] with static heads and head dim, got "
                              << value.getType();
    for (unsigned dim : {1, 3})
      if (type.getDimSize(dim) < 1 || type.getDimSize(dim) >= kMaxLength)
        return op.emitOpError() << name << (dim == 1 ? " heads" : " head dim") << " must be in 1 … 2^24-1, got "
                                << value.getType();
  }
  Type storage = op.getStorage(); // C2
  if (!storage.isF32() && !storage.isF16() && !storage.isBF16())
    return op.emitOpError("element type must be f32, f16 or bf16, got ") << storage;
  for (auto [value, name] : tensors)
    if (cast<ShapedType>(value.getType()).getElementType() != storage)
      return op.emitOpError() << name << " has element type " << cast<ShapedType>(value.getType()).getElementType()
                              << " but query has " << storage;
  if (sizeOf(op.getValue(), 1) != op.getKvHeads()) // C3
    return op.emitOpError() << "key has " << op.getKvHeads() << " heads but value has " << sizeOf(op.getValue(), 1);
  if (op.getHeads() % op.getKvHeads() != 0)
    return op.emitOpError() << op.getHeads() << " query heads are not a multiple of " << op.getKvHeads()
                            << " key and value heads";

  if (op.getOutputs().empty() || op.getOutputs().size() > 2) // C5
    return op.emitOpError("takes the output and optionally the lse in outs, got ")
           << op.getOutputs().size() << " values";
  auto output = dyn_cast<ShapedType>(op.getOutput().getType());
  if (!output || !output.hasRank() || output.getRank() != 4 || output.getElementType() != storage)
    return op.emitOpError("output must be [B, H, Lq, D] of ") << storage << ", got " << op.getOutput().getType();
  if (op.getLse()) {
    auto lse = dyn_cast<ShapedType>(op.getLse().getType());
    if (!lse || !lse.hasRank() || lse.getRank() != 3 || !lse.getElementType().isF32())
      return op.emitOpError("lse must be [B, H, Lq] of f32, got ") << op.getLse().getType();
  }

  // C4: the same letter is the same size, wherever both are static.
  auto agree = [&](Value a, unsigned dimA, Value b, unsigned dimB, StringRef what) -> LogicalResult {
    int64_t x = sizeOf(a, dimA), y = sizeOf(b, dimB);
    if (x != ShapedType::kDynamic && y != ShapedType::kDynamic && x != y)
      return op.emitOpError() << what << " differs: " << x << " and " << y;
    return success();
  };
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue(), o = op.getOutput();
  if (failed(agree(q, 0, k, 0, "batch of query and key")) || failed(agree(q, 0, v, 0, "batch of query and value")) ||
      failed(agree(q, 0, o, 0, "batch of query and output")) ||
      failed(agree(q, 1, o, 1, "heads of query and output")) ||
      failed(agree(q, 2, o, 2, "length of query and output")) || failed(agree(k, 2, v, 2, "length of key and value")) ||
      failed(agree(q, 3, k, 3, "head dim of query and key")) ||
      failed(agree(q, 3, v, 3, "head dim of query and value")) ||
      failed(agree(q, 3, o, 3, "head dim of query and output")))
    return failure();
  if (Value lse = op.getLse())
    for (unsigned dim = 0; dim < 3; ++dim)
      if (failed(agree(q, dim, lse, dim, "shape of query and lse")))
        return failure();

  // C8
  auto length = [&](int64_t size, std::optional<uint64_t> bound, StringRef name) -> LogicalResult {
    if (size != ShapedType::kDynamic && (size < 1 || size >= kMaxLength))
      return op.emitOpError() << name << " length " << size << " is not in 1 … 2^24-1";
    if (!bound)
      return success();
    if (size != ShapedType::kDynamic)
      return op.emitOpError() << name << " length is static and takes no bound";
    if (*bound < 1 || *bound >= static_cast<uint64_t>(kMaxLength))
      return op.emitOpError() << name << " length bound " << static_cast<int64_t>(*bound) << " is not in 1 … 2^24-1";
    return success();
  };
  if (failed(length(sizeOf(q, 2), op.getQLenMax(), "query")) || failed(length(sizeOf(k, 2), op.getKvLenMax(), "key")))
    return failure();
  return success();
}

static LogicalResult verifyVectors(AttentionOp op) {
  auto vector = [&](Value value, StringRef name, int64_t size, bool floating) -> LogicalResult {
    if (!value)
      return success();
    auto type = dyn_cast<ShapedType>(value.getType());
    bool ok = type && type.hasRank() && type.getRank() == 1 &&
              (floating ? type.getElementType().isF32() : type.getElementType().isInteger(32));
    if (ok && size != ShapedType::kDynamic && !type.isDynamicDim(0))
      ok = type.getDimSize(0) == size;
    if (!ok)
      return op.emitOpError() << name << " must be " << (floating ? "f32 [H]" : "i32 [B]") << ", got "
                              << value.getType();
    return success();
  };
  int64_t batch = sizeOf(op.getQuery(), 0); // C10
  if (failed(vector(op.getSink(), "sink", op.getHeads(), true)) ||
      failed(vector(op.getKeyBegin(), "key_begin", batch, false)) ||
      failed(vector(op.getKeyEnd(), "key_end", batch, false)) ||
      failed(vector(op.getQueryOffset(), "query_offset", batch, false)) ||
      failed(vector(op.getKeyOffset(), "key_offset", batch, false)))
    return failure();
  auto segments = [&](Value value, StringRef name, Value sequence) -> LogicalResult {
    if (!value)
      return success();
    auto type = dyn_cast<ShapedType>(value.getType());
    auto differ = [](int64_t a, int64_t b) { return a != b && a != ShapedType::kDynamic && b != ShapedType::kDynamic; };
    if (!type || !type.hasRank() || type.getRank() != 2 || !type.getElementType().isInteger(32) ||
        differ(type.getDimSize(0), sizeOf(sequence, 0)) || differ(type.getDimSize(1), sizeOf(sequence, 2)))
      return op.emitOpError() << name << " must be i32 [B, length], got " << value.getType();
    return success();
  };
  if (failed(segments(op.getQuerySegment(), "query_segment", op.getQuery())) ||
      failed(segments(op.getKeySegment(), "key_segment", op.getKey())))
    return failure();
  if (Value norms = op.getKeyNorms()) { // C18
    auto type = dyn_cast<ShapedType>(norms.getType());
    auto differ = [](int64_t a, int64_t b) { return a != b && a != ShapedType::kDynamic && b != ShapedType::kDynamic; };
    int64_t keys = sizeOf(op.getKey(), 2);
    int64_t blocks = keys == ShapedType::kDynamic ? keys : llvm::divideCeilSigned(keys, AttentionOp::kNormBlock);
    if (!type || !type.hasRank() || type.getRank() != 3 || !type.getElementType().isF32() ||
        differ(type.getDimSize(0), batch) || differ(type.getDimSize(1), op.getKvHeads()) ||
        differ(type.getDimSize(2), blocks))
      return op.emitOpError("key_norms must be f32 [B, Hkv, ⌈Lk/64⌉], got ") << norms.getType();
  }
  if (!op.getQueryOffset() != !op.getKeyOffset()) // C11
    return op.emitOpError("query_offset and key_offset come together");
  return success();
}

LogicalResult AttentionOp::verify() {
  if (!hasRequiredOperands(getProperties().operandSegmentSizes, 3))
    return emitOpError("takes one query, key and value");
  if (failed(verifyShapes(*this)) || failed(verifyVectors(*this)))
    return failure();
  for (Attribute mask : getMasks()) { // C9
    auto interface = dyn_cast<MaskAttrInterface>(mask);
    if (!interface)
      return emitOpError() << mask << " is not a mask";
    if (failed(interface.verifyUse(*this)))
      return failure();
  }
  // C13
  bool tensors = isa<TensorType>(getQuery().getType());
  for (Value operand : getOperands())
    if (isa<ShapedType>(operand.getType()) &&
        !(tensors ? isa<TensorType>(operand.getType()) : isa<BaseMemRefType>(operand.getType())))
      return emitOpError("takes tensors only or memrefs only, got ") << operand.getType();
  if (getResults().size() != (tensors ? getOutputs().size() : 0))
    return emitOpError() << (tensors ? "on tensors has one result per out" : "on memrefs has no results");
  for (auto [result, out] : llvm::zip(getResults(), getOutputs()))
    if (result.getType() != out.getType())
      return emitOpError() << "result " << result.getType() << " differs from out " << out.getType();
  if (static_cast<uint64_t>(getHeadOffset()) >= kMaxLength) // C14
    return emitOpError("head_offset must be in 0 … 2^24-1");
  for (auto [index, param] : llvm::enumerate(getParams())) { // C15
    auto table = dyn_cast<ShapedType>(param.getType());
    Type element = table ? table.getElementType() : param.getType();
    if ((table && !table.hasRank()) || (!element.isF32() && !element.isInteger(32)))
      return emitOpError() << "parameter " << index << " (" << param.getType()
                           << ") must be f32 or i32, or a ranked table of these";
  }
  return success();
}

static bool holdsNaN(Attribute value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValue().isNaN();
  auto numbers = dyn_cast<DenseFPElementsAttr>(value);
  return numbers && llvm::any_of(numbers.getValues<APFloat>(), [](const APFloat &number) { return number.isNaN(); });
}

LogicalResult camber::attn::verifyScalars(Operation *op) {
  if (isa<ScoreModifierOpInterface, LookupOp>(op))
    return success();
  auto isAllowed = [&](Type type) {
    return !isa<ShapedType>(type) || (isa<arith::ConstantOp>(op) && isa<RankedTensorType>(type));
  };
  for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    if (auto refused = llvm::find_if_not(types, isAllowed); refused != types.end())
      return op->emitOpError() << "works on " << *refused
                               << ", but a score body computes scalars; read a table with attn.lookup";
  return success();
}

/// Whether the op has no effect but to read: parameters are read from memory.
static bool onlyReads(Operation *op) {
  auto effects = getEffectsRecursively(op);
  return effects && llvm::all_of(*effects, [](const MemoryEffects::EffectInstance &effect) {
           return isa<MemoryEffects::Read>(effect.getEffect());
         });
}

/// The values of the body that the yielded score depends on.
static llvm::SetVector<Value> liveValues(AttentionOp op) {
  llvm::SetVector<Value> live;
  Operation *yield = op.getBody()->getTerminator();
  live.insert(yield->operand_begin(), yield->operand_end());
  for (size_t k = 0; k < live.size(); ++k)
    if (Operation *definition = live[k].getDefiningOp())
      live.insert(definition->operand_begin(), definition->operand_end());
  return live;
}

LogicalResult AttentionOp::verifyRegions() {
  Block *body = getBody();
  SmallVector<Type> expected = ScoreArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  if (!llvm::equal(body->getArgumentTypes(), expected)) { // C6
    InFlightDiagnostic error = emitOpError(
        "score body must take score, batch, head, query position, key position, query index, key index, params…: ");
    llvm::interleaveComma(expected, error);
    return error << "; it takes " << body->getArgumentTypes();
  }
  if (!body->mightHaveTerminator() || !isa<YieldOp>(body->getTerminator()))
    return emitOpError("score body must end with attn.yield");
  for (Operation &op : body->without_terminator()) { // C7
    bool known = isa<ScoreModifierOpInterface, LookupOp>(op) ||
                 (op.getDialect() && isa<arith::ArithDialect, math::MathDialect>(op.getDialect()));
    if (!known)
      return op.emitOpError("is not allowed in a score body: use score modifiers, attn.lookup, arith or math");
    if (!onlyReads(&op))
      return op.emitOpError("has side effects, which a score body must not have");
    if (op.getNumRegions())
      return op.emitOpError("has a region, which a score body must not have");
    if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && holdsNaN(constant.getValue())) // C16
      return op.emitOpError("is NaN, which a score body must not hold: every score it reached would be NaN");
    if (failed(verifyScalars(&op))) // C17
      return failure();
  }
  llvm::SetVector<Value> live = liveValues(*this);
  for (auto [index, argument] : llvm::enumerate(getScoreArguments().getParams())) { // C12
    if (argument.use_empty())
      return emitOpError() << "parameter " << index << " (" << argument.getType() << ") is not used by the score body";
    if (!live.contains(argument))
      return emitOpError() << "parameter " << index << " (" << argument.getType()
                           << ") does not reach the score: what the score body makes of it is not used";
  }
  return success();
}

void camber::attn::warnOfDoubts(AttentionOp op) {
  llvm::SetVector<Value> live = liveValues(op);
  for (Operation &operation : op.getBody()->without_terminator()) {
    auto modifier = dyn_cast<ScoreModifierOpInterface>(operation);
    if (!modifier && !isa<LookupOp>(operation))
      continue;
    if (!live.contains(operation.getResult(0)))
      operation.emitWarning("the score does not depend on the result, so the operation has no effect");
    else if (modifier)
      modifier.warn();
  }
}
