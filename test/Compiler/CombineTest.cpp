// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Results of a compiled kernel over two parts of the keys, combined by camber_combine, are the result over all of them.
#include "../Reference/ConformanceCase.h"
#include "NativeKernels.h"
#include "camber/Harness/Tolerance.h"
#include "camber/Runtime/runtime.h"

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

/// Positions and key ranges are operands, so that a call may see any part of the keys from where the queries are.
KernelSource shardKernel() {
  KernelSpec spec;
  spec.name = "shard";
  spec.bias = "alibi";
  spec.heads = spec.kvHeads = 2;
  spec.headDim = 16;
  spec.causal = spec.keyRanges = spec.offsetPositions = true;
  KernelSource source;
  source.specs = {spec};
  return source;
}

using Outputs = std::map<std::string, Tensor>;

class Merge : public NativeKernels<shardKernel> {
protected:
  Inputs generate(const Sizes &sizes, uint64_t seed) const {
    return generateInputs(kernel(), sizes, InputSet::Normal, seed, 1);
  }
  Outputs call(const Sizes &sizes, const Inputs &inputs) const {
    Result<CallResult> result = guardedCall(kernel(), entry(), sizes, inputs, {}, 2);
    EXPECT_TRUE(result) << result.error();
    EXPECT_TRUE(!result || result->violations.empty());
    return result ? result->outputs : Outputs();
  }
  /// Merges into `a` and compares with the reference of the whole.
  void expectWhole(Outputs a, Outputs b, const Sizes &sizes, const Inputs &whole) const {
    auto view = [](Outputs &part) {
      return camber_partial{reinterpret_cast<float *>(part["o"].bytes.data()),
                            reinterpret_cast<float *>(part["lse"].bytes.data()), 16, 1};
    };
    const camber_partial left = view(a), right = view(b);
    ASSERT_EQ(camber_combine(sizes.batch * 2 * sizes.qLen, 16, &left, &right, &left), CAMBER_OK);
    Result<Expected> expected = expectedResults(makeProblem(kernel(), sizes, whole),
                                                chooseRows(kernel(), sizes, /*seed=*/1), InputSet::Normal, 1);
    ASSERT_TRUE(expected) << expected.error();
    const Comparison comparison = compare(kernel(), sizes, *expected, a);
    EXPECT_TRUE(comparison.passed) << comparison.worst;
  }
};

void set(Inputs &inputs, const std::string &name, std::vector<int> values) {
  for (size_t i = 0; i < values.size(); ++i)
    inputs[name].set(int64_t(i), values[i]);
}

/// Two shards of the keys of every head, one after the other.
Tensor concatenate(const Tensor &left, const Tensor &right) {
  std::vector<int64_t> shape = left.shape;
  shape[2] += right.shape[2];
  Tensor whole(left.element, shape);
  const int64_t heads = shape[0] * shape[1], ofLeft = left.size() / heads, ofRight = right.size() / heads;
  for (int64_t head = 0, at = 0; head < heads; ++head) {
    for (int64_t i = 0; i < ofLeft; ++i)
      whole.set(at++, left.get(head * ofLeft + i));
    for (int64_t i = 0; i < ofRight; ++i)
      whole.set(at++, right.get(head * ofRight + i));
  }
  return whole;
}

} // namespace

// The queries are at positions 14 to 19, the case has keys 0 to 9, the test's own shard has 10 to 19.
TEST_F(Merge, ConformanceCaseAndASecondShard) {
  const ConformanceCase given = loadConformanceCase("merge_left");
  ASSERT_EQ(given.sizes.qLen, 6);
  ASSERT_EQ(given.sizes.kvLen, 10);
  Inputs left = generate(given.sizes, 1), right = generate(given.sizes, 2), whole = generate({1, 6, 20}, 3);
  for (Inputs *inputs : {&left, &right, &whole}) {
    (*inputs)["q"] = given.inputs.at("q");
    set(*inputs, "query_offset", {14});
    set(*inputs, "key_offset", {inputs == &right ? 10 : 0});
    set(*inputs, "key_begin", {0});
    set(*inputs, "key_end", {inputs == &whole ? 20 : 10});
  }
  for (const char *name : {"k", "v"}) {
    left[name] = given.inputs.at(name);
    whole[name] = concatenate(left[name], right[name]);
  }
  Outputs ofLeft = call(given.sizes, left);
  ASSERT_EQ(ofLeft["lse"].size(), int64_t(given.lse.values.size()));
  for (int64_t i = 0; i < ofLeft["lse"].size(); ++i)
    EXPECT_NEAR(ofLeft["lse"].get(i), given.lse.values[size_t(i)], 1e-5);
  expectWhole(ofLeft, call(given.sizes, right), {1, 6, 20}, whole);
}

// One cache read in two ranges. In the second batch one half is empty, in the third a row sees nothing of the right
// one.
TEST_F(Merge, HalvesOfAKeyRange) {
  const Sizes sizes{3, 5, 150};
  Inputs whole = generate(sizes, 4);
  set(whole, "query_offset", {145, 145, 68});
  set(whole, "key_offset", {0, 0, 0});
  set(whole, "key_begin", {0, 0, 3});
  set(whole, "key_end", {150, 150, 150});
  Inputs left = whole, right = whole;
  set(left, "key_end", {70, 150, 70});
  set(right, "key_begin", {70, 150, 70});
  Outputs ofLeft = call(sizes, left), ofRight = call(sizes, right);
  EXPECT_EQ(ofRight["lse"].get(1 * 2 * 5), -INFINITY);
  EXPECT_EQ(ofRight["lse"].get(2 * 2 * 5), -INFINITY) << "a query at 68 sees no key from 70 on";
  EXPECT_NE(ofRight["lse"].get(2 * 2 * 5 + 2), -INFINITY);
  expectWhole(ofLeft, ofRight, sizes, whole);
  expectWhole(ofRight, ofLeft, sizes, whole);
}
