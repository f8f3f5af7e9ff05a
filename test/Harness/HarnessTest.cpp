// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The harness's parts: .npy files, input sets, sampled rows, tolerances, peak.
#include "../Reference/ScoreBuilder.h"
#include "../Runtime/NoThreads.h"
#include "FakeBundle.h"
#include "camber/Harness/InputSets.h"
#include "camber/Harness/Peak.h"
#include "camber/Harness/Tolerance.h"
#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

std::string npy(const std::string &header, const std::string &data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size());
  text += '\0';
  return text + header + data;
}

TEST(Npy, EveryElementRoundTrips) {
  const std::string directory = temporaryDirectory(), path = directory + "/a.npy";
  for (Element element : {Element::F32, Element::F16, Element::BF16, Element::I32}) {
    Tensor tensor(element, {2, 3});
    for (int64_t i = 0; i < 6; ++i)
      tensor.set(i, double(i - 2) * 1.5);
    ASSERT_TRUE(writeNpy(path, tensor));
    Result<Tensor> back = readNpy(path, element);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->shape, tensor.shape);
    EXPECT_EQ(back->bytes, tensor.bytes);
  }
  EXPECT_EQ(readFile(path).size() % 4, 0u);
  for (const std::vector<int64_t> &shape : {std::vector<int64_t>{}, {0, 4}, {5}}) {
    ASSERT_TRUE(writeNpy(path, Tensor(Element::F32, shape)));
    Result<std::vector<int64_t>> back = readNpyShape(path);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, shape);
  }
  std::filesystem::remove_all(directory);
}

TEST(Npy, DevicesAndPipesStayWhatTheyAre) {
  const std::string directory = temporaryDirectory(), pipe = directory + "/pipe", full = directory + "/full";
  const Tensor tensor(Element::F32, {2, 3});
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(writeNpy(pipe, tensor));
  char text[1024];
  EXPECT_EQ(::read(reader, text, sizeof(text)), 64 * 2 + 6 * 4);
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  std::filesystem::create_symlink("/dev/full", full); // never the device itself: this may run as root
  EXPECT_FALSE(writeNpy(full, tensor));
  EXPECT_TRUE(std::filesystem::is_symlink(full));
  std::filesystem::remove_all(directory);
}

TEST(Npy, DamagedFilesAreRefused) {
  const std::string directory = temporaryDirectory(), path = directory + "/a.npy";
  auto refused = [&](const std::string &text, const std::string &message) {
    writeFile(path, text);
    Result<Tensor> tensor = readNpy(path, Element::F32);
    ASSERT_FALSE(tensor) << message;
    EXPECT_NE(tensor.error().find(message), std::string::npos) << tensor.error();
  };
  const std::string two(8, '\0');
  refused("", "is not a .npy file");
  refused(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", two), "Fortran order");
  refused(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", two), "big-endian");
  refused(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", two), "unsupported type");
  refused(npy("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", two), "truncated or damaged");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", two), "truncated or damaged");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", two), "too large");
  refused(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", two), "unsupported type");
  refused(npy("{}", ""), "Fortran order");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", two).substr(0, 20), "is truncated");
  double third = 1.0 / 3;
  refused(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
              std::string(reinterpret_cast<char *>(&third), 8)),
          "which is no f32");
  std::filesystem::remove_all(directory);
}

TEST(InputSets, ScoresHaveUnitVarianceWhateverTheScale) {
  for (double factor : {1.0, 0.125, -3.0}) {
    Kernel kernel = plainKernel(2, 2, 64);
    ScoreBuilder(kernel).node("attn.scale", {0}, {{"factor", factor}});
    const Sizes sizes{1, 40, 40};
    const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 2);
    double sum = 0;
    for (int64_t i = 0; i < 40; ++i)
      for (int64_t j = 0; j < 40; ++j) {
        double s = 0;
        for (int64_t d = 0; d < 64; ++d)
          s += inputs.at("q").get(i * 64 + d) * inputs.at("k").get(j * 64 + d);
        sum += s * s * factor * factor;
      }
    EXPECT_NEAR(sum / 1600, 1, 0.25);
  }
}

TEST(InputSets, AreTheSameForAnyNumberOfThreads) {
  const Kernel kernel = plainKernel(4, 2, 16);
  for (InputSet set : allInputSets())
    for (const char *name : {"q", "k", "v"})
      EXPECT_EQ(generateInputs(kernel, {2, 9, 9}, set, 7, 1).at(name).bytes,
                generateInputs(kernel, {2, 9, 9}, set, 7, 3).at(name).bytes);
}

TEST(InputSets, AreTheSameWhereNoThreadStarts) {
  const Kernel kernel = plainKernel(4, 2, 16);
  const Inputs wanted = generateInputs(kernel, {2, 9, 9}, InputSet::Normal, 7, 1);
  const NoThreads none;
  EXPECT_EQ(generateInputs(kernel, {2, 9, 9}, InputSet::Normal, 7, 3).at("k").bytes, wanted.at("k").bytes);
}

TEST(InputSets, NormsAreThoseOfTheKeysThatExist) {
  Kernel kernel = plainKernel(2, 2, 4);
  kernel.operands.push_back({"key_end", Role::KeyEnd, Element::I32, {{Dim::Batch, 0}}});
  kernel.operands.push_back(
      {"norms", Role::KeyNorms, Element::F32, {{Dim::Batch, 0}, {Dim::Fixed, 2}, {Dim::KeyBlocks, 0}}});
  const Sizes sizes{1, 2, 130};
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  inputs["key_end"].set(0, 100);
  for (int64_t d = 0; d < 4; ++d) {
    inputs["k"].set((130 + 99) * 4 + d, 50); // the last one that exists, of the second head
    inputs["k"].set((130 + 100) * 4 + d, 1000);
  }
  updateKeyNorms(kernel, sizes, inputs);
  const Tensor &norms = inputs["norms"];
  EXPECT_EQ(norms.shape, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_GT(norms.get(0), 0);
  EXPECT_LT(norms.get(3), 50);
  EXPECT_NEAR(norms.get(4), 100, 0.01);
  EXPECT_EQ(norms.get(5), 0);
}

TEST(InputSets, ThreeBatchesHaveAWholeAPartialAndAnEmptyRange) {
  Kernel kernel = plainKernel(1, 1, 4);
  kernel.operands.push_back({"key_begin", Role::KeyBegin, Element::I32, {{Dim::Batch, 0}}});
  kernel.operands.push_back({"key_end", Role::KeyEnd, Element::I32, {{Dim::Batch, 0}}});
  const Sizes sizes{3, 8, 12};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  const Problem problem = makeProblem(kernel, sizes, inputs);
  EXPECT_EQ(keyRange(problem, 0).end - keyRange(problem, 0).begin, 12);
  EXPECT_EQ(keyRange(problem, 1).begin, 3);
  EXPECT_EQ(keyRange(problem, 1).end, 8);
  EXPECT_EQ(keyRange(problem, 2).end, keyRange(problem, 2).begin);
}

TEST(Rows, AllBelowTheLimitASampleAbove) {
  const Kernel kernel = plainKernel(4, 2, 16);
  EXPECT_EQ(chooseRows(kernel, {1, 128, 128}, 1).size(), 512u);
  const Sizes large{2, 8192, 8192};
  const std::vector<Row> rows = chooseRows(kernel, large, 1);
  EXPECT_LE(rows.size() * 8192, size_t(1) << 25);
  std::set<std::pair<int64_t, int64_t>> heads;
  size_t firsts = 0, lasts = 0, boundaries = 0;
  for (const Row &row : rows) {
    heads.insert({row.batch, row.head});
    firsts += row.query == 0;
    lasts += row.query == 8191;
    boundaries += row.query % 64 == 0 || row.query % 64 == 63;
  }
  EXPECT_EQ(heads.size(), 8u);
  EXPECT_EQ(firsts, 8u);
  EXPECT_EQ(lasts, 8u);
  EXPECT_GT(boundaries, rows.size() / 8);
  // More heads than rows that can be afforded: still a sample, still first and last head.
  const std::vector<Row> many = chooseRows(plainKernel(256, 1, 16), {64, 4, 1 << 20}, 1);
  EXPECT_LE(many.size(), 4096u);
  EXPECT_EQ(many.front().head, 0);
  EXPECT_EQ(many.back().batch, 63);
  EXPECT_EQ(many.back().head, 255);
}

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

TEST(Tolerance, FollowsTheSemantics) {
  Kernel kernel = plainKernel(1, 1, 4);
  ScoreBuilder(kernel).node("attn.scale", {0}, {{"factor", 0.5}});
  const Sizes sizes{1, 16, 16};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  Result<Expected> expected =
      expectedResults(makeProblem(kernel, sizes, inputs), allRows(kernel, sizes), InputSet::Normal, 1);
  ASSERT_TRUE(expected);
  EXPECT_GT(expected->outputTolerance, 0x1p-24);
  EXPECT_LE(expected->outputTolerance, 2e-6);

  std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, *expected);
  EXPECT_TRUE(compare(kernel, sizes, *expected, outputs).passed);
  outputs["o"].set(7, expected->exact.o[7] + 2 * expected->outputTolerance);
  EXPECT_FALSE(compare(kernel, sizes, *expected, outputs).passed);
  outputs["o"].set(7, NAN);
  const Comparison comparison = compare(kernel, sizes, *expected, outputs);
  EXPECT_FALSE(comparison.passed);
  EXPECT_EQ(comparison.outputError, INFINITY);
  outputs["o"].set(7, expected->exact.o[7]);
  outputs["lse"].set(3, -INFINITY);
  EXPECT_FALSE(compare(kernel, sizes, *expected, outputs).passed);
}

TEST(Tolerance, AnInfiniteValueLeavesTheBarFinite) {
  Kernel kernel = plainKernel(2, 1, 4);
  kernel.masks = {{"attn.causal", {}}};
  const Sizes sizes{1, 8, 8};
  Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  inputs["v"].set(5 * 4 + 2, INFINITY); // key 5, dim 2: queries 5 to 7 see it
  Result<Expected> expected =
      expectedResults(makeProblem(kernel, sizes, inputs), allRows(kernel, sizes), std::nullopt, 1);
  ASSERT_TRUE(expected);
  EXPECT_LT(expected->outputTolerance, 1e-5);

  std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, *expected);
  auto passes = [&](int64_t query, int64_t d, double value) {
    std::map<std::string, Tensor> changed = outputs;
    changed["o"].set(query * 4 + d, value);
    return compare(kernel, sizes, *expected, changed).passed;
  };
  EXPECT_EQ(outputs["o"].get(6 * 4 + 2), INFINITY);
  EXPECT_TRUE(passes(6, 2, INFINITY));
  EXPECT_TRUE(passes(6, 2, NAN)) << "the infinity meets a weight that is 0 in float32";
  EXPECT_FALSE(passes(6, 2, -INFINITY));
  EXPECT_FALSE(passes(6, 2, 1)) << "the infinity must be seen";
  EXPECT_TRUE(passes(4, 2, NAN)) << "a row of the same query tile";
  EXPECT_FALSE(passes(4, 2, outputs["o"].get(4 * 4 + 2) + 1e-3)) << "a finite element is compared";
  EXPECT_FALSE(passes(6, 1, INFINITY)) << "another column";
  EXPECT_FALSE(passes(6, 1, 100));
}

TEST(Tolerance, ABarThatIsNotFinitePassesNothing) {
  const Kernel kernel = plainKernel(1, 1, 4);
  const Sizes sizes{1, 2, 2};
  const Inputs inputs = generateInputs(kernel, sizes, InputSet::Normal, 1, 1);
  Result<Expected> expected =
      expectedResults(makeProblem(kernel, sizes, inputs), allRows(kernel, sizes), std::nullopt, 1);
  ASSERT_TRUE(expected);
  std::map<std::string, Tensor> outputs = exactOutputs(kernel, sizes, *expected);
  EXPECT_TRUE(compare(kernel, sizes, *expected, outputs).passed);
  Expected noTolerance = *expected;
  noTolerance.outputTolerance = INFINITY;
  EXPECT_FALSE(compare(kernel, sizes, noTolerance, outputs).passed);
  noTolerance = *expected;
  noTolerance.exact.lseDeviation[1] = INFINITY;
  EXPECT_FALSE(compare(kernel, sizes, noTolerance, outputs).passed);
}

TEST(Peak, FeaturesDoNotHideTheProcessor) {
  auto mayUse = [](std::vector<std::string> targets) {
    Kernel kernel;
    for (const std::string &name : targets)
      kernel.targets.emplace_back().name = name;
    return mayUseAvx512(kernel);
  };
  EXPECT_TRUE(mayUse({"x86-64-v4"}));
  EXPECT_TRUE(mayUse({"x86-64-v3", "x86-64-v4+avx512bf16"}));
  EXPECT_FALSE(mayUse({"x86-64-v3"}));
  EXPECT_FALSE(mayUse({"x86-64-v3+avx512f"})) << "one feature is not the processor";
  EXPECT_TRUE(mayUse({}));
}

TEST(Peak, ALoopRuns) {
  const FmaLoop loop = chooseFmaLoop(Kernel());
  if (!loop.run)
    GTEST_SKIP() << "this processor has no FMA instructions that Camber knows";
  EXPECT_GT(measurePeak(loop, 1, 0.01), 0.1);
  const NoThreads none;
  EXPECT_GT(measurePeak(loop, 4, 0.01), 0.1);
}

} // namespace
