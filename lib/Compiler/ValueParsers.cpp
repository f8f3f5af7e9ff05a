// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parsers of values, and the table of fields they set. Numbers are parsed in full: "12abc" is no number.
#include "camber/Compiler/ValueParsers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace camber {
namespace {

Error invalid(StringRef flag, StringRef text, const Twine &takes) {
  return createStringError(inconvertibleErrorCode(), "--" + flag + "=" + text + ": " + takes);
}

} // namespace

Expected<int64_t> parseInteger(StringRef flag, StringRef text) {
  int64_t value;
  if (text.getAsInteger(10, value))
    return invalid(flag, text, "takes an integer");
  return value;
}

Expected<double> parseReal(StringRef flag, StringRef text) {
  double value;
  if (text.getAsDouble(value))
    return invalid(flag, text, "takes a number");
  return value;
}

Expected<LengthSpec> parseLength(StringRef flag, StringRef text) {
  if (text == "?")
    return LengthSpec{LengthSpec::Dynamic, 0};
  StringRef number = text;
  LengthSpec length;
  length.kind = number.consume_front("<=") ? LengthSpec::Bounded : LengthSpec::Static;
  if (number.getAsInteger(10, length.value))
    return invalid(flag, text, "takes a length: N (exactly), '<=N' (at most) or '?' (any)");
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
    return invalid(flag, text, "takes L,R: keys at distances -L to R are visible; a side may be 'inf'");
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

Error parseInterpolation(StringRef flag, StringRef text, AlibiSpec &alibi) {
  StringRef rest = text;
  if (text == "run-time") {
    alibi.interpolation = AlibiSpec::RunTime;
    return Error::success();
  }
  if (rest.consume_front("dynamic:") && !rest.getAsInteger(10, alibi.trainLen)) {
    alibi.interpolation = AlibiSpec::Dynamic;
    return Error::success();
  }
  if (text.getAsDouble(alibi.factor))
    return invalid(flag, text, "takes a factor, 'run-time' or 'dynamic:TRAIN_LEN'");
  return Error::success();
}

Expected<size_t> parseChoice(StringRef flag, StringRef text, ArrayRef<StringRef> known) {
  const auto *found = llvm::find(known, text);
  if (found == known.end())
    return invalid(flag, text, "unknown; known: " + join(known, ", "));
  return static_cast<size_t>(found - known.begin());
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
    {"bias", [](KernelSpec &s, StringRef n, StringRef t) { return storeChoice(n, t, {"none", "alibi", "t5"}, s.bias); }},
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
    {"alibi-form", [](KernelSpec &s, StringRef n, StringRef t) {
       return storeChoice(n, t, {"causal", "symmetric", "asymmetric", "half", "sqrt"}, s.alibi.form);
     }},
    {"slopes", [](KernelSpec &s, StringRef n, StringRef t) {
       return storeChoice(n, t, {"formula", "operand", "per-batch"}, s.alibi.slopes);
     }},
    {"bias-max", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseReal, s.alibi.biasMax); }},
    {"total-heads", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.alibi.totalHeads); }},
    {"head-offset", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.headOffset); }},
    {"interpolation", [](KernelSpec &s, StringRef n, StringRef t) { return parseInterpolation(n, t, s.alibi); }},
    {"bidirectional", [](KernelSpec &s, StringRef n, StringRef t) { return storeSwitch(n, t, s.t5.bidirectional); }},
    {"t5-buckets", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.t5.numBuckets); }},
    {"t5-max-distance", [](KernelSpec &s, StringRef n, StringRef t) { return store(n, t, parseInteger, s.t5.maxDistance); }},
};
// clang-format on

const FieldEntry *findField(StringRef name) {
  const auto *found = llvm::find_if(fields, [&](const FieldEntry &field) { return field.name == name; });
  return found == std::end(fields) ? nullptr : found;
}

} // namespace

bool isField(StringRef name) { return findField(name) != nullptr; }

Error setField(KernelSpec &spec, StringRef name, StringRef text) {
  const FieldEntry *field = findField(name);
  return field ? field->set(spec, name, text) : invalid(name, text, "there is no such field of a kernel");
}

} // namespace camber
