// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Status texts and combining partial results.
#include "camber/Runtime/runtime.h"
#include "../Reference/ScoreBuilder.h"
#include "camber/Harness/InputSets.h"
#include "camber/Harness/Tensor.h"
#include "camber/Reference/Reference.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <set>

extern "C" int camber_test_from_c(void);

namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

TEST(Status, EveryOneHasItsOwnText) {
  std::set<std::string> names, messages;
  for (camber_status status = 0; status < CAMBER_STATUS_COUNT; ++status) {
    names.insert(camber_status_name(status));
    messages.insert(camber_status_message(status));
  }
  EXPECT_EQ(names.size(), size_t(CAMBER_STATUS_COUNT));
  EXPECT_EQ(messages.size(), size_t(CAMBER_STATUS_COUNT));
  EXPECT_STREQ(camber_status_name(CAMBER_ERROR_WORKSPACE_SIZE), "CAMBER_ERROR_WORKSPACE_SIZE");
  EXPECT_STREQ(camber_status_name(CAMBER_ERROR_NULL_ARGS), "CAMBER_ERROR_NULL_ARGS");
  for (camber_status status : {-1, int(CAMBER_STATUS_COUNT), 1 << 30})
    EXPECT_STREQ(camber_status_name(status), "CAMBER_ERROR_UNKNOWN");
}

TEST(Runtime, CompilesAndRunsFromC) { EXPECT_TRUE(camber_test_from_c()); }

struct Part {
  std::vector<float> o, lse;
  camber_partial view(int64_t headDim) { return {o.data(), lse.data(), headDim, 1}; }
};

TEST(Merge, WeighsBothParts) {
  Part a{{1, 2}, {std::log(3.0f)}}, b{{5, 6}, {0}}, r{{0, 0}, {0}};
  const camber_partial va = a.view(2), vb = b.view(2), vr = r.view(2);
  ASSERT_EQ(camber_combine(1, 2, &va, &vb, &vr), CAMBER_OK);
  EXPECT_FLOAT_EQ(r.o[0], 2);
  EXPECT_FLOAT_EQ(r.o[1], 3);
  EXPECT_FLOAT_EQ(r.lse[0], std::log(4.0f));
  // In place.
  ASSERT_EQ(camber_combine(1, 2, &va, &vb, &vb), CAMBER_OK);
  EXPECT_FLOAT_EQ(b.o[0], 2);
}

TEST(Merge, AHiddenPartIsNotRead) {
  Part a{{NAN}, {kHidden}}, b{{5}, {1000}}, r{{0}, {0}};
  const camber_partial va = a.view(1), vb = b.view(1), vr = r.view(1);
  ASSERT_EQ(camber_combine(1, 1, &va, &vb, &vr), CAMBER_OK);
  EXPECT_EQ(r.o[0], 5);
  EXPECT_EQ(r.lse[0], 1000);
  ASSERT_EQ(camber_combine(1, 1, &vb, &va, &vr), CAMBER_OK);
  EXPECT_EQ(r.o[0], 5);
  ASSERT_EQ(camber_combine(1, 1, &va, &va, &vr), CAMBER_OK);
  EXPECT_EQ(r.o[0], 0);
  EXPECT_EQ(r.lse[0], kHidden);
}

TEST(Merge, NanSurvives) {
  Part a{{1}, {NAN}}, b{{5}, {1}}, r{{0}, {0}};
  const camber_partial va = a.view(1), vb = b.view(1), vr = r.view(1);
  ASSERT_EQ(camber_combine(1, 1, &vb, &va, &vr), CAMBER_OK);
  EXPECT_TRUE(std::isnan(r.o[0]) && std::isnan(r.lse[0]));
}

TEST(Merge, RefusesBadArguments) {
  Part a{{1}, {0}};
  const camber_partial va = a.view(1);
  const camber_partial noOutput{nullptr, a.lse.data(), 1, 1}, negative{a.o.data(), a.lse.data(), -1, 1},
      narrow{a.o.data(), a.lse.data(), 0, 1};
  EXPECT_EQ(camber_combine(1, 1, nullptr, &va, &va), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(camber_combine(1, 1, &noOutput, &va, &va), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(camber_combine(-1, 1, &va, &va, &va), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(camber_combine(1, 1, &va, &negative, &va), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(camber_combine(2, 1, &va, &va, &narrow), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(camber_combine(0, 1, &noOutput, &noOutput, &noOutput), CAMBER_OK);
}

// Two shards of the keys, with offsets, combine to the whole.
TEST(Merge, ShardsMakeTheWhole) {
  using namespace camber;
  Kernel kernel = test::plainKernel(2, 2, 8);
  kernel.masks = {{"attn.causal", {}}};
  const Sizes sizes{1, 6, 20};
  const harness::Inputs whole = harness::generateInputs(kernel, sizes, harness::InputSet::Normal, 3, 1);
  const std::vector<Row> rows = allRows(kernel, sizes);
  Result<RowResults> expected = evaluate(harness::makeProblem(kernel, sizes, whole), rows, Arithmetic::Float64, 1);
  ASSERT_TRUE(expected);
  Part parts[2];
  kernel.operands.push_back({"key_begin", Role::KeyBegin, Element::I32, {{Dim::Batch, 0}}});
  for (int part = 0; part < 2; ++part) {
    // Positions stay those of the whole: the first shard is a range of keys seen from offset queries.
    Kernel shard = kernel;
    shard.offsetPositions = true;
    harness::Inputs inputs = whole;
    const std::pair<const char *, Role> names[] = {
        {"key_begin", Role::KeyBegin}, {"key_end", Role::KeyEnd}, {"qo", Role::QueryOffset}, {"ko", Role::KeyOffset}};
    for (const auto &[name, role] : names) {
      if (role != Role::KeyBegin)
        shard.operands.push_back({name, role, Element::I32, {{Dim::Batch, 0}}});
      inputs[name] = harness::Tensor(Element::I32, {1});
    }
    inputs["key_begin"].set(0, part == 0 ? 0 : 15);
    inputs["key_end"].set(0, part == 0 ? 15 : 20);
    inputs["qo"].set(0, 14);
    Result<RowResults> result = evaluate(harness::makeProblem(shard, sizes, inputs), rows, Arithmetic::Float64, 1);
    ASSERT_TRUE(result) << result.error();
    parts[part].o.assign(result->o.begin(), result->o.end());
    parts[part].lse.assign(result->lse.begin(), result->lse.end());
  }
  EXPECT_EQ(parts[1].lse[0], kHidden) << "query 0 at position 14 sees nothing of the second shard";
  const camber_partial a = parts[0].view(8), b = parts[1].view(8);
  ASSERT_EQ(camber_combine(int64_t(rows.size()), 8, &a, &b, &a), CAMBER_OK);
  for (size_t i = 0; i < expected->o.size(); ++i)
    EXPECT_NEAR(parts[0].o[i], expected->o[i], 1e-6);
  for (size_t r = 0; r < rows.size(); ++r)
    EXPECT_NEAR(parts[0].lse[r], expected->lse[r], 1e-6);
}

} // namespace
