// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches of score bodies that rounding decides, and where a NaN comes from.
#include "camber/Reference/Diagnosis.h"
#include "ScoreBuilder.h"
#include "camber/Harness/Call.h"
#include "camber/Harness/InputSets.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::test;

namespace {

/// A causal kernel of 40 queries and keys with one head on normal inputs.
struct Body {
  Kernel kernel = plainKernel(1, 1, 8);
  ScoreBuilder b{kernel};
  Sizes sizes{1, 40, 40};
  harness::Inputs inputs;

  Body() { kernel.masks = {{"attn.causal", {}}}; }
  ScoreBuilder::Value scaled() { return b.node("attn.scale", {0}, {{"factor", 0.3}}); }
  Problem problem() {
    inputs = harness::generateInputs(kernel, sizes, harness::InputSet::Normal, 1, 1);
    return harness::makeProblem(kernel, sizes, inputs);
  }
  Branches branches(int threads = 1) {
    const Problem p = problem();
    const std::vector<Row> rows = allRows(kernel, sizes);
    Result<RowResults> exact = evaluate(p, rows, Arithmetic::Float64, 1);
    EXPECT_TRUE(exact) << exact.error();
    Result<Branches> found = findBranches(p, rows, *exact, threads);
    EXPECT_TRUE(found) << found.error();
    return *found;
  }
};

TEST(Branches, ABodyWithoutThresholdsHasNone) {
  Body body;
  body.b.add(body.scaled(), body.b.unary("math.tanh", body.b.toReal(body.b.distance())));
  const Branches branches = body.branches();
  EXPECT_TRUE(branches.rows.empty());
  EXPECT_FALSE(branches.first);
}

TEST(Branches, ABucketOfALogarithmIsOne) {
  // floor(3 / ln 2 · ln(1 + |d|)) reaches an integer at |d| = 0, 1, 3, 7, 15, 31.
  Body body;
  ScoreBuilder &b = body.b;
  const auto score = body.scaled();
  const auto l = b.unary("math.log", b.add(b.absDistance(), b.constant(1)));
  const auto bucket = b.node("math.floor", {b.mul(l, b.constant(3 / std::log(2.0)))});
  const size_t floorNode = body.kernel.scores.size() - 1;
  b.add(score, bucket);
  const Branches branches = body.branches();
  ASSERT_TRUE(branches.first);
  EXPECT_EQ(branches.first->node, floorNode);
  EXPECT_EQ(branches.first->row.query, 1) << "the first row that sees distance 1; ln 1 is exact";
  EXPECT_EQ(branches.first->key, 0);
  EXPECT_NEAR(branches.first->operands.at(0), 3, 1e-6);
  EXPECT_EQ(std::abs(branches.first->exact - branches.first->other), 1);
  EXPECT_EQ(std::abs(branches.first->scoreChange), 1);
  EXPECT_EQ(branches.count, 39);
  EXPECT_FALSE(branches.rows[0]);
  EXPECT_EQ(body.branches(3).rows, branches.rows);
  EXPECT_EQ(body.branches(3).first->row.query, 1);
}

TEST(Branches, ExactOperandsAreNone) {
  // Division is correctly rounded: |d| / 3 is an integer in every kernel or in none.
  Body body;
  ScoreBuilder &b = body.b;
  const auto score = body.scaled();
  const auto bucket = b.integer("arith.fptosi", {b.unary("math.floor", b.div(b.absDistance(), b.constant(3)))});
  const auto far = b.node("arith.cmpf", {b.absDistance(), b.constant(5)}, {{"predicate", "oge"}}, {}, ScalarType::I1);
  b.node("arith.select", {far, b.add(score, b.toReal(bucket)), score});
  EXPECT_EQ(body.branches().count, 0);
}

TEST(Branches, AContinuousSelectIsNone) {
  // Like a ReLU, but with its corner at the score of the first pair: which side of it that score is on does not matter,
  // unless the function has a step there.
  Body first;
  first.scaled();
  Result<RowResults> results = evaluate(first.problem(), {{0, 0, 0}}, Arithmetic::Float64, 1);
  ASSERT_TRUE(results);
  for (double step : {0.0, 1.0}) {
    Body body;
    ScoreBuilder &b = body.b;
    const auto score = body.scaled();
    const auto corner = b.constant(results->lse[0]);
    const auto above = b.node("arith.cmpf", {score, corner}, {{"predicate", "ogt"}}, {}, ScalarType::I1);
    b.node("arith.select", {above, b.add(score, b.constant(step)), corner});
    EXPECT_EQ(body.branches().count, step == 0 ? 0 : 1) << step;
  }
}

TEST(Branches, ARemainderJumpsAtMultiples) {
  // 0.1 is no float32 number times a power of two that divides: 0.1 · d mod 0.3 jumps at every third distance.
  Body body;
  ScoreBuilder &b = body.b;
  const auto score = body.scaled();
  b.add(score, b.node("arith.remf", {b.mul(b.absDistance(), b.constant(0.1f)), b.constant(0.3f)}));
  const Branches branches = body.branches();
  ASSERT_TRUE(branches.first);
  EXPECT_EQ(branches.first->row.query - branches.first->key, 3);
  Body exact;
  exact.b.add(exact.scaled(), exact.b.node("arith.remf", {exact.b.absDistance(), exact.b.constant(3)}));
  EXPECT_EQ(exact.branches().count, 0);
}

TEST(Branches, ASignOfAnExactZeroIsNone) {
  Body body;
  body.b.node("math.copysign", {body.scaled(), body.b.constant(-0.0)});
  EXPECT_EQ(body.branches().count, 0);
}

TEST(Branches, HiddenAndNegligiblePairsDoNotCount) {
  Body body;
  ScoreBuilder &b = body.b;
  const auto score = body.scaled();
  const auto l = b.unary("math.log", b.add(b.absDistance(), b.constant(1)));
  const auto bucket = b.node("math.floor", {b.mul(l, b.constant(3 / std::log(2.0)))});
  // At distance 1 and beyond the weight is e^-100 and less.
  b.sub(b.add(score, bucket), b.mul(b.absDistance(), b.constant(100)));
  EXPECT_EQ(body.branches().count, 0);
}

TEST(NaNOrigin, NamesOperationKeyAndOperands) {
  Body body;
  ScoreBuilder &b = body.b;
  const auto score = body.scaled();
  const auto l = b.unary("math.log", b.add(b.toReal(b.distance()), b.constant(7)));
  const size_t logNode = body.kernel.scores.size() - 1;
  b.add(score, l);
  const Problem problem = body.problem();
  Result<NaNOrigin> origin = findNaN(problem, {0, 0, 20});
  ASSERT_TRUE(origin) << origin.error();
  ASSERT_TRUE(origin->node);
  EXPECT_EQ(*origin->node, logNode);
  EXPECT_EQ(origin->key, 0);
  EXPECT_EQ(origin->operands, std::vector<double>{-13});
}

TEST(NaNOrigin, AnInfiniteScore) {
  Body body;
  body.b.add(body.scaled(), body.b.constant(INFINITY));
  Result<NaNOrigin> origin = findNaN(body.problem(), {0, 0, 5});
  ASSERT_TRUE(origin) << origin.error();
  EXPECT_FALSE(origin->node);
  EXPECT_TRUE(origin->infiniteScore);
}

TEST(NaNOrigin, AnInputIsNoOperations) {
  Body body;
  body.b.add(body.scaled(), body.b.constant(1));
  body.problem();
  body.inputs["k"].set(3 * 8, NAN);
  Result<NaNOrigin> origin = findNaN(harness::makeProblem(body.kernel, body.sizes, body.inputs), {0, 0, 5});
  ASSERT_TRUE(origin) << origin.error();
  EXPECT_FALSE(origin->node);
  EXPECT_EQ(origin->key, 3);
}

TEST(ConstantTables, AreReadLikeParameters) {
  Body body;
  ScoreTable table{"constant.0", Element::F32, {2}, {0, 0}};
  const float value = -0.75f;
  std::memcpy(&table.bits[1], &value, sizeof(value));
  body.kernel.scoreTables = {table, {"constant.1", Element::I32, {1, 1}, {uint32_t(-3)}}};
  body.sizes = {1, 1, 1};
  ScoreBuilder &b = body.b;
  const auto zero = b.mul(0, b.constant(0)), index = b.index(5);
  const auto integer = b.node("attn.lookup", {index, index}, {}, {"constant.1"}, ScalarType::I32);
  b.add(zero, b.add(b.lookup("constant.0", {index}), b.toReal(integer)));
  Result<RowResults> results = evaluate(body.problem(), {{0, 0, 0}}, Arithmetic::Float64, 1);
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(results->lse[0], -3.75);
}

TEST(ConstantTables, ATypeWithoutSemanticsIsRefused) {
  Body body;
  body.b.node("arith.bitcast", {0}, {}, {}, ScalarType::Other);
  Result<RowResults> results = evaluate(body.problem(), {{0, 0, 0}}, Arithmetic::Float64, 1);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error(), "'arith.bitcast' gives a type that has no reference semantics");
}

} // namespace
