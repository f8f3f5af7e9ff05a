// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flag values, defaults of a specification, and every refusal in the words of the flags.
#include "SetFields.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>

using namespace camber;
using test::setFields;

namespace {

std::string messageOf(llvm::Error error) { return llvm::toString(std::move(error)); }

KernelSpec valid(const char *bias = "none") {
  KernelSpec spec;
  spec.bias = bias;
  spec.heads = 8;
  spec.kvHeads = 2;
  spec.headDim = 64;
  return spec;
}

/// Why the specification is refused after `edit`; empty where it is not.
std::string refusal(KernelSpec spec, const std::function<void(KernelSpec &)> &edit) {
  edit(spec);
  return messageOf(validateSpec(spec));
}

} // namespace

TEST(KernelSpec, DefaultsOfScaleAndOrder) {
  KernelSpec spec = valid("alibi");
  EXPECT_EQ(spec.effectiveScale(), 0.125);
  EXPECT_EQ(spec.effectiveOrder(), (std::vector{KernelSpec::Scale, KernelSpec::PositionBias}));
  spec.bias = "t5";
  EXPECT_EQ(spec.effectiveScale(), std::nullopt);
  EXPECT_EQ(spec.effectiveOrder(), std::vector{KernelSpec::PositionBias});
  spec.bias = "none";
  spec.softcap = 30.0;
  EXPECT_EQ(spec.effectiveOrder(), (std::vector{KernelSpec::Scale, KernelSpec::Softcap}));
}

TEST(KernelSpec, DefaultNameIsASymbol) {
  KernelSpec spec = valid("alibi");
  spec.causal = true;
  EXPECT_EQ(spec.defaultName(), "alibi_h8_kv2_d64_f32_causal");
  EXPECT_EQ(messageOf(validateKernelName(spec.defaultName())), "");
}

TEST(KernelSpec, ValidOnes) {
  for (const char *bias : {"none", "alibi", "t5"})
    EXPECT_EQ(messageOf(validateSpec(valid(bias))), "");
  EXPECT_EQ(refusal(valid("alibi"),
                    [](KernelSpec &s) {
                      s.softcap = 30.0;
                      s.order = {KernelSpec::PositionBias, KernelSpec::Softcap, KernelSpec::Scale};
                    }),
            "");
  EXPECT_EQ(refusal(valid(), [](KernelSpec &s) { s.window = WindowSpec{-4, 6}; }), "");
}

TEST(KernelSpec, Refusals) {
  using Edit = std::function<void(KernelSpec &)>;
  const std::pair<Edit, const char *> common[] = {
      {[](KernelSpec &s) { s.storage = "f64"; }, "unknown storage type 'f64'; known: f32, f16, bf16"},
      {[](KernelSpec &s) { s.heads = 0; }, "the number of heads must be at least 1 and at most 65536, not 0"},
      {[](KernelSpec &s) { s.kvHeads = 3; }, "the number of heads, 8, is not a multiple of the number of kv heads, 3"},
      {[](KernelSpec &s) { s.kvHeads = 0; }, "the number of heads, 8, is not a multiple of the number of kv heads, 0"},
      {[](KernelSpec &s) { s.headDim = 0; }, "the head dimension must be at least 1 and at most 4096, not 0"},
      {[](KernelSpec &s) {
         s.qLen = {LengthSpec::Static, 0};
       },
       "the query length is 0; it must be at least 1 and below 2^24 (16777216)"},
      {[](KernelSpec &s) {
         s.kvLen = {LengthSpec::Bounded, 1 << 24};
       },
       "the key length is 16777216; it must be at least 1 and below 2^24 (16777216)"},
      {[](KernelSpec &s) { s.scale = NAN; }, "the scale must be finite"},
      {[](KernelSpec &s) { s.softcap = 0.0; }, "the softcap must be finite and greater than 0"},
      {[](KernelSpec &s) { s.prefix = -1; }, "the prefix length must be at least 0 and below 2^24, not -1"},
      {[](KernelSpec &s) { s.causal = true, s.prefix = 4; },
       "a prefix mask is causal after the prefix already; drop the causal mask"},
      {[](KernelSpec &s) {
         s.window = WindowSpec{-4, 2};
       },
       "the window 4 ≤ distance ≤ 2 holds no distance"},
      {[](KernelSpec &s) { s.headOffset = -1; }, "the head offset must be at least 0 and at most 65536, not -1"},
      {[](KernelSpec &s) {
         s.order = {KernelSpec::Softcap, KernelSpec::Scale};
       },
       "the order names 'softcap', which the kernel does not have"},
      {[](KernelSpec &s) {
         s.order = {KernelSpec::Scale, KernelSpec::Scale};
       },
       "the order names 'scale' twice"},
      {[](KernelSpec &s) { s.keyNorms = true; },
       "norms of keys have no effect without a bias that falls with the distance (alibi)"},
      {[](KernelSpec &s) { s.name = "int"; },
       "'int' cannot name a kernel: it is a C symbol of letters, digits and '_', a letter first, and no keyword"},
  };
  for (const auto &[edit, message] : common)
    EXPECT_EQ(refusal(valid(), edit), message);

  const std::pair<Edit, const char *> alibi[] = {
      {[](KernelSpec &s) {
         setFields(s, {{"bias-max", "inf"}});
       },
       "the ALiBi bias maximum must be finite and greater than 0"},
      {[](KernelSpec &s) {
         setFields(s, {{"interpolation", "0"}});
       },
       "the interpolation factor must be finite and greater than 0"},
      {[](KernelSpec &s) {
         setFields(s, {{"interpolation", "dynamic:0"}});
       },
       "dynamic interpolation needs a training length of at least 1 and below 2^24"},
      {[](KernelSpec &s) {
         setFields(s, {{"alibi-form", "asymmetric"}});
       },
       "asymmetric ALiBi takes its slopes from operands [heads]: slopes, slopes_right and offset"},
      {[](KernelSpec &s) {
         setFields(s, {{"alibi-form", "half"}, {"total-heads", "9"}});
       },
       "half/half ALiBi needs an even total number of heads, not 9"},
      {[](KernelSpec &s) {
         setFields(s, {{"total-heads", "8"}, {"head-offset", "4"}});
       },
       "the total of 8 heads is less than head offset + heads = 12"},
      {[](KernelSpec &s) { s.keyNorms = true, s.skip = false; },
       "norms of keys have no effect where every visible key is computed"},
      {[](KernelSpec &s) { s.softcap = 30.0; },
       "a softcap together with a bias needs an order, e.g. scale,softcap,bias"},
  };
  for (const auto &[edit, message] : alibi)
    EXPECT_EQ(refusal(valid("alibi"), edit), message);

  const std::pair<Edit, const char *> t5[] = {
      {[](KernelSpec &s) {
         setFields(s, {{"t5-buckets", "1"}});
       },
       "T5 needs at least 2 buckets (and at most 256), not 1"},
      {[](KernelSpec &s) {
         setFields(s, {{"bidirectional", "true"}, {"t5-buckets", "5"}});
       },
       "T5 needs an even number of at least 4 buckets (and at most 256), not 5"},
      {[](KernelSpec &s) {
         setFields(s, {{"t5-max-distance", "16"}});
       },
       "the T5 maximum distance must be greater than 16 (the distances with a bucket each) and below 2^24, not 16"},
  };
  for (const auto &[edit, message] : t5)
    EXPECT_EQ(refusal(valid("t5"), edit), message);
}

TEST(ValueParsers, Lengths) {
  auto length = llvm::cantFail(parseLength("q-len", "<=4096"));
  EXPECT_EQ(length.kind, LengthSpec::Bounded);
  EXPECT_EQ(length.value, 4096);
  EXPECT_EQ(llvm::cantFail(parseLength("q-len", "?")).kind, LengthSpec::Dynamic);
  EXPECT_EQ(llvm::cantFail(parseLength("q-len", "7")).kind, LengthSpec::Static);
  for (const char *text : {"", "<=", "7x", "<", "<=?", "99999999999999999999"})
    EXPECT_EQ(messageOf(parseLength("q-len", text).takeError()),
              std::string("--q-len=") + text + ": takes a length: N (exactly), '<=N' (at most) or '?' (any)");
}

TEST(ValueParsers, Windows) {
  WindowSpec window = llvm::cantFail(parseWindow("window", "256,0"));
  EXPECT_EQ(window.left, 256);
  EXPECT_EQ(window.right, 0);
  EXPECT_EQ(llvm::cantFail(parseWindow("window", "inf,3")).left, std::nullopt);
  for (const char *text : {"", "3", "3,", ",3", "3,4,5", "a,b"})
    EXPECT_NE(messageOf(parseWindow("window", text).takeError()), "") << text;
}

TEST(ValueParsers, Interpolation) {
  KernelSpec spec = valid("alibi");
  for (const char *value : {"2.5", "dynamic:2048", "run-time"}) {
    EXPECT_EQ(messageOf(setField(spec, "interpolation", value)), "");
    EXPECT_EQ(messageOf(validateSpec(spec)), "") << value;
  }
  EXPECT_EQ(messageOf(setField(spec, "interpolation", "twice")),
            "--interpolation=twice: takes a factor, 'run-time' or 'dynamic:TRAIN_LEN'");
}

// A field is set in a copy of the bias: specifications that were copied from one another do not share it.
TEST(BiasFields, AreOfOneSpecification) {
  KernelSpec spec = valid("alibi");
  setFields(spec, {{"alibi-form", "symmetric"}});
  KernelSpec copy = spec;
  setFields(copy, {{"alibi-form", "sqrt"}});
  EXPECT_EQ(spec.defaultName(), "alibi_symmetric_h8_kv2_d64_f32");
  EXPECT_EQ(copy.defaultName(), "alibi_sqrt_h8_kv2_d64_f32");
  EXPECT_EQ(valid("alibi").defaultName(), "alibi_h8_kv2_d64_f32");
  // What was said of another bias is kept, and has no effect.
  copy.bias = "t5";
  setFields(copy, {{"bidirectional", "true"}});
  EXPECT_EQ(copy.defaultName(), "t5_bidirectional_h8_kv2_d64_f32");
}

TEST(BiasFields, WithoutEffectAreNamed) {
  KernelSpec spec = valid("t5");
  EXPECT_EQ(messageOf(checkEffect(spec, "alibi-form")), "--alibi-form has no effect without --bias=alibi");
  EXPECT_EQ(messageOf(checkEffect(spec, "t5-buckets")), "");
  EXPECT_EQ(messageOf(checkEffect(spec, "heads")), "");
  EXPECT_EQ(messageOf(checkEffect(valid(), "head-offset")),
            "--head-offset has no effect without --bias=alibi or --bias=t5");
  KernelSpec operand = valid("alibi");
  setFields(operand, {{"slopes", "operand"}, {"total-heads", "8"}});
  EXPECT_EQ(messageOf(checkEffect(operand, "total-heads")),
            "--total-heads has no effect on slopes that are operands (--slopes)");
  setFields(operand, {{"alibi-form", "half"}});
  EXPECT_EQ(messageOf(checkEffect(operand, "total-heads")), "");
  spec.bias = "rope";
  EXPECT_EQ(messageOf(validateSpec(spec)), "there is no bias 'rope'");
}
