// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parsers of values, and the table of fields they set. Numbers are parsed in full: "12abc" is no number.
#include "camber/Compiler/ValueParsers.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace camber {
Expected<LengthSpec> parseLength(StringRef flag, StringRef text) {
  if (text == "?")
    return LengthSpec{LengthSpec::Dynamic, 0};
  StringRef number = text;
  LengthSpec length;
  length.kind = number.consume_front("<=") ? LengthSpec::Bounded : LengthSpec::Static;
  if (number.getAsInteger(10, length.value))
    return invalidValue(flag, text, "takes a length: N (exactly), '<=N' (at most) or '?' (any)");
  return length;
}

Expected<WindowSpec> parseWindow(StringRef flag, StringRef text) {
  auto [left, right] = text.split(',');
  WindowSpec window;
  auto side = [](StringRef part, std::optional<int64_t> &value) {
    if (part == "inf")
      return true;
    int64_t number;
    if (part.getAsInteger(10, number))
      return false;
    value = number;
    return true;
  };
  if (!text.contains(',') || !side(left, window.left) || !side(right, window.right))
    return invalidValue(flag, text, "takes L,R: keys at distances -L to R are visible; a side may be 'inf'");
  return window;
}

Expected<std::vector<KernelSpec::Modifier>> parseOrder(StringRef flag, StringRef text) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  std::vector<KernelSpec::Modifier> order;
  for (StringRef part : parts) {
    Expected<size_t> index = parseChoice(flag, part, {"scale", "softcap", "bias"}); // as KernelSpec::Modifier
    if (!index)
      return index.takeError();
    order.push_back(static_cast<KernelSpec::Modifier>(*index));
  }
  return order;
}

namespace {

/// Stores what `parse` makes of the text.
template <typename Field, typename Value>
Error store(StringRef name, StringRef text, Expected<Value> (*parse)(StringRef, StringRef), Field &field) {
  Expected<Value> value = parse(name, text);
  if (!value)
    return value.takeError();
  field = std::move(*value);
  return Error::success();
}

template <typename Enum> Error storeChoice(StringRef name, StringRef text, ArrayRef<StringRef> known, Enum &field) {
  Expected<size_t> index = parseChoice(name, text, known);
  if (!index)
    return index.takeError();
  field = static_cast<Enum>(*index);
  return Error::success();
}

Error storeSwitch(StringRef name, StringRef text, bool &field) {
  return storeChoice(name, text, {"false", "true"}, field);
}

using Setter = Error (*)(KernelSpec &, StringRef name, StringRef text);
struct FieldEntry {
  StringRef name;
  Setter set;
};

// clang-format off
const FieldEntry fields[] = {
    {"bias", [](KernelSpec &s, StringRef n, StringRef t) -> Error {
       Expected<size_t> known = parseChoice(n, t, biasNames());
       if (!known)
         return known.takeError();
       s.bias = t.str();
       return Error::success();
     }},
    {"heads", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.heads); }},
    {"kv-heads", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.kvHeads); }},
    {"head-dim", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.headDim); }},
    {"q-len", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseLength, s.qLen); }},
    {"kv-len", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseLength, s.kvLen); }},
    {"dtype", [](KernelSpec &s, StringRef n, StringRef t) -> Error {
       Expected<size_t> known = parseChoice(n, t, {"f32", "f16", "bf16"});
       if (!known)
         return known.takeError();
       s.storage = t.str();
       return Error::success();
     }},
    {"causal", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.causal); }},
    {"window", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseWindow, s.window); }},
    {"prefix", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.prefix); }},
    {"segments", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.segments); }},
    {"key-ranges", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.keyRanges); }},
    {"positions", [](KernelSpec &s, StringRef n, StringRef t) {
       return storeChoice(n, t, {"end-aligned", "offsets"}, s.offsetPositions);
     }},
    {"sink", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.sink); }},
    {"lse", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.lse); }},
    {"key-norms", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.keyNorms); }},
    {"skip", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.skip); }},
    {"scale", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseReal, s.scale); }},
    {"softcap", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseReal, s.softcap); }},
    {"order", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseOrder, s.order); }},
    {"head-offset", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.headOffset); }},
};
// clang-format on

const FieldEntry *findField(StringRef name) {
  const auto *found = llvm::find_if(fields, [&](const FieldEntry &field) { return field.name == name; });
  return found == std::end(fields) ? nullptr : found;
}

} // namespace

std::vector<StringRef> biasNames() {
  std::vector<StringRef> names = {"none"};
  for (const auto &bias : attn::getBiasSpecs())
    names.push_back(bias->getName());
  return names;
}

namespace {
/// Sets one field of a bias, if it has it.
struct FieldSetter : attn::BiasFieldVisitor {
  FieldSetter(StringRef name, StringRef text) : name(name), text(text) {}
  void visit(StringRef field, StringRef, StringRef, Setter set) override {
    if (field != name)
      return;
    found = true;
    if (!error)
      error = set(text);
  }
  StringRef name, text;
  bool found = false;
  Error error = Error::success();
};

struct FieldFinder : attn::BiasFieldVisitor {
  explicit FieldFinder(StringRef name) : name(name) {}
  void visit(StringRef field, StringRef, StringRef, Setter) override { found |= field == name; }
  StringRef name;
  bool found = false;
};
} // namespace

bool hasField(const attn::BiasSpec &bias, StringRef name) {
  FieldFinder finder(name);
  bias.clone()->visitFields(finder);
  return finder.found;
}

bool isField(StringRef name) {
  return findField(name) || any_of(attn::getBiasSpecs(), [&](const auto &bias) { return hasField(*bias, name); });
}

Error setField(KernelSpec &spec, StringRef name, StringRef text) {
  if (const FieldEntry *field = findField(name))
    return field->set(spec, name, text);
  if (!isField(name))
    return invalidValue(name, text, "there is no such field of a kernel");
  // In every bias that has it: which one the kernel has may be said later.
  for (const auto &known : attn::getBiasSpecs()) {
    auto changed = spec.biases.find(known->getName().str());
    std::unique_ptr<attn::BiasSpec> bias = (changed == spec.biases.end() ? known : changed->second)->clone();
    FieldSetter setter(name, text);
    bias->visitFields(setter);
    if (setter.error)
      return std::move(setter.error);
    if (setter.found)
      spec.biases[bias->getName().str()] = std::move(bias);
  }
  return Error::success();
}

} // namespace camber
