// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// describeKernel: the promise of a kernel, read off the attn level before any pass has changed its score.
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Reference/KnownOperations.h"
#include "camber/Target/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace mlir;
using namespace camber;

namespace json = llvm::json;

/// JSON has no infinities, so they are strings, and so is -0, which readers take for the integer 0. A NaN is refused by
/// attn.attention in a score body.
static std::optional<json::Value> numberToJSON(double value) {
  if (std::isnan(value))
    return std::nullopt;
  if (std::isinf(value))
    return json::Value(value > 0 ? "inf" : "-inf");
  if (value == 0 && std::signbit(value))
    return json::Value("-0.0");
  return json::Value(value);
}

/// Numbers, strings, booleans and lists of them; null for an attribute the manifest has no form for.
static std::optional<json::Value> toJSON(Attribute attribute) {
  if (isa<UnitAttr>(attribute))
    return json::Value(true);
  if (auto text = dyn_cast<StringAttr>(attribute))
    return json::Value(text.getValue().str());
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return numberToJSON(number.getValueAsDouble());
  if (auto number = dyn_cast<IntegerAttr>(attribute)) {
    if (number.getType().isInteger(1))
      return json::Value(!number.getValue().isZero());
    if (number.getValue().getSignificantBits() > 64)
      return std::nullopt;
    return json::Value(number.getValue().getSExtValue());
  }
  if (auto list = dyn_cast<ArrayAttr>(attribute)) {
    json::Array array;
    for (Attribute element : list)
      if (std::optional<json::Value> value = toJSON(element))
        array.push_back(*value);
    return json::Value(std::move(array));
  }
  return std::nullopt;
}

static std::string typeName(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// The mask's mnemonic and parameters, read off its assembly: #attn.window<left = 5> is {"kind": "attn.window", "left":
/// 5}.
static json::Object maskToJSON(Attribute mask) {
  std::string text;
  llvm::raw_string_ostream(text) << mask;
  StringRef rest = StringRef(text).drop_front(1);
  auto [kind, parameters] = rest.split('<');
  json::Object object{{"kind", kind.str()}};
  SmallVector<StringRef> fields;
  parameters.rtrim('>').split(fields, ',', -1, false);
  for (StringRef field : fields) {
    auto [name, value] = field.split('=');
    int64_t number;
    if (!value.trim().getAsInteger(10, number))
      object[name.trim().str()] = number;
  }
  return object;
}

namespace {
/// The score body as the manifest's list of nodes.
class GraphWriter {
public:
  GraphWriter(attn::AttentionOp op, ArrayRef<std::string> paramNames) : op(op) {
    attn::ScoreArguments pair = op.getScoreArguments();
    for (auto [id, argument] : llvm::enumerate(pair.getNamed().take_front(kNumInputs)))
      ids[argument] = id;
    for (auto [argument, name] : llvm::zip(pair.getParams(), paramNames))
      params[argument] = name;
  }

  json::Object write() {
    json::Array nodes;
    // Indices are nodes, and only where they are used: what does not use them has the ids that it has always had.
    for (auto [index, name] : {std::pair(op.getScoreArguments().getQueryIndex(), "attn.query_index"),
                               {op.getScoreArguments().getKeyIndex(), "attn.key_index"}}) {
      if (index.use_empty())
        continue;
      ids[index] = kNumInputs + nodes.size();
      nodes.push_back(json::Object{{"op", name}, {"args", json::Array()}, {"type", "i32"}});
      locations.push_back("");
    }
    for (Operation &operation : op.getBody()->without_terminator())
      writeNode(operation, nodes);
    Operation *yield = op.getBody()->getTerminator();
    auto result = ids.find(yield->getOperand(0));
    if (result == ids.end()) {
      setUnknown(*yield, "yields a parameter as it is, which has no reference semantics");
      return {};
    }
    json::Object score{{"nodes", std::move(nodes)}, {"result", result->second}};
    if (!tables.empty())
      score["tables"] = std::move(tables);
    return score;
  }

  std::vector<std::string> locations; ///< of the nodes

  /// The first operation that the reference cannot evaluate, or null, and why it cannot.
  Operation *unknown = nullptr;
  std::string whyUnknown;

private:
  void setUnknown(Operation &operation, const Twine &why) {
    if (unknown)
      return;
    unknown = &operation;
    whyUnknown = why.str();
  }

  /// Whether `operation` is a constant table, which is no node: those that read it name it like a parameter.
  bool writeTable(Operation &operation) {
    auto constant = dyn_cast<arith::ConstantOp>(operation);
    auto values = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
    if (!values)
      return false;
    if (operation.use_empty())
      return true;
    Type element = values.getElementType();
    json::Array dims, numbers;
    for (int64_t dim : values.getType().getShape())
      dims.push_back(dim);
    if (element.isF32()) {
      for (const APFloat &number : values.getValues<APFloat>())
        numbers.push_back(*numberToJSON(number.convertToDouble()));
    } else if (element.isInteger(32)) {
      for (const APInt &number : values.getValues<APInt>())
        numbers.push_back(number.getSExtValue());
    } else {
      return false;
    }
    // A point is in no C identifier, so no operand has this name.
    std::string name = ("constant." + Twine(tables.size())).str();
    tables.push_back(json::Object{
        {"name", name}, {"element", typeName(element)}, {"dims", std::move(dims)}, {"values", std::move(numbers)}});
    params[operation.getResult(0)] = name;
    return true;
  }

  /// File, line and column of what the user wrote. Not the directory: the same text gives the same bundle anywhere.
  static std::string locationOf(Operation &operation) {
    auto place = operation.getLoc()->findInstanceOf<FileLineColLoc>();
    if (!place)
      return "";
    return (llvm::sys::path::filename(place.getFilename().getValue()) + ":" + Twine(place.getLine()) + ":" +
            Twine(place.getColumn()))
        .str();
  }

  void writeNode(Operation &operation, json::Array &nodes) {
    if (writeTable(operation))
      return;
    StringRef name = operation.getName().getStringRef();
    if (!isKnownOperation({name.data(), name.size()}))
      setUnknown(operation, "has no reference semantics");
    json::Object node{{"op", name.str()}};
    NamedAttrList attributes(operation.getAttrDictionary());
    attributes.erase("operandSegmentSizes");
    attributes.erase("fastmath");
    SmallVector<std::pair<StringRef, Value>> named;
    if (auto modifier = dyn_cast<attn::ScoreModifierOpInterface>(operation))
      modifier.describeForReference(named, attributes);
    if (auto compare = dyn_cast<arith::CmpFOp>(operation))
      attributes.set("predicate",
                     StringAttr::get(op.getContext(), arith::stringifyCmpFPredicate(compare.getPredicate())));
    if (auto compare = dyn_cast<arith::CmpIOp>(operation))
      attributes.set("predicate",
                     StringAttr::get(op.getContext(), arith::stringifyCmpIPredicate(compare.getPredicate())));
    json::Object attrs;
    for (NamedAttribute attribute : attributes) {
      if (std::optional<json::Value> value = toJSON(attribute.getValue()))
        attrs[attribute.getName().str()] = std::move(*value); // a copy: the signature outlives the context
    }
    json::Array args, names;
    for (Value operand : operation.getOperands()) {
      auto isNamed = llvm::find_if(named, [&](auto &entry) { return entry.second == operand; });
      if (auto name = params.find(operand); name != params.end()) {
        // In plain arithmetic a run-time scalar keeps its place among the arguments, by name.
        if (!isa<attn::ScoreModifierOpInterface, attn::LookupOp>(operation)) {
          args.push_back(name->second);
          continue;
        }
        names.push_back(name->second);
        if (isNamed != named.end())
          attrs[isNamed->first] = name->second;
      } else if (isNamed != named.end()) {
        setUnknown(operation,
                   "takes a computed value as " + isNamed->first + ", where the reference knows parameters only");
      } else if (ids.count(operand)) {
        args.push_back(ids.lookup(operand));
      }
    }
    node["args"] = std::move(args);
    if (!names.empty())
      node["params"] = std::move(names);
    if (!attrs.empty())
      node["attrs"] = std::move(attrs);
    if (operation.getNumResults() == 1) {
      ids[operation.getResult(0)] = kNumInputs + nodes.size();
      std::string type = typeName(operation.getResult(0).getType());
      if (!llvm::is_contained({"f32", "i32", "i1", "f64", "i64", "index", "f16", "bf16", "i8", "i16"}, type)) {
        setUnknown(operation, "gives " + type + ", which has no reference semantics");
        type = "other";
      }
      if (type != "f32")
        node["type"] = type;
    }
    nodes.push_back(std::move(node));
    locations.push_back(locationOf(operation));
  }

  /// The score, batch, head and positions: values 0 to 4 of the list.
  static constexpr int64_t kNumInputs = 5;

  attn::AttentionOp op;
  llvm::DenseMap<Value, int64_t> ids;
  llvm::DenseMap<Value, std::string> params;
  json::Array tables;
};
} // namespace

static LengthSpec lengthOf(int64_t size, std::optional<uint64_t> bound) {
  if (size != ShapedType::kDynamic)
    return {LengthSpec::Static, size};
  if (bound)
    return {LengthSpec::Bounded, static_cast<int64_t>(*bound)};
  return {LengthSpec::Dynamic, 0};
}

FailureOr<KernelSignature> camber::describeKernel(func::FuncOp kernel, bool unchecked) {
  auto operations = kernel.getBody().getOps<attn::AttentionOp>();
  if (operations.empty())
    return kernel.emitError("function '") << kernel.getName() << "' holds no attn.attention at its top level";
  attn::AttentionOp original = *operations.begin();

  // Roles, names and sizes of operands are what the first stage of compilation finds.
  OwningOpRef<ModuleOp> copy = ModuleOp::create(kernel.getLoc());
  OpBuilder builder = OpBuilder::atBlockBegin(copy->getBody());
  auto described = cast<func::FuncOp>(builder.clone(*kernel));
  PassManager pm(kernel.getContext());
  buildAttnToKernel(pm);
  if (failed(pm.run(*copy)))
    return failure();

  KernelSignature signature;
  signature.name = kernel.getName().str();
  signature.storage = typeName(original.getStorage());
  signature.heads = original.getHeads();
  signature.kvHeads = original.getKvHeads();
  signature.headDim = original.getHeadDim();
  signature.headOffset = original.getHeadOffset();
  auto sizeOf = [](Value value) { return cast<ShapedType>(value.getType()).getDimSize(2); };
  signature.qLen = lengthOf(sizeOf(original.getQuery()), original.getQLenMax());
  signature.kvLen = lengthOf(sizeOf(original.getKey()), original.getKvLenMax());
  signature.offsetPositions = !original.hasEndAlignedPositions();
  for (unsigned i = 0; i < described.getNumArguments(); ++i) {
    KernelOperand operand;
    operand.name = described.getArgAttrOfType<StringAttr>(i, "attn.name").getValue().str();
    operand.role = described.getArgAttrOfType<StringAttr>(i, "attn.role").getValue().str();
    operand.element = typeName(getElementTypeOrSelf(described.getArgumentTypes()[i]));
    for (Attribute dim : described.getArgAttrOfType<ArrayAttr>(i, "attn.dims")) {
      if (auto symbol = dyn_cast<StringAttr>(dim))
        operand.dims.push_back(OperandDim::runtime(symbol.getValue().str()));
      else
        operand.dims.push_back(OperandDim::fixed(cast<IntegerAttr>(dim).getInt()));
    }
    signature.operands.push_back(std::move(operand));
  }
  for (Attribute mask : original.getMasks())
    signature.masks.push_back(maskToJSON(mask));
  SmallVector<std::string> names;
  for (Value param : original.getParams())
    names.push_back(signature.operands[cast<BlockArgument>(param).getArgNumber()].name);
  GraphWriter writer(original, names);
  signature.score = writer.write();
  signature.scoreLocations = writer.locations;
  auto refuse = [&](Operation *operation, const Twine &why) {
    signature.checkable = false;
    if (!unchecked)
      operation->emitOpError() << why << ", so kernel '" << kernel.getName()
                               << "' could not be checked; pass --unchecked to compile it all the same";
  };
  if (writer.unknown)
    refuse(writer.unknown, writer.whyUnknown);
  for (const json::Value &mask : signature.masks) {
    StringRef kind = *mask.getAsObject()->getString("kind");
    if (!isListed(kKnownMasks, {kind.data(), kind.size()}))
      refuse(original, "has the mask " + kind + ", which has no reference semantics");
  }
  if (!signature.checkable && !unchecked)
    return failure();
  signature.skips = attn::skipsKeys(original);
  return signature;
}

void camber::warnOfDoubts(func::FuncOp kernel) {
  kernel.walk([](attn::AttentionOp op) { attn::warnOfDoubts(op); });
}
