// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parsers of flag values. Numbers are parsed in full: "12abc" is no number.
#include "ValueParsers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace camber::tools {
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
    return LengthSpec{LengthSpec::Any, 0};
  StringRef number = text;
  LengthSpec length;
  length.kind = number.consume_front("<=") ? LengthSpec::AtMost : LengthSpec::Exact;
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

} // namespace camber::tools
