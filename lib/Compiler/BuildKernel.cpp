// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// buildKernelModule: a specification as IR at the attn level.
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/AttnMasks.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace camber;

namespace {
class KernelBuilder {
public:
  KernelBuilder(MLIRContext &context, const KernelSpec &spec)
      : spec(spec), b(&context), loc(FileLineColLoc::get(&context, spec.name, 0, 0)) {}
  OwningOpRef<ModuleOp> build();

private:
  static constexpr int64_t dynamic = ShapedType::kDynamic;
  Type storage() {
    return spec.storage == "f16"    ? Type(b.getF16Type())
           : spec.storage == "bf16" ? Type(b.getBF16Type())
                                    : Type(b.getF32Type());
  }
  int64_t length(const LengthSpec &l) { return l.kind == LengthSpec::Static ? l.value : dynamic; }
  /// Adds an argument of the function and returns its number.
  unsigned argument(StringRef name, Type type, ArrayRef<StringRef> dims = {}) {
    types.push_back(type);
    names.push_back(name.str());
    return types.size() - 1;
  }
  Type vector(int64_t size, Type element) { return MemRefType::get({size}, element); }
  void addParams();
  void buildBody(attn::AttentionOp op);
  Value applyBias(attn::ScoreArguments body, Value score);

  const KernelSpec &spec;
  OpBuilder b;
  Location loc;
  SmallVector<Type> types;
  SmallVector<std::string> names;
  SmallVector<unsigned> params; ///< argument numbers of the parameters, in the order of the body
};
} // namespace

void KernelBuilder::addParams() {
  if (auto bias = spec.getBias())
    for (const attn::BiasParameter &parameter : bias->getParameters(b, spec.getBiasHeads()))
      params.push_back(argument(parameter.name, parameter.type));
}

Value KernelBuilder::applyBias(attn::ScoreArguments body, Value score) {
  attn::BiasOperands operands{spec.getBiasHeads(),     score, body.getBatch(), body.getHead(), body.getQueryPosition(),
                              body.getKeyPosition(), {}};
  for (auto [i, number] : llvm::enumerate(params))
    operands.parameters[names[number]] = body.getParams()[i];
  return spec.getBias()->build(b, loc, operands);
}

void KernelBuilder::buildBody(attn::AttentionOp op) {
  SmallVector<Type> arguments = attn::ScoreArguments::getTypes(b.getContext());
  for (unsigned number : params)
    arguments.push_back(types[number]);
  b.createBlock(&op.getScores(), {}, arguments, SmallVector<Location>(arguments.size(), loc));
  Value score = op.getScoreArguments().getScore();
  for (KernelSpec::Modifier modifier : spec.effectiveOrder()) {
    switch (modifier) {
    case KernelSpec::Scale:
      score = attn::ScaleOp::create(b, loc, b.getF32Type(), score, b.getF64FloatAttr(*spec.effectiveScale()));
      break;
    case KernelSpec::Softcap:
      score = attn::SoftcapOp::create(b, loc, b.getF32Type(), score, b.getF64FloatAttr(*spec.softcap));
      break;
    case KernelSpec::PositionBias:
      score = applyBias(op.getScoreArguments(), score);
      break;
    }
  }
  attn::YieldOp::create(b, loc, score);
}

OwningOpRef<ModuleOp> KernelBuilder::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  int64_t qLen = length(spec.qLen), kvLen = length(spec.kvLen);
  Type i32 = b.getI32Type();
  auto queryType = MemRefType::get({dynamic, spec.heads, qLen, spec.headDim}, storage());
  auto keyType = MemRefType::get({dynamic, spec.kvHeads, kvLen, spec.headDim}, storage());
  unsigned q = argument("q", queryType), k = argument("k", keyType), v = argument("v", keyType);
  addParams();
  auto optional = [&](bool wanted, StringRef name, Type type) { return wanted ? int(argument(name, type)) : -1; };
  int sink = optional(spec.sink, "sink", vector(spec.heads, b.getF32Type()));
  int keyBegin = optional(spec.keyRanges, "key_begin", vector(dynamic, i32));
  int keyEnd = optional(spec.keyRanges, "key_end", vector(dynamic, i32));
  int queryOffset = optional(spec.offsetPositions, "query_offset", vector(dynamic, i32));
  int keyOffset = optional(spec.offsetPositions, "key_offset", vector(dynamic, i32));
  int querySegment = optional(spec.segments, "query_segment", MemRefType::get({dynamic, qLen}, i32));
  int keySegment = optional(spec.segments, "key_segment", MemRefType::get({dynamic, kvLen}, i32));
  int64_t blocks = kvLen == dynamic ? dynamic : llvm::divideCeilSigned(kvLen, attn::AttentionOp::kNormBlock);
  int keyNorms = optional(spec.keyNorms, "key_norms", MemRefType::get({dynamic, spec.kvHeads, blocks}, b.getF32Type()));
  unsigned o = argument("o", queryType);
  int lse = optional(spec.lse, "lse", MemRefType::get({dynamic, spec.heads, qLen}, b.getF32Type()));

  b.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(b, loc, spec.name, b.getFunctionType(types, {}));
  for (auto [i, name] : llvm::enumerate(names))
    function.setArgAttr(i, "attn.name", b.getStringAttr(name));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  auto at = [&](int number) { return number < 0 ? Value() : Value(entry->getArgument(number)); };

  SmallVector<Attribute> masks;
  MLIRContext *context = b.getContext();
  if (spec.causal)
    masks.push_back(attn::CausalAttr::get(context));
  if (spec.window)
    masks.push_back(
        attn::WindowAttr::getChecked([&] { return emitError(loc); }, context, spec.window->left, spec.window->right));
  if (spec.prefix)
    masks.push_back(attn::PrefixAttr::getChecked([&] { return emitError(loc); }, context, *spec.prefix));
  if (spec.segments)
    masks.push_back(attn::SegmentsAttr::get(context));
  if (llvm::is_contained(masks, Attribute()))
    return nullptr;
  SmallVector<Value> paramValues, outs = {at(o)};
  for (unsigned number : params)
    paramValues.push_back(at(number));
  if (lse >= 0)
    outs.push_back(at(lse));
  auto bound = [&](const LengthSpec &l) {
    return l.kind == LengthSpec::Bounded ? b.getI64IntegerAttr(l.value) : IntegerAttr();
  };
  auto op = attn::AttentionOp::create(b, loc, TypeRange{}, at(q), at(k), at(v), paramValues, at(sink), at(keyBegin),
                                      at(keyEnd), at(queryOffset), at(keyOffset), at(querySegment), at(keySegment),
                                      at(keyNorms), outs, b.getArrayAttr(masks), b.getI64IntegerAttr(spec.headOffset),
                                      bound(spec.qLen), bound(spec.kvLen), spec.skip ? UnitAttr() : b.getUnitAttr());
  buildBody(op);
  b.setInsertionPointAfter(op);
  func::ReturnOp::create(b, loc);
  if (failed(verify(*module)))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> camber::buildKernelModule(MLIRContext &context, const KernelSpec &spec) {
  context.loadDialect<attn::AttnDialect, func::FuncDialect>();
  return KernelBuilder(context, spec).build();
}
