// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The unfused baseline computes what the reference does: every mask, bias, head grouping and storage, and says what it
// has no pass for.
#include "camber/Harness/Baseline.h"
#include "../Reference/ScoreBuilder.h"
#include "FakeBundle.h"
#include "SoftmaxPass.h"
#include "camber/Harness/Check.h"
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

TEST(SoftmaxPass, AgreesWithLibm) {
  const SoftmaxPass pass = chooseSoftmaxPass();
  for (int64_t keys : {0, 1, 15, 16, 17, 255, 256, 257, 1000}) {
    std::vector<float> scores(keys + kRowPadding), addend(keys + kRowPadding);
    std::vector<double> wanted(keys);
    for (int64_t j = 0; j < keys; ++j) {
      scores[j] = float(20 * std::sin(1.3 * double(j)));
      addend[j] = j % 7 == 3 ? -INFINITY : float(-0.1 * double(j));
      wanted[j] = 5 * std::tanh(0.5 * scores[j] / 5) + addend[j];
    }
    const std::vector<RowStep> steps = {
        {RowStep::Scale, 0.5f, nullptr}, {RowStep::Softcap, 5, nullptr}, {RowStep::Add, 0, addend.data()}};
    double largest = -INFINITY, total = 0;
    for (double score : wanted)
      largest = std::max(largest, score);
    float max = -INFINITY;
    const float sum = pass(scores.data(), keys, steps, max);
    if (keys > 0) {
      EXPECT_NEAR(max, largest, 1e-5) << keys;
    } else {
      EXPECT_EQ(max, -INFINITY);
    }
    for (int64_t j = 0; j < keys; ++j) {
      const double weight = std::exp(wanted[j] - largest);
      EXPECT_NEAR(scores[j], weight, 1e-5) << j << " of " << keys;
      total += weight;
    }
    EXPECT_NEAR(sum, total, 1e-5 * (1 + total)) << keys;
  }
}

TEST(SoftmaxPass, HiddenRows) {
  std::vector<float> scores(3 + kRowPadding, -INFINITY);
  float max = -INFINITY;
  EXPECT_EQ(chooseSoftmaxPass()(scores.data(), 3, {}, max), 0);
  EXPECT_EQ(scores[1], 0);
  scores.assign(scores.size(), -INFINITY);
  max = 2; // a sink's
  EXPECT_EQ(chooseSoftmaxPass()(scores.data(), 3, {}, max), 0);
  EXPECT_EQ(max, 2);
}

class Baseline : public testing::Test {
protected:
  void SetUp() override {
    if (Status status = checkBaselineLibrary(); !status)
      GTEST_SKIP() << status.error();
  }

  /// Compares it with the reference, with one thread and three, and either way of storing biases.
  void expectAgreement(const Kernel &kernel, const Sizes &sizes, const std::string &bias) {
    const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 2);
    const Problem problem = makeProblem(kernel, sizes, inputs);
    Result<Expected> expected = expectedResults(problem, allRows(kernel, sizes), InputSet::Normal, 2);
    ASSERT_TRUE(expected) << expected.error();
    for (BiasStorage storage : {BiasStorage::ByDistance, BiasStorage::Tensor}) {
      auto baseline = UnfusedBaseline::create(problem, storage, 2);
      ASSERT_TRUE(baseline) << baseline.error();
      EXPECT_EQ((*baseline)->biasStorage(), storage == BiasStorage::Tensor && bias != "none" ? "tensor" : bias);
      for (int threads : {1, 3})
        for (int64_t blockRows : {64, 256}) {
          ThreadPool driver(threads);
          ASSERT_TRUE((*baseline)->run(driver, blockRows));
          expectClose(**baseline, *expected);
        }
      ThreadPool driver(2);
      const Result<int64_t> rows = (*baseline)->tune(driver);
      ASSERT_TRUE(rows);
      EXPECT_TRUE(*rows == 64 || *rows == 128 || *rows == 256);
    }
  }
  void expectClose(const UnfusedBaseline &baseline, const Expected &expected) {
    const Comparison comparison = baseline.compareWith(expected);
    EXPECT_TRUE(comparison.passed) << comparison.outputError << " of " << comparison.outputTolerance << ", lse "
                                   << comparison.lseError << " of " << comparison.lseTolerance;
  }
  void expectRefusal(const Kernel &kernel, const Sizes &sizes, const std::string &message) {
    const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 2);
    auto baseline = UnfusedBaseline::create(makeProblem(kernel, sizes, inputs), BiasStorage::Tensor, 2);
    ASSERT_FALSE(baseline);
    EXPECT_NE(baseline.error().find(message), std::string::npos) << baseline.error();
  }

  static Operand operand(const char *name, Role role, Element element, std::vector<Dim> dims) {
    return {name, role, element, std::move(dims)};
  }
  static Dim fixed(int64_t size) { return {Dim::Fixed, size}; }
  static int64_t alibi(ScoreBuilder &b, int64_t score, const std::string &form, std::vector<std::string> params = {}) {
    Attributes attrs;
    for (const std::string &name : params)
      attrs[name] = name;
    return b.node("attn.alibi" + (form.empty() ? "" : "_" + form), {score, b.head, b.query, b.key}, attrs, params);
  }
  static constexpr Dim kBatch{Dim::Batch, 0}, kQueries{Dim::QLen, 0}, kKeys{Dim::KvLen, 0};
};

TEST_F(Baseline, Sizes) {
  const Kernel kernel = plainKernel(3, 3, 24);
  for (const Sizes &sizes : {Sizes{1, 1, 1}, {2, 300, 17}, {1, 64, 300}, {3, 65, 129}, {1, 1, 500}})
    expectAgreement(kernel, sizes, "none");
}

TEST_F(Baseline, SharedKeys) {
  Kernel kernel = plainKernel(12, 2, 16);
  kernel.masks = {{"attn.causal", {}}};
  // Few rows per head, so that several heads are one block; a part of the heads left over; many rows.
  for (const Sizes &sizes : {Sizes{2, 1, 90}, {1, 7, 90}, {1, 40, 90}, {2, 150, 150}})
    expectAgreement(kernel, sizes, "none");
}

TEST_F(Baseline, Masks) {
  const std::vector<std::vector<Mask>> masks = {{{"attn.causal", {}}},
                                                {{"attn.window", {{"left", int64_t(20)}, {"right", int64_t(3)}}}},
                                                {{"attn.prefix", {{"length", int64_t(30)}}}}};
  for (const std::vector<Mask> &mask : masks)
    for (const Sizes &sizes : {Sizes{2, 70, 100}, {1, 100, 70}}) {
      Kernel kernel = plainKernel(2, 1, 16);
      kernel.masks = mask;
      expectAgreement(kernel, sizes, "none");
      kernel.operands.push_back(operand("key_begin", Role::KeyBegin, Element::I32, {kBatch}));
      kernel.operands.push_back(operand("key_end", Role::KeyEnd, Element::I32, {kBatch}));
      expectAgreement(kernel, {3, sizes.qLen, sizes.kvLen}, "none"); // whole, partial, empty ranges
    }
}

TEST_F(Baseline, MasksWithHoles) {
  Kernel kernel = plainKernel(2, 2, 16);
  kernel.masks = {{"attn.segments", {}}};
  kernel.operands.push_back(operand("query_segment", Role::QuerySegment, Element::I32, {kBatch, kQueries}));
  kernel.operands.push_back(operand("key_segment", Role::KeySegment, Element::I32, {kBatch, kKeys}));
  const Sizes sizes{1, 40, 40};
  expectAgreement(kernel, sizes, "none"); // generated segments are in one piece each
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 2);
  for (int64_t i = 0; i < 40; ++i) {
    inputs["query_segment"].set(i, double(i % 2));
    inputs["key_segment"].set(i, double(i % 3));
  }
  const Problem problem = makeProblem(kernel, sizes, inputs);
  Result<Expected> expected = expectedResults(problem, allRows(kernel, sizes), std::nullopt, 2);
  ASSERT_TRUE(expected) << expected.error();
  auto baseline = UnfusedBaseline::create(problem, BiasStorage::ByDistance, 2);
  ASSERT_TRUE(baseline) << baseline.error();
  EXPECT_STREQ((*baseline)->biasStorage(), "tensor");
  ThreadPool driver(1);
  ASSERT_TRUE((*baseline)->run(driver));
  expectClose(**baseline, *expected);
}

TEST_F(Baseline, Biases) {
  for (const char *form : {"", "symmetric", "sqrt", "half"})
    for (bool runTime : {false, true}) {
      Kernel kernel = plainKernel(4, 2, 16);
      ScoreBuilder b(kernel);
      alibi(b, b.node("attn.scale", {b.score}, {{"factor", 0.25}}), form);
      if (runTime) {
        kernel.offsetPositions = true;
        kernel.operands.push_back(operand("query_offset", Role::QueryOffset, Element::I32, {kBatch}));
        kernel.operands.push_back(operand("key_offset", Role::KeyOffset, Element::I32, {kBatch}));
      }
      expectAgreement(kernel, {2, 70, 90}, "by distance");
    }
  Kernel kernel = plainKernel(4, 2, 16);
  kernel.operands.push_back(operand("slopes", Role::Parameter, Element::F32, {kBatch, fixed(4)}));
  ScoreBuilder slopes(kernel);
  alibi(slopes, slopes.score, "", {"slopes"});
  expectAgreement(kernel, {2, 70, 90}, "by distance");
  for (int64_t bidirectional : {0, 1}) {
    Kernel t5 = plainKernel(4, 4, 16);
    t5.operands.push_back(operand("table", Role::Parameter, Element::F32, {fixed(32), fixed(4)}));
    ScoreBuilder b(t5);
    b.node("attn.t5", {b.score, b.head, b.query, b.key},
           {{"table", "table"}, {"bidirectional", bidirectional}, {"max_distance", int64_t(128)}}, {"table"});
    expectAgreement(t5, {1, 200, 220}, "by distance");
  }
}

TEST_F(Baseline, OrderedModifiersAndSink) {
  Kernel kernel = plainKernel(4, 4, 16);
  kernel.operands.push_back(operand("sink", Role::Sink, Element::F32, {fixed(4)}));
  kernel.masks = {{"attn.causal", {}}};
  ScoreBuilder b(kernel);
  const int64_t biased = alibi(b, b.node("attn.softcap", {b.score}, {{"cap", 3.0}}), "");
  b.node("attn.scale", {biased}, {{"factor", 0.7}});
  expectAgreement(kernel, {1, 60, 50}, "by distance");
}

TEST_F(Baseline, StorageIsWidened) {
  for (Element element : {Element::F16, Element::BF16}) {
    Kernel kernel = plainKernel(2, 1, 16);
    kernel.storage = element;
    for (Operand &op : kernel.operands)
      if (op.role != Role::Lse)
        op.element = element;
    expectAgreement(kernel, {1, 70, 90}, "none");
  }
}

TEST_F(Baseline, WhatItHasNot) {
  Kernel kernel = plainKernel(2, 2, 16);
  ScoreBuilder b(kernel);
  b.mul(b.score, b.constant(2));
  expectRefusal(kernel, {1, 5, 5}, "no arithmetic of the user's");
  Kernel moved = plainKernel(2, 2, 16);
  ScoreBuilder m(moved);
  const int64_t position = m.integer("arith.addi", {m.query, m.query});
  m.node("attn.alibi", {m.score, m.head, position, m.key}, {});
  expectRefusal(moved, {1, 5, 5}, "no bias at computed positions");
  expectRefusal(plainKernel(2, 2, 16), {1, 0, 5}, "needs a problem that is not empty");
  Kernel large = plainKernel(64, 1, 4);
  ScoreBuilder l(large);
  alibi(l, l.score, "");
  expectRefusal(large, {1, 8000, 8000}, "bias tensor takes 15.3 GiB, more than ");
}

TEST_F(Baseline, CheckReportsIt) {
  const std::string directory = temporaryDirectory();
  writeFakeBundle(directory, "NONE");
  CheckOptions options;
  options.bundle = directory;
  options.bench = options.json = true;
  options.benchSeconds = 0;
  options.inputs = "normal";
  for (const char *name : {"unfused", "materialised"}) {
    options.baseline = name;
    testing::internal::CaptureStdout();
    const int status = runCheck(options);
    const Json report = Json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(status, kPassed);
    for (const auto &[key, value] : report["baseline"].items())
      EXPECT_FALSE(value.is_null()) << key;
    EXPECT_EQ(report["baseline"]["name"], name);
    EXPECT_GT(report["baseline"]["time_ratio"], 0);
    EXPECT_EQ(report["baseline"]["seconds"].size(), report["seconds"].size());
  }
  options.baseline = "naive";
  testing::internal::CaptureStderr();
  EXPECT_EQ(runCheck(options), kBadInput);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("unknown baseline 'naive'; known are unfused, materialised"),
            std::string::npos);
  std::filesystem::remove_all(directory);
}

TEST(BaselineLibrary, Missing) {
  const char *before = std::getenv("CAMBER_OPENBLAS");
  const std::string kept = before ? before : "";
  setenv("CAMBER_OPENBLAS", "/no/such/library.so", 1);
  const Status missing = checkBaselineLibrary();
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("needs OpenBLAS: /no/such/library.so: cannot open"), std::string::npos)
      << missing.error();
  EXPECT_NE(missing.error().find("install OpenBLAS (Debian: libopenblas0-pthread)"), std::string::npos);
  setenv("CAMBER_OPENBLAS", "libm.so.6", 1);
  const Status other = checkBaselineLibrary();
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().find("libm.so.6 is another library"), std::string::npos) << other.error();
  before ? setenv("CAMBER_OPENBLAS", kept.c_str(), 1) : unsetenv("CAMBER_OPENBLAS");
}

} // namespace
