// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Benchmarks: statistics, rounds, grouping by sizes, bytes, options. No test looks at how fast anything is.
#include "Bench.h"
#include "../Reference/ScoreBuilder.h"
#include "../Runtime/NoThreads.h"
#include "CheckRun.h"
#include "camber/Harness/Clock.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

TEST(Statistics, QuartilesInterpolate) {
  const Summary summary = summarise({4, 1, 3, 2});
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.lowerQuartile, 1.75);
  EXPECT_EQ(summary.median, 2.5);
  EXPECT_EQ(summary.upperQuartile, 3.25);
  EXPECT_EQ(summary.spread(), 0.6);
  EXPECT_EQ(summarise({7}).lowerQuartile, 7);
  EXPECT_EQ(summarise({7}).spread(), 0);
  EXPECT_EQ(summarise({0, 0}).spread(), 0);
  EXPECT_EQ(median({5, 1, 100}), 5);
}

TEST(Statistics, RatiosAreOfTheSameRound) {
  // The machine was three times slower in the second half: the ratio of medians would be wrong, whichever is divided.
  EXPECT_EQ(medianRatio({2, 2, 6, 6}, {1, 1, 3, 3}), 2);
  EXPECT_EQ(medianRatio({2, 5, 6}, {1, 0, 2}), 2.5);
  EXPECT_EQ(medianRatio({2}, {0}), 0);
}

TEST(Clock, OneThreadIsNotChargedForOthers) {
  EXPECT_EQ(chooseClock({1}), Clock::Processor);
  EXPECT_EQ(chooseClock({1, 2}), Clock::Wall) << "their times are compared";
  const double wall = now(Clock::Wall), processor = now(Clock::Processor);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_GE(now(Clock::Wall) - wall, 0.05);
  EXPECT_LT(now(Clock::Processor) - processor, 0.05);
}

TEST(Stream, ReadsItsBuffer) {
  const StreamBuffer buffer(1 << 20);
  EXPECT_EQ(buffer.bytes(), 1 << 20);
  EXPECT_GT(buffer.sweep(1), 0);
  EXPECT_GT(buffer.sweep(3), 0);
  const NoThreads none;
  EXPECT_GT(buffer.sweep(3), 0);
  EXPECT_GE(StreamBuffer(1).bytes(), 1);
  EXPECT_GT(lastLevelCacheBytes(), 1 << 14);
}

class Rounds : public testing::Test {
protected:
  Candidate candidate(char name) {
    return {[this, name]() -> Status {
              calls += name;
              if (calls.size() > failAfter)
                return Failure{"broken"};
              return Done{};
            },
            {},
            1};
  }
  const StreamBuffer stream{4096};
  std::string calls;
  size_t failAfter = 1000;
};

TEST_F(Rounds, ByTurnsAndEachOnceTheFirst) {
  RoundLimits limits;
  limits.seconds = 0;
  limits.minRounds = 4;
  const auto samples = runInterleaved({candidate('a'), candidate('b'), candidate('c')}, stream, limits);
  ASSERT_TRUE(samples) << samples.error();
  EXPECT_EQ(calls, "abc" // not recorded
                   "abcbcacababc");
  ASSERT_EQ(samples->size(), 3u);
  for (const Samples &s : *samples) {
    EXPECT_EQ(s.seconds.size(), 4u);
    EXPECT_EQ(s.peaks.size(), 4u);
    EXPECT_EQ(s.streams.size(), 4u);
  }
}

TEST_F(Rounds, EndAtTheMostRounds) {
  RoundLimits limits;
  limits.maxRounds = 7;
  ASSERT_TRUE(runInterleaved({candidate('a')}, stream, limits));
  EXPECT_EQ(calls.size(), 8u);
  EXPECT_TRUE(runInterleaved({}, stream, limits));
}

TEST_F(Rounds, WhatFailsEndsThem) {
  failAfter = 3;
  const auto samples = runInterleaved({candidate('a'), candidate('b')}, stream, {});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error(), "broken");
  EXPECT_EQ(calls.size(), 4u);
}

TEST(Bench, GroupsOfEqualSizes) {
  using Groups = std::vector<std::vector<size_t>>;
  EXPECT_EQ(groupBySizes({}), Groups());
  EXPECT_EQ(groupBySizes({{1, 8, 8}, {1, 8, 16}, {1, 8, 8}, {2, 8, 8}, {1, 8, 16}}), (Groups{{0, 2}, {1, 4}, {3}}));
}

TEST(Bench, RelativeOnlyAtEqualSizes) {
  CheckOptions options;
  EXPECT_TRUE(checkRelativeTo(options, {"a", "b"}, {{1, 8, 8}, {1, 8, 16}}));
  options.relativeTo = "b";
  EXPECT_TRUE(checkRelativeTo(options, {"a", "b"}, {{1, 8, 16}, {1, 8, 16}}));
  const Status status = checkRelativeTo(options, {"a", "b"}, {{1, 8, 8}, {1, 8, 16}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error(), "kernel 'a' has batch 1, q_len 8, kv_len 8, and 'b' (--relative-to) has batch 1, q_len 8, "
                            "kv_len 16; times are compared at equal sizes, choose kernels with --kernel");
}

TEST(Bench, EachByteOnce) {
  Kernel kernel = plainKernel(4, 2, 8);
  for (Operand &operand : kernel.operands)
    if (operand.role != Role::Lse)
      operand.element = Element::F16;
  const double rest = 2 * (2 * 4 * 3 * 8 * 2) + 2 * 4 * 3 * 4;
  EXPECT_EQ(bytesMoved(kernel, {2, 3, 10}, {}), rest + 2 * (2 * 2 * 10 * 8 * 2));
  kernel.operands.push_back({"key_end", Role::KeyEnd, Element::I32, {Dim{Dim::Batch, 0}}});
  Tensor ends(Element::I32, {2});
  ends.set(0, 10);
  ends.set(1, 5);
  EXPECT_EQ(bytesMoved(kernel, {2, 3, 10}, {{"key_end", ends}}), rest + 2 * (2 * 15 * 8 * 2) + 2 * 4);
  EXPECT_EQ(bytesMoved(kernel, {0, 3, 10}, {{"key_end", Tensor(Element::I32, {0})}}), 0);
}

/// camber-check on the fake kernel.
class BenchRun : public CheckRun {
protected:
  void SetUp() override {
    CheckRun::SetUp();
    options.bench = true;
    options.inputs = "normal";
    options.benchSeconds = 0;
    writeFakeBundle(options.bundle, "NONE");
  }
};

TEST_F(BenchRun, JsonCarriesEverything) {
  options.benchRounds = 3;
  options.relativeTo = "fake";
  ASSERT_EQ(run(), kPassed) << err;
  const Json report = Json::parse(out);
  for (const auto &[key, value] : report.items())
    EXPECT_EQ(value.is_null(), key == "baseline") << key; // BaselineTest.cpp asks for one
  EXPECT_EQ(report["threads"], 2);
  EXPECT_EQ(report["clock"], "wall");
  EXPECT_EQ(report["seconds"].size(), 3u);
  EXPECT_EQ(report["seconds_quartiles"].size(), 2u);
  EXPECT_GT(report["seconds_min"], 0);
  EXPECT_GE(report["seconds_median"], report["seconds_min"]);
  EXPECT_GT(report["share_of_peak"], 0);
  EXPECT_GT(report["share_of_stream"], 0);
  EXPECT_EQ(report["relative_time"], 1);
  EXPECT_EQ(report["object_bytes"], 1000);
  EXPECT_GT(report["max_abs_error"], 0);
}

TEST_F(BenchRun, ALineForEachNumberOfThreads) {
  options.benchThreads = {1, 3};
  ASSERT_EQ(run(), kPassed) << err;
  std::istringstream lines(out);
  for (int threads : {1, 3}) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(Json::parse(line)["threads"], threads);
    EXPECT_EQ(Json::parse(line)["seconds"].size(), 5u);
  }
}

TEST_F(BenchRun, TwoTables) {
  options.json = false;
  ASSERT_EQ(run(), kPassed) << err;
  EXPECT_NE(out.find("fake    passed"), std::string::npos) << out;
  EXPECT_NE(out.find("; 2 threads, wall time; 5 rounds, cold; "), std::string::npos) << out;
  EXPECT_NE(out.find("\nkernel  min ms  median  spread  GFLOP/s  peak"), std::string::npos) << out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 6) << out;
}

TEST_F(BenchRun, WithoutVerification) {
  writeFakeBundle(options.bundle, "WRONG_RESULT");
  options.noVerify = true;
  ASSERT_EQ(run(), kPassed) << err;
  const Json report = Json::parse(out);
  EXPECT_EQ(report["outcome"], "skipped");
  EXPECT_EQ(report["passed"], false);
  EXPECT_TRUE(report["max_abs_error"].is_null());
  EXPECT_GT(report["seconds_median"], 0);
  options.outputFiles = {"o=x.npy"};
  expectBadInput("--output and --expect have no effect with --no-verify");
}

TEST_F(BenchRun, WhatFailedIsNotTimed) {
  writeFakeBundle(options.bundle, "WRONG_RESULT");
  EXPECT_EQ(run(), kFailed);
  EXPECT_TRUE(Json::parse(out)["seconds_median"].is_null());
  options.json = false;
  EXPECT_EQ(run(), kFailed);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2) << out;
}

TEST_F(BenchRun, EmptySizes) {
  options.batch = 0;
  EXPECT_EQ(run(), kPassed) << err;
  EXPECT_EQ(Json::parse(out)["flops"], 0);
}

TEST_F(BenchRun, BadOptions) {
  options.relativeTo = "other";
  expectBadInput("there is no kernel 'other' (--relative-to) among those that are timed: fake");
  options.relativeTo.reset();
  options.benchRounds = 0;
  expectBadInput("--bench-rounds must be at least 1");
  options.benchRounds.reset();
  options.benchThreads = {1, 2, 1};
  expectBadInput("--bench-threads=1 is given twice");
  options.benchThreads = {};
  for (double seconds : {-1.0, 2e6, double(NAN)}) {
    options.benchSeconds = seconds;
    expectBadInput("--bench-time must be a number of seconds from 0 to 1000000");
  }
  options.bench = false;
  expectBadInput("--bench-time has no effect without --bench");
  options.benchSeconds.reset();
  options.noVerify = true;
  expectBadInput("--no-verify has no effect without --bench");
}

} // namespace
