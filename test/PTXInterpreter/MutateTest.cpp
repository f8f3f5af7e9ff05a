// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole attention kernel: right in every mode, and each synchronisation that is taken out of it is noticed.
#include "camber/PTXInterpreter/Mutate.h"
#include "Instruction.h"
#include <random>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

const std::string kPath = CAMBER_SOURCE_DIR "/test/PTXInterpreter/Inputs/attention_sm80.ptx";
const std::string kHopperPath = CAMBER_SOURCE_DIR "/test/PTXInterpreter/Inputs/attention_sm90a.ptx";

/// The first `queries` rows of q attend to all keys.
template <int queries, int keys> struct AttentionProblem {
  static constexpr int kQueries = queries, kKeys = keys, kDim = 64;
  std::vector<uint16_t> q, k, v;
  AttentionProblem() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (auto *array : {&q, &k, &v}) {
      array->resize(kKeys * kDim); // queries are read from a sequence as long as the keys
      for (uint16_t &x : *array)
        x = static_cast<uint16_t>(nearestBfloat(normal(random)));
    }
  }
  double at(const std::vector<uint16_t> &array, int row, int column) const {
    return bfloatValue(array[static_cast<size_t>(row * kDim + column)]);
  }

  double largestError(const std::vector<uint16_t> &o) const {
    double largest = 0;
    for (int i = 0; i < kQueries; ++i) {
      std::vector<double> weights(kKeys);
      double sum = 0;
      for (int j = 0; j < kKeys; ++j) {
        double score = 0;
        for (int d = 0; d < kDim; ++d)
          score += at(q, i, d) * at(k, j, d);
        sum += weights[static_cast<size_t>(j)] = std::exp(score / 8);
      }
      for (int d = 0; d < kDim; ++d) {
        double value = 0;
        for (int j = 0; j < kKeys; ++j)
          value += weights[static_cast<size_t>(j)] * at(v, j, d);
        largest = std::max(largest, std::fabs(value / sum - at(o, i, d)));
      }
    }
    return largest;
  }
};

using Problem = AttentionProblem<32, 48>;
using HopperProblem = AttentionProblem<128, 128>;

ptx::Report run(const ptx::Kernel &kernel, const Problem &problem, const ptx::LaunchOptions &options,
                double *error = nullptr) {
  ptx::Memory memory;
  ptx::Arguments arguments(kernel);
  const std::vector<uint16_t> *inputs[] = {&problem.q, &problem.k, &problem.v};
  const char *const names[] = {"q", "k", "v"};
  for (size_t i = 0; i < 3; ++i)
    arguments.set(i, memory.allocate(names[i], problem.q.size() * 2, ptx::Access::Read, inputs[i]->data(), 16));
  const uint64_t o = memory.allocate("o", Problem::kQueries * Problem::kDim * 2, ptx::Access::Output, nullptr, 16);
  arguments.set(3, o);
  const auto report = ptx::launch(kernel, {{1, 1, 1}, {64, 1, 1}, {1, 1, 1}, 8192}, arguments.bytes(), memory, options);
  EXPECT_TRUE(report) << report.error();
  std::vector<uint16_t> result(Problem::kQueries * Problem::kDim);
  std::memcpy(result.data(), memory.bytesAt(o), result.size() * 2);
  if (error)
    *error = problem.largestError(result);
  return *report;
}

TEST(Attention, IsRightInEveryMode) {
  const auto module = ptx::Module::parse(readFile(kPath));
  ASSERT_TRUE(module) << module.error();
  const auto kernel = module->kernel("fa2");
  ASSERT_TRUE(kernel) << kernel.error();
  const Problem problem;
  for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random})
    for (ptx::Approx approx : {ptx::Approx::Exact, ptx::Approx::Worst, ptx::Approx::Random}) {
      ptx::LaunchOptions options;
      options.async = async;
      options.approx = approx;
      options.seed = 3;
      double error = 0;
      const ptx::Report report = run(*kernel, problem, options, &error);
      EXPECT_TRUE(report.clean()) << report.text();
      EXPECT_LT(error, 0.01);
      EXPECT_TRUE(report.neverExecuted().empty());
    }
}

TEST(Attention, EachDeletedSynchronisationIsNoticed) {
  const Problem problem;
  ptx::LaunchOptions options;
  options.stopAfterFindings = 1;
  const auto mutants =
      ptx::mutate(readFile(kPath), "fa2", [&](const ptx::Kernel &kernel) -> std::optional<std::string> {
        double error = 0;
        const ptx::Report report = run(kernel, problem, options, &error);
        if (!report.clean())
          return ptx::text(report.findings[0]);
        return error > 0.01 ? std::optional<std::string>("wrong result") : std::nullopt;
      });
  ASSERT_TRUE(mutants) << mutants.error();
  EXPECT_EQ(mutants->size(), 19u);
  // The first two groups are waited for together: without the first commit they are one, which is as good.
  size_t commits = 0;
  for (const ptx::Mutant &mutant : *mutants) {
    const bool harmless = mutant.instruction == "cp.async.commit_group;" && commits++ == 0;
    EXPECT_EQ(mutant.noticed.has_value(), !harmless) << "line " << mutant.line << ": " << mutant.instruction;
  }
}

/// The kernel for sm_90a: roles, rings and asynchronous products.
ptx::Report runHopper(const ptx::Kernel &kernel, const HopperProblem &problem, const ptx::LaunchOptions &options,
                      double *error = nullptr) {
  ptx::Memory memory;
  ptx::Arguments arguments(kernel);
  const std::vector<uint16_t> *inputs[] = {&problem.q, &problem.k, &problem.v};
  const char *const names[] = {"q", "k", "v"};
  for (size_t i = 0; i < 3; ++i) {
    ptx::TensorMap map;
    map.rank = 3;
    map.elementBytes = 2;
    map.size[0] = HopperProblem::kDim, map.size[1] = HopperProblem::kKeys, map.size[2] = 1;
    map.stride[0] = 2, map.stride[1] = 2 * HopperProblem::kDim, map.stride[2] = map.stride[1] * HopperProblem::kKeys;
    map.box[0] = 64, map.box[1] = i ? 16 : 64, map.box[2] = 1;
    map.swizzleBytes = 128;
    map.address = memory.allocate(names[i], inputs[i]->size() * 2, ptx::Access::Read, inputs[i]->data(), 16);
    arguments.set(i, map.encode());
  }
  const uint64_t o = memory.allocate("o", problem.q.size() * 2, ptx::Access::Output, nullptr, 16);
  arguments.set(3, o);
  const auto report =
      ptx::launch(kernel, {{1, 1, 1}, {384, 1, 1}, {1, 1, 1}, 24656}, arguments.bytes(), memory, options);
  EXPECT_TRUE(report) << report.error();
  std::vector<uint16_t> result(problem.q.size());
  std::memcpy(result.data(), memory.bytesAt(o), result.size() * 2);
  if (error)
    *error = problem.largestError(result);
  return *report;
}

TEST(HopperAttention, IsRightInEveryMode) {
  const auto module = ptx::Module::parse(readFile(kHopperPath));
  ASSERT_TRUE(module) << module.error();
  const auto kernel = module->kernel("fa3");
  ASSERT_TRUE(kernel) << kernel.error();
  const HopperProblem problem;
  for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random})
    for (ptx::Approx approx : {ptx::Approx::Exact, ptx::Approx::Worst}) {
      ptx::LaunchOptions options;
      options.async = async;
      options.approx = approx;
      options.seed = 9;
      double error = 0;
      const ptx::Report report = runHopper(*kernel, problem, options, &error);
      EXPECT_TRUE(report.clean()) << report.text();
      EXPECT_LT(error, 0.01);
    }
}

TEST(HopperAttention, EachDeletedSynchronisationIsNoticed) {
  const HopperProblem problem;
  ptx::LaunchOptions options;
  options.stopAfterFindings = 1;
  const auto mutants =
      ptx::mutate(readFile(kHopperPath), "fa3", [&](const ptx::Kernel &kernel) -> std::optional<std::string> {
        double error = 0;
        const ptx::Report report = runHopper(kernel, problem, options, &error);
        if (!report.clean())
          return ptx::text(report.findings[0]);
        return error > 0.01 ? std::optional<std::string>("wrong result") : std::nullopt;
      });
  ASSERT_TRUE(mutants) << mutants.error();
  EXPECT_EQ(mutants->size(), 97u);
  // What only takes time is not noticed: how registers are shared out; turns of the two consumers (their arrivals go
  // on); a fence right after another, with nothing in between that touches its registers.
  size_t fences = 0;
  for (const ptx::Mutant &mutant : *mutants) {
    const bool fence = mutant.instruction == "wgmma.fence.sync.aligned;" && fences++ == 2;
    const bool harmless =
        fence || mutant.instruction.find("setmaxnreg") == 0 || mutant.instruction.find("bar.sync %r") == 0;
    EXPECT_EQ(mutant.noticed.has_value(), !harmless) << "line " << mutant.line << ": " << mutant.instruction;
  }
}

TEST(Mutate, RefusesKernelsThatDoNotPass) {
  const std::string text = kernelText("", "trap;");
  const auto mutants = ptx::mutate(text, "k", [](const ptx::Kernel &) { return std::optional<std::string>("broken"); });
  ASSERT_FALSE(mutants);
  EXPECT_NE(mutants.error().find("does not pass as it is: broken"), std::string::npos);
}

TEST(Mutate, ReportsWhatNobodyNotices) {
  const std::string text = kernelText("", "bar.sync 0;\n  bar.sync 0;\n");
  const auto mutants = ptx::mutate(text, "k", [](const ptx::Kernel &) { return std::optional<std::string>(); });
  ASSERT_TRUE(mutants) << mutants.error();
  ASSERT_EQ(mutants->size(), 2u);
  EXPECT_EQ((*mutants)[0].line, 7);
  EXPECT_EQ((*mutants)[1].instruction, "bar.sync 0;");
  EXPECT_FALSE((*mutants)[0].noticed);
}

} // namespace
