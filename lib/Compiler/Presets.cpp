// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads model presets. A preset's kernel is a set of flags, so it is read by what reads flags.
#include "camber/Compiler/Presets.h"
#include "PresetTexts.h"
#include "camber/Compiler/ValueParsers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace camber {
namespace {

/// A value of "kernel" as the text of a flag.
std::optional<std::string> textOf(const json::Value &value) {
  if (std::optional<StringRef> string = value.getAsString())
    return string->str();
  if (std::optional<bool> boolean = value.getAsBoolean())
    return *boolean ? "true" : "false";
  if (std::optional<int64_t> integer = value.getAsInteger())
    return std::to_string(*integer);
  if (std::optional<double> number = value.getAsNumber())
    return formatv("{0}", json::Value(*number)).str();
  return std::nullopt;
}

} // namespace

Expected<Preset> parsePreset(StringRef name, StringRef text) {
  auto failure = [&](const Twine &message) {
    return createStringError(inconvertibleErrorCode(), "preset '" + name + "': " + message);
  };
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return failure(toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  if (!object)
    return failure("is not a JSON object");
  for (const auto &[key, unused] : *object)
    if (!is_contained({"summary", "sources", "kernel"}, key.str()))
      return failure("unknown key \"" + key.str() + "\"; known: summary, sources, kernel");
  Preset preset;
  preset.name = name.str();
  std::optional<StringRef> summary = object->getString("summary");
  if (!summary)
    return failure("needs \"summary\", a string");
  preset.summary = summary->str();
  const json::Object *sources = object->getObject("sources");
  if (!sources)
    return failure("needs \"sources\", an object with a string for each field");
  for (const auto &[key, source] : *sources) {
    if (!isField(key))
      return failure("\"sources\" has the unknown key \"" + key.str() + "\"; keys are those of \"kernel\"");
    std::optional<StringRef> string = source.getAsString();
    if (!string || string->trim().empty())
      return failure("\"sources\" must say in words where \"" + key.str() + "\" is from");
    preset.sources[key.str()] = string->str();
  }
  const json::Object *kernel = object->getObject("kernel");
  if (!kernel)
    return failure("needs \"kernel\", an object");
  for (const auto &[key, field] : *kernel) {
    if (!isField(key))
      return failure("\"kernel\" has the unknown key \"" + key.str() + "\"; keys are flags of camber-compile");
    std::optional<std::string> fieldText = textOf(field);
    if (!fieldText)
      return failure("\"" + key.str() + "\" must be a string, a number or a truth value");
    if (Error error = setField(preset.spec, key, *fieldText))
      return failure(toString(std::move(error)));
  }
  for (const auto &[key, unused] : *kernel)
    if (Error error = checkEffect(preset.spec, key))
      return failure(toString(std::move(error)));
  std::vector<StringRef> facts = {"heads", "kv-heads", "head-dim", "bias", "scale"};
  for (const auto &[key, unused] : *kernel)
    facts.push_back(key);
  for (StringRef fact : facts)
    if (!preset.sources.count(fact.str()))
      return failure("\"sources\" does not say where \"" + fact + "\" is from");
  if (!kernel->get("kv-heads"))
    preset.spec.kvHeads = preset.spec.heads;
  if (Error error = validateSpec(preset.spec))
    return failure(toString(std::move(error)));
  return preset;
}

const std::vector<Preset> &getPresets() {
  static const std::vector<Preset> presets = [] {
    std::vector<Preset> all;
    for (const PresetText *text = presetTexts; text->name; ++text)
      all.push_back(cantFail(parsePreset(text->name, text->json))); // a unit test reads each of them
    return all;
  }();
  return presets;
}

Error applyPreset(StringRef name, KernelSpec &spec) {
  const std::vector<Preset> &presets = getPresets();
  auto found = find_if(presets, [&](const Preset &preset) { return preset.name == name; });
  if (found != presets.end()) {
    spec = found->spec;
    return Error::success();
  }
  std::string known;
  for (const Preset &preset : presets)
    known += (known.empty() ? "" : ", ") + preset.name;
  return createStringError(inconvertibleErrorCode(), "unknown model '" + name + "'; known: " + known);
}

} // namespace camber
