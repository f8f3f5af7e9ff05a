// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a check must not call passed: rows that are NaN, rows that rounding decides, tolerances that pass everything.
#include "../Reference/ScoreBuilder.h"
#include "CheckRun.h"
#include "camber/Harness/InputSets.h"
#include "camber/Harness/Tolerance.h"
#include "camber/Reference/Parts.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

/// What a kernel without errors would store, where `expected` is of all rows.
std::map<std::string, Tensor> exactOutputs(const Kernel &kernel, const Sizes &sizes, const Expected &expected) {
  std::map<std::string, Tensor> outputs;
  for (auto [role, values] : {std::pair(Role::Output, &expected.exact.o), {Role::Lse, &expected.exact.lse}}) {
    const Operand &operand = *kernel.find(role);
    Tensor &tensor = outputs[operand.name] = Tensor(operand.element, operand.shape(sizes));
    for (int64_t i = 0; i < tensor.size(); ++i)
      tensor.set(i, (*values)[i]);
  }
  return outputs;
}

Kernel causalKernel(Element storage = Element::F32) {
  Kernel kernel = plainKernel(1, 1, 4);
  kernel.storage = storage;
  for (Operand &operand : kernel.operands)
    if (operand.role <= Role::Output)
      operand.element = storage;
  kernel.masks = {{"attn.causal", {}}};
  return kernel;
}

Expected expectedOf(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs) {
  Result<Expected> expected =
      expectedResults(makeProblem(kernel, sizes, inputs), allRows(kernel, sizes), InputSet::Normal, 1);
  EXPECT_TRUE(expected) << expected.error();
  return *expected;
}

TEST(Doubts, RowsThatAreNaNAlthoughNoInputIs) {
  Kernel kernel = causalKernel();
  ScoreBuilder b(kernel);
  b.add(0, b.unary("math.log", b.add(b.toReal(b.distance()), b.constant(3)))); // NaN from distance -4
  kernel.scores[3].location = "body.mlir:12:10";
  ASSERT_EQ(kernel.scores[3].op, "arith.addf");
  kernel.scores[4].location = "body.mlir:13:10";
  const Sizes sizes{1, 16, 16};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  const Expected expected = expectedOf(kernel, sizes, inputs);
  ASSERT_EQ(expected.doubts.size(), 1u);
  EXPECT_EQ(expected.doubts[0].kind, Doubt::NaNRows);
  EXPECT_NE(
      expected.doubts[0].text.find("12 of 16 rows are NaN although no input is: 'math.log' (body.mlir:13:10) gives "
                                   "NaN of -1 at batch 0 head 0 query 4 key 0"),
      std::string::npos)
      << expected.doubts[0].text;
  EXPECT_TRUE(expected.notes.empty());
  // Rows that are numbers are compared, with a tolerance of their own.
  std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, expected);
  Comparison comparison = compare(kernel, sizes, expected, outputs);
  EXPECT_TRUE(comparison.passed);
  EXPECT_EQ(comparison.rows, 4);
  outputs["o"].set(2 * 4, outputs["o"].get(2 * 4) + 1e-3);
  EXPECT_FALSE(compare(kernel, sizes, expected, outputs).passed);
}

TEST(Doubts, RowsThatAreNaNBecauseAnInputIs) {
  const Kernel kernel = causalKernel();
  const Sizes sizes{1, 16, 16};
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  inputs["k"].set(10 * 4 + 1, NAN);
  const Expected expected = expectedOf(kernel, sizes, inputs);
  EXPECT_TRUE(expected.doubts.empty());
  ASSERT_EQ(expected.notes.size(), 1u);
  EXPECT_EQ(expected.notes[0],
            "6 of 16 rows are NaN, as it should be: 'k' holds 1 number that is not finite (nan at [0, 0, 10, 1])");
  EXPECT_EQ(compare(kernel, sizes, expected, exactOutputs(kernel, sizes, expected)).rows, 16);
}

TEST(Doubts, ANaNInputDoesNotExcuseTheBody) {
  Kernel kernel = causalKernel();
  ScoreBuilder b(kernel);
  b.add(0, b.unary("math.log", b.add(b.toReal(b.distance()), b.constant(3))));
  const Sizes sizes{1, 16, 16};
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  inputs["q"].set(0, INFINITY); // query 0, which sees key 0 alone
  const Expected expected = expectedOf(kernel, sizes, inputs);
  ASSERT_EQ(expected.doubts.size(), 1u);
  EXPECT_EQ(expected.doubts[0].text.rfind("12 of 16 rows are NaN although no input is", 0), 0u)
      << expected.doubts[0].text;
}

TEST(Doubts, RowsThatRoundingDecides) {
  Kernel kernel = causalKernel();
  ScoreBuilder b(kernel);
  const auto l = b.unary("math.log", b.add(b.absDistance(), b.constant(1)));
  const auto bucket = b.integer("arith.fptosi", {b.mul(l, b.constant(3 / std::log(2.0)))});
  kernel.scores.back().location = "t5.mlir:19:15";
  b.add(0, b.mul(b.toReal(bucket), b.constant(2)));
  const Sizes sizes{1, 16, 16};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  Expected expected = expectedOf(kernel, sizes, inputs);
  ASSERT_EQ(expected.doubts.size(), 1u);
  EXPECT_EQ(expected.doubts[0].kind, Doubt::Branches);
  for (const char *part :
       {"15 of 16 rows are not verified, because rounding decides them: 'arith.fptosi' (t5.mlir:19:15) of ",
        " in float64 and may give ", "at batch 0 head 0 query 1 key 0; keep thresholds away"})
    EXPECT_NE(expected.doubts[0].text.find(part), std::string::npos) << expected.doubts[0].text;
  EXPECT_LT(expected.outputTolerance, 1e-5) << "the other rows have a tolerance as if there were no threshold";
  EXPECT_EQ(compare(kernel, sizes, expected, exactOutputs(kernel, sizes, expected)).rows, 1);
  // Who says what error is acceptable has every row compared with it.
  expected.replaceBars(0.5);
  EXPECT_TRUE(expected.doubts.empty());
  EXPECT_EQ(compare(kernel, sizes, expected, exactOutputs(kernel, sizes, expected)).rows, 16);
}

TEST(Doubts, ABarAsLargeAsTheOutputs) {
  Kernel kernel = causalKernel();
  ScoreBuilder b(kernel);
  b.mul(0, b.constant(1e9));
  const Sizes sizes{1, 16, 16};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  Expected expected = expectedOf(kernel, sizes, inputs);
  ASSERT_EQ(expected.doubts.size(), 1u);
  EXPECT_EQ(expected.doubts[0].kind, Doubt::Meaningless);
  EXPECT_NE(expected.doubts[0].text.find("float32 cannot tell a right result from a wrong one"), std::string::npos)
      << expected.doubts[0].text;
  expected.replaceBars(1e-3);
  EXPECT_TRUE(expected.doubts.empty());
}

TEST(Doubts, AKeyWithInfiniteValuesMayBeSkipped) {
  // All of v at key 0, which every row sees: no element of the reference's o is finite, and the tolerance of f16 and
  // bf16 must come from what a kernel that skips the key computes.
  for (Element storage : {Element::F32, Element::F16, Element::BF16}) {
    Kernel kernel = causalKernel(storage);
    kernel.skips = true;
    ScoreBuilder b(kernel);
    b.add(0, b.mul(b.toReal(b.distance()), b.constant(4)));
    const Sizes sizes{1, 16, 16};
    Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
    for (int64_t d = 0; d < 4; ++d)
      inputs["v"].set(d, INFINITY);
    const Expected expected = expectedOf(kernel, sizes, inputs);
    std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, expected);
    ASSERT_FALSE(expected.finiteOutput.empty());
    for (int64_t i = 8 * 4; i < 16 * 4; ++i) // rows at a distance of 8 and more: weights below e^-32
      outputs["o"].set(i, expected.finiteOutput[i]);
    EXPECT_TRUE(compare(kernel, sizes, expected, outputs).passed) << elementName(storage);
    outputs["o"].set(15 * 4, expected.finiteOutput[15 * 4] + 0.25);
    EXPECT_FALSE(compare(kernel, sizes, expected, outputs).passed) << elementName(storage);
    outputs["o"].set(15 * 4, expected.finiteOutput[15 * 4]);
    outputs["o"].set(1 * 4, expected.finiteOutput[1 * 4] + 1); // a key whose weight counts
    EXPECT_FALSE(compare(kernel, sizes, expected, outputs).passed) << elementName(storage);
  }
}

TEST(Doubts, AValueThatIsNotSeenIsSaidWhereItReachesARow) {
  const Kernel kernel = causalKernel();
  const Sizes sizes{1, 16, 16};
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  inputs["v"].set(12 * 4 + 1, NAN);
  Expected expected = expectedOf(kernel, sizes, inputs);
  std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, expected);
  outputs["o"].set(3 * 4 + 1, NAN);
  Comparison comparison = compare(kernel, sizes, expected, outputs);
  EXPECT_TRUE(comparison.passed);
  EXPECT_EQ(comparison.reachedRows, 1);
  outputs["o"].set(4 * 4 + 1, NAN);
  expected.valuesStayHidden = true;
  comparison = compare(kernel, sizes, expected, outputs);
  EXPECT_FALSE(comparison.passed);
  EXPECT_NE(comparison.worst.find("o at batch 0 head 0 query 3 dim 1 is nan, should be "), std::string::npos);
  EXPECT_NE(comparison.worst.find("; 2 rows are NaN or infinite that should not be"), std::string::npos)
      << comparison.worst;
}

TEST(HiddenInputs, AreWhereSomeRowDoesNotSeeThem) {
  Kernel kernel = plainKernel(2, 1, 4);
  kernel.masks = {{"attn.window", {{"left", int64_t(9)}, {"right", int64_t(0)}}}};
  const Sizes sizes{2, 64, 64};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Hidden, 1, 1);
  auto keysOf = [&](const char *name) {
    std::vector<int64_t> keys;
    for (int64_t i = 0; i < inputs.at(name).size(); ++i)
      if (!std::isfinite(inputs.at(name).get(i)))
        keys.push_back(i / 4);
    return keys;
  };
  EXPECT_EQ(keysOf("q"), std::vector<int64_t>{});
  EXPECT_EQ(keysOf("k").size(), 2u) << "one in each batch";
  EXPECT_EQ(keysOf("v").size(), 4u);
  const Expected expected = [&] {
    Result<Expected> result =
        expectedResults(makeProblem(kernel, sizes, inputs), allRows(kernel, sizes), InputSet::Hidden, 1);
    EXPECT_TRUE(result);
    return *result;
  }();
  EXPECT_TRUE(expected.valuesStayHidden);
  EXPECT_TRUE(expected.doubts.empty());
  EXPECT_EQ(std::count_if(expected.exact.lse.begin(), expected.exact.lse.end(), [](double x) { return std::isnan(x); }),
            2 * 2 * 10)
      << "a key of a window of 10 is seen by 10 rows of each head";
  // Nothing is planted where every row sees every key, and nothing outside of the key range.
  Kernel full = plainKernel(2, 1, 4);
  const Inputs plain = generateInputs(full, sizes, InputSet::Hidden, 1, 1);
  EXPECT_EQ(plain.at("v").bytes, generateInputs(full, sizes, InputSet::Normal, 1, 1).at("v").bytes);
}

class DoubtRun : public CheckRun {};

TEST_F(DoubtRun, NaNIsUnverifiedAndSaysWhy) {
  writeFakeBundle(options.bundle, "NONE", [](Json &manifest) {
    Json &score = manifest["kernels"][0]["score"];
    score["nodes"].push_back({{"op", "arith.constant"}, {"args", Json::array()}, {"attrs", {{"value", -2.0}}}});
    score["nodes"].push_back({{"op", "math.log"}, {"args", {6}}});
    score["nodes"].push_back({{"op", "arith.addf"}, {"args", {5, 7}}});
    score["locations"] = {"", "", "body.mlir:4:10", ""};
    score["result"] = 8;
  });
  options.inputs = "normal";
  options.batch = 1, options.qLen = 3, options.kvLen = 5;
  EXPECT_EQ(run(), kFailed);
  const Json report = Json::parse(out);
  EXPECT_EQ(report["outcome"], "unverified");
  EXPECT_EQ(report["passed"], false);
  EXPECT_EQ(report["rows_checked"], 0);
  EXPECT_EQ(report["rows_total"], 6);
  EXPECT_TRUE(report["max_abs_error"].is_null()) << "nothing was compared";
  EXPECT_NE(err.find("fake: unverified: [inputs normal] 6 of 6 rows are NaN although no input is: 'math.log' "
                     "(body.mlir:4:10) gives NaN of -2"),
            std::string::npos)
      << err;
}

TEST_F(DoubtRun, HiddenInputsOnlyByName) {
  writeFakeBundle(options.bundle, "NONE");
  options.batch = 1, options.qLen = 20, options.kvLen = 20;
  options.inputs = "all";
  EXPECT_EQ(run(), kPassed) << err;
  EXPECT_EQ(Json::parse(out)["notes"], Json::array());
  options.inputs = "hidden";
  EXPECT_EQ(run(), kPassed) << err;
  EXPECT_NE(err.find("fake: note: [inputs hidden] "), std::string::npos) << err;
  EXPECT_NE(err.find(" rows are NaN, as it should be: 'k' holds 1 number that is not finite (nan at "),
            std::string::npos)
      << err;
  writeFakeBundle(options.bundle, "HIDDEN_VALUES");
  EXPECT_EQ(run(), kFailed);
  EXPECT_NE(err.find("nan, should be "), std::string::npos) << err;
}

} // namespace
