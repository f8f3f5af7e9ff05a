// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reference against answers worked out by another program: every case of test/conformance, and its two tables.
#include "AlibiSlopes.h"
#include "ConformanceCase.h"
#include "ScoreBuilder.h"
#include "T5Buckets.h"
#include "camber/Harness/Tolerance.h"
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace camber;
using namespace camber::test;

namespace {

class Conformance : public testing::TestWithParam<std::string> {};

/// The cases have formula slopes in float64; by dialects/Attn/Semantics.md they are rounded once to float32, which
/// shows where the number of heads is no power of two.
double slopeRounding(const Kernel &kernel) {
  for (const ScoreNode &node : kernel.scores)
    if (node.op.rfind("attn.alibi", 0) == 0 && !node.attrs.count("slopes"))
      for (double slope : alibiSlopes(integerAttribute(node.attrs, "heads").value_or(kernel.heads)))
        if (slope != static_cast<float>(slope))
          return 1e-7;
  return 0;
}

/// max|x|, at least 1: outliers make large outputs.
double magnitude(const std::vector<double> &values) {
  double largest = 1;
  for (double value : values)
    if (std::isfinite(value))
      largest = std::max(largest, std::abs(value));
  return largest;
}

double largestDifference(const std::vector<double> &a, const std::vector<double> &b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, harness::difference(a[i], b[i]));
  return largest;
}

TEST_P(Conformance, Reference) {
  const ConformanceCase c = loadConformanceCase(GetParam());
  const Problem problem = harness::makeProblem(c.kernel, c.sizes, c.inputs);
  const std::vector<Row> rows = allRows(c.kernel, c.sizes);
  Result<RowResults> results = evaluate(problem, rows, Arithmetic::Float64, 2);
  ASSERT_TRUE(results) << results.error();
  EXPECT_LE(largestDifference(results->o, c.o.values), 1e-12 * magnitude(c.o.values) + slopeRounding(c.kernel));
  EXPECT_LE(largestDifference(results->lse, c.lse.values), 1e-12 + slopeRounding(c.kernel));
}

TEST_P(Conformance, Unfused) {
  const ConformanceCase c = loadConformanceCase(GetParam());
  const Problem problem = harness::makeProblem(c.kernel, c.sizes, c.inputs);
  Result<RowResults> results = evaluate(problem, allRows(c.kernel, c.sizes), Arithmetic::Unfused32, 2);
  ASSERT_TRUE(results) << results.error();
  EXPECT_LE(largestDifference(results->o, c.o.values), 1e-4 * magnitude(c.o.values));
  EXPECT_LE(largestDifference(results->lse, c.lse.values), 1e-4 * magnitude(c.lse.values));
}

INSTANTIATE_TEST_SUITE_P(Cases, Conformance, testing::ValuesIn(conformanceNames()),
                         [](const auto &info) { return info.param; });

/// The gates of this case have a number per token. By index they are the same wherever the tokens stand.
TEST(Indices, CountRowsOfTheTensors) {
  ConformanceCase c = loadConformanceCase("separable_gates");
  c.kernel.scores.clear();
  ScoreBuilder b(c.kernel);
  const auto query = b.integer("attn.query_index", {}), key = b.integer("attn.key_index", {});
  const auto scaled = b.node("attn.scale", {b.score}, {{"factor", 0.25}});
  b.add(scaled, b.sub(b.lookup("query_gate", {b.batch, b.head, query}), b.lookup("key_gate", {b.batch, b.head, key})));
  // The distances of the case, and positions that are far from the indices.
  c.kernel.offsetPositions = true;
  const std::tuple<const char *, Role, int64_t> offsets[] = {
      {"query_offset", Role::QueryOffset, 1000 + c.sizes.kvLen - c.sizes.qLen}, {"key_offset", Role::KeyOffset, 1000}};
  for (const auto &[name, role, offset] : offsets) {
    c.kernel.operands.push_back({name, role, Element::I32, {{Dim::Batch, 0}}});
    harness::Tensor tensor(Element::I32, {c.sizes.batch});
    for (int64_t batch = 0; batch < c.sizes.batch; ++batch)
      tensor.set(batch, double(offset));
    c.inputs[name] = tensor;
  }
  const Problem problem = harness::makeProblem(c.kernel, c.sizes, c.inputs);
  Result<RowResults> results = evaluate(problem, allRows(c.kernel, c.sizes), Arithmetic::Float64, 2);
  ASSERT_TRUE(results) << results.error();
  EXPECT_LE(largestDifference(results->o, c.o.values), 1e-12 * magnitude(c.o.values));
  EXPECT_LE(largestDifference(results->lse, c.lse.values), 1e-12);
}

nlohmann::json table(const char *name) {
  std::ifstream stream(std::string(CAMBER_SOURCE_DIR "/test/conformance") + "/" + name);
  return nlohmann::json::parse(stream);
}

TEST(Biases, SlopesOf1To128Heads) {
  const nlohmann::json slopes = table("alibi_slopes.json");
  EXPECT_EQ(slopes.size(), 128u);
  for (const auto &item : slopes.items()) {
    const std::vector<double> computed = alibiSlopes(std::stoll(item.key()));
    ASSERT_EQ(computed.size(), item.value().size());
    for (size_t h = 0; h < computed.size(); ++h)
      EXPECT_NEAR(computed[h], item.value()[h].get<double>(), 1e-15) << item.key() << " heads, head " << h;
  }
}

TEST(Biases, T5Buckets) {
  for (const auto &entry : table("t5_buckets.json")) {
    const T5Buckets bucket(entry["bidirectional"], entry["num_buckets"], entry["max_distance"]);
    int64_t distance = entry["first"];
    for (const auto &wanted : entry["buckets"]) {
      EXPECT_EQ(bucket(distance), wanted.get<int64_t>()) << "distance " << distance << " in " << entry["max_distance"];
      ++distance;
    }
  }
}

// dialects/Attn/Semantics.md: the first distances of the far buckets with 32 buckets and max_distance 128.
TEST(Biases, T5FarField) {
  const T5Buckets causal(false, 32, 128), both(true, 32, 128);
  EXPECT_EQ(causal(-112), 30);
  EXPECT_EQ(causal(-113), 31);
  EXPECT_EQ(causal(-(1 << 24)), 31);
  EXPECT_EQ(causal(5), 0);
  EXPECT_EQ(both(90), 16 + 14);
  EXPECT_EQ(both(91), 16 + 15);
  EXPECT_EQ(both(-91), 15);
}

} // namespace
