// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Model presets: the files that are built in, and what a broken one is told.
#include "camber/Compiler/Presets.h"
#include "PresetTexts.h"
#include "gtest/gtest.h"

using namespace camber;

static std::string refusal(const char *json) {
  llvm::Expected<Preset> preset = parsePreset("m", json);
  return preset ? "" : llvm::toString(preset.takeError());
}

TEST(Presets, EveryFileIsValid) {
  for (const PresetText *text = presetTexts; text->name; ++text) {
    llvm::Expected<Preset> preset = parsePreset(text->name, text->json);
    ASSERT_TRUE(bool(preset)) << llvm::toString(preset.takeError());
    EXPECT_FALSE(preset->summary.empty());
  }
  EXPECT_GE(getPresets().size(), 12u);
}

TEST(Presets, EveryFactHasASource) {
  for (const Preset &preset : getPresets()) {
    for (const char *field : {"heads", "kv-heads", "head-dim", "bias", "scale", "q-len", "kv-len"})
      EXPECT_EQ(preset.sources.count(field), 1u) << preset.name << ": " << field;
    EXPECT_EQ(preset.sources.count("causal"), preset.spec.causal) << preset.name;
    EXPECT_EQ(preset.sources.count("t5-max-distance"), preset.spec.bias == "t5") << preset.name;
    for (const auto &[field, source] : preset.sources) {
      llvm::StringRef text = source;
      bool found = text.contains("arXiv:") || text.contains("https://") || text.contains(".py");
      EXPECT_TRUE(found || text == "self-attention: as q-len") << preset.name << ": " << field << ": " << source;
    }
  }
}

TEST(Presets, FactsOfModels) {
  KernelSpec spec;
  ASSERT_FALSE(bool(applyPreset("bloom-176b", spec)));
  EXPECT_EQ(spec.heads, 112);
  EXPECT_EQ(spec.kvHeads, 112);
  EXPECT_EQ(spec.headDim, 128);
  EXPECT_EQ(spec.bias, "alibi");
  ASSERT_FALSE(bool(applyPreset("t5-base-encoder", spec)));
  EXPECT_EQ(spec.getBias()->getVariant(), "_bidirectional");
  EXPECT_FALSE(spec.causal);
  EXPECT_EQ(spec.effectiveScale(), std::nullopt);
  ASSERT_FALSE(bool(applyPreset("falcon-rw-1b", spec)));
  EXPECT_EQ(spec.effectiveOrder(), (std::vector<KernelSpec::Modifier>{KernelSpec::PositionBias, KernelSpec::Scale}));
  ASSERT_FALSE(bool(applyPreset("mpt-30b", spec)));
  EXPECT_EQ(spec.headDim, 112);
}

TEST(Presets, MistakesAreNamed) {
  const std::pair<const char *, const char *> cases[] = {
      {"{", "preset 'm': [1:1, byte=1]: Expected object key"},
      {"[]", "preset 'm': is not a JSON object"},
      {R"({"sumary": ""})", "preset 'm': unknown key \"sumary\"; known: summary, sources, kernel"},
      {"{}", "preset 'm': needs \"summary\", a string"},
      {R"({"summary": "s"})", "preset 'm': needs \"sources\", an object with a string for each field"},
      {R"({"summary": "s", "sources": ["x"]})",
       "preset 'm': needs \"sources\", an object with a string for each field"},
      {R"({"summary": "s", "sources": {"head": "x"}})",
       "preset 'm': \"sources\" has the unknown key \"head\"; keys are those of \"kernel\""},
      {R"({"summary": "s", "sources": {"heads": " "}})",
       "preset 'm': \"sources\" must say in words where \"heads\" is from"},
      {R"({"summary": "s", "sources": {}})", "preset 'm': needs \"kernel\", an object"},
      {R"({"summary": "s", "sources": {}, "kernel": {"head": 3}})",
       "preset 'm': \"kernel\" has the unknown key \"head\"; keys are flags of camber-compile"},
      {R"({"summary": "s", "sources": {}, "kernel": {"heads": []}})",
       "preset 'm': \"heads\" must be a string, a number or a truth value"},
      {R"({"summary": "s", "sources": {}, "kernel": {"heads": "many"}})", "preset 'm': --heads=many: takes an integer"},
      {R"({"summary": "s", "sources": {}, "kernel": {"bias": "rope"}})",
       "preset 'm': --bias=rope: unknown; known: none, alibi, t5"},
      {R"({"summary": "s", "sources": {}, "kernel": {"heads": 3, "bias": "t5", "alibi-form": "sqrt"}})",
       "preset 'm': --alibi-form has no effect without --bias=alibi"},
      {R"({"summary": "s", "sources": {}, "kernel": {"heads": 3}})",
       "preset 'm': \"sources\" does not say where \"heads\" is from"},
      {R"({"summary": "s", "sources": {"heads": "x", "kv-heads": "x", "head-dim": "x", "bias": "x"}, "kernel": {}})",
       "preset 'm': \"sources\" does not say where \"scale\" is from"},
      {R"({"summary": "s", "sources": {"heads": "x", "kv-heads": "x", "head-dim": "x", "bias": "x", "scale": "x"},
           "kernel": {"causal": true}})",
       "preset 'm': \"sources\" does not say where \"causal\" is from"},
      {R"({"summary": "s",
           "sources": {"heads": "x", "kv-heads": "x", "head-dim": "x", "bias": "x", "scale": "x", "q-len": "x"},
           "kernel": {"heads": 2, "head-dim": 64, "q-len": 0}})",
       "preset 'm': the query length is 0; it must be at least 1 and below 2^24 (16777216)"},
  };
  for (const auto &[json, message] : cases)
    EXPECT_EQ(refusal(json), message) << json;
}

TEST(Presets, UnknownNameListsThem) {
  KernelSpec spec;
  std::string message = llvm::toString(applyPreset("bloom", spec));
  EXPECT_NE(message.find("unknown model 'bloom'; known: bloom-176b, bloom-560m"), std::string::npos) << message;
}
