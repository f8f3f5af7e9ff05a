// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A decode kernel with norms of keys leaves out as much when its keys are split over threads as when they are not.
#include "NativeKernels.h"
#include "SetFields.h"
#include "camber/Harness/InputSets.h"
#include "camber/Harness/Tolerance.h"

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

KernelSource decodeKernels() {
  KernelSpec spec;
  spec.name = "decode";
  spec.bias = "alibi";
  spec.heads = spec.kvHeads = 1;
  spec.headDim = 32;
  spec.causal = spec.keyNorms = true;
  setFields(spec, {{"bias-max", "3"}});
  KernelSource source;
  source.specs = {spec};
  spec.name = "decode_segments";
  spec.segments = true;
  source.specs.push_back(spec);
  return source;
}

class Skip : public NativeKernels<decodeKernels> {
protected:
  /// The counters of a call, whose results have to be right.
  camber_counters call(int number, const Inputs &inputs, int threads) const {
    Result<CallResult> result = guardedCall(kernel(number), entry(number), kSizes, inputs, {}, threads);
    EXPECT_TRUE(result) << result.error();
    if (!result)
      return {};
    EXPECT_TRUE(result->violations.empty());
    Result<Expected> expected = expectedResults(makeProblem(kernel(number), kSizes, inputs),
                                                chooseRows(kernel(number), kSizes, 1), InputSet::Normal, 1);
    EXPECT_TRUE(expected) << expected.error();
    if (!expected)
      return {};
    const Comparison comparison = compare(kernel(number), kSizes, *expected, result->outputs);
    EXPECT_TRUE(comparison.passed) << comparison.worst;
    return result->report.counters;
  }
  Inputs generate(int number) const { return generateInputs(kernel(number), kSizes, InputSet::Normal, 1, 1); }
  static constexpr Sizes kSizes{1, 2, 8000};
};

TEST_F(Skip, SplitsAgreeOnWhatIsLeftOut) {
  const Inputs inputs = generate(0);
  const camber_counters one = call(0, inputs, 1);
  EXPECT_LT(one.tiles_visited, one.tiles_total / 4);
  // What is certain without any state is less, and each split looks at a tile at least.
  for (int threads : {2, 3, 8}) {
    const camber_counters several = call(0, inputs, threads);
    EXPECT_EQ(several.tiles_total, one.tiles_total);
    EXPECT_GE(several.tiles_visited, one.tiles_visited);
    EXPECT_LT(several.tiles_visited, one.tiles_total / 4) << threads;
  }
}

TEST_F(Skip, WithSegmentsNothingIsCertain) {
  const Inputs inputs = generate(1);
  const camber_counters one = call(1, inputs, 1), several = call(1, inputs, 8);
  EXPECT_LT(one.tiles_visited, one.tiles_total);
  EXPECT_GE(several.tiles_visited, one.tiles_visited);
}

TEST_F(Skip, NormsOfKeysAreAsGoodAsTheCallerKeepsThem) {
  Inputs inputs = generate(0);
  const int64_t exact = call(0, inputs, 1).tiles_visited;
  const std::string name = kernel().find(Role::KeyNorms)->name;
  Tensor &norms = inputs[name];
  for (int64_t i = 0; i < norms.size(); ++i)
    norms.set(i, norms.get(i) * 2); // larger than they need to be
  EXPECT_GT(call(0, inputs, 1).tiles_visited, exact);
  norms.set(0, std::numeric_limits<double>::quiet_NaN()); // every range that could be skipped starts there
  for (int threads : {1, 4}) {
    const camber_counters all = call(0, inputs, threads);
    EXPECT_EQ(all.tiles_visited, all.tiles_total);
  }
}

} // namespace
