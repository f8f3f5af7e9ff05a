// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check finds each planted fault of FakeKernel.h by the guard that is there for it, and passes the right kernel.
#include "camber/Harness/Guard.h"
#include "FakeBundle.h"
#include "camber/Harness/Check.h"
#include <filesystem>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

struct Outcome {
  int status;
  std::string out, err;
};

Outcome check(const std::string &fault, int threads = 2) {
  const std::string directory = temporaryDirectory();
  writeFakeBundle(directory, fault);
  CheckOptions options;
  options.bundle = directory;
  options.threads = threads;
  options.timeout = fault == "ENDLESS" ? 0.5 : options.timeout;
  options.json = true;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = runCheck(options);
  std::filesystem::remove_all(directory);
  const std::string out = testing::internal::GetCapturedStdout();
  return {status, out, testing::internal::GetCapturedStderr()};
}

TEST(Guards, CorrectKernelPasses) {
  for (int threads : {1, 2, 5}) {
    const Outcome outcome = check("NONE", threads);
    EXPECT_EQ(outcome.status, kPassed) << outcome.err;
    const Json report = Json::parse(outcome.out);
    EXPECT_TRUE(report["passed"]);
    EXPECT_EQ(report["rows_checked"], report["rows_total"]);
    EXPECT_LE(report["max_abs_error"], report["tolerance"]);
    EXPECT_GT(report["tiles_total"], report["tiles_visited"]);
  }
}

struct Planted {
  const char *fault, *found;
};
class PlantedFault : public testing::TestWithParam<Planted> {};

TEST_P(PlantedFault, IsFound) {
  for (int threads : {1, 2}) {
    const Outcome outcome = check(GetParam().fault, threads);
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_NE(outcome.err.find(GetParam().found), std::string::npos) << outcome.err;
    EXPECT_FALSE(Json::parse(outcome.out)["passed"]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Guards, PlantedFault,
    testing::Values(
        Planted{"READ_PAST_END", "accessed memory past the end of 'k' (by 1 bytes)"},
        Planted{"READ_BEFORE_START", "accessed memory before the start of 'k' (by 4 bytes)"},
        Planted{"READ_STRIDE_GAP", "strides with gaps, guard pages behind] o at"}, Planted{"WORKSPACE", "o at batch"},
        Planted{"WRITE_PAST_OUTPUT", "past the end of 'o' (by 1 bytes)"},
        Planted{"WRITE_STRIDE_GAP", "wrote into the stride gaps of output 'o'"},
        Planted{"FP_CONTROL", "changed the floating-point control register"},
        Planted{"FP_CONTROL_RESET", "dense, guard pages before] run changed the floating-point control register"},
        Planted{"OUTSIDE_KEY_RANGE", "is nan, should be"}, Planted{"WRONG_RESULT", "o at batch"},
        Planted{"WRONG_LSE", "lse at batch"}, Planted{"WRITE_INPUT", "wrote to 'q', which it may only read"},
        Planted{"WORKSPACE_OVERRUN", "workspace"}, Planted{"STATUS", "CAMBER_ERROR_ALIASING (13)"},
        Planted{"ILLEGAL", "instruction that this processor does not have"},
        Planted{"ENDLESS", "kernel did not return within 1 s"}),
    [](const auto &info) { return std::string(info.param.fault); });

TEST(GuardedBuffer, FlushAtEitherEndAndSlackWatched) {
  for (Flush flush : {Flush::End, Flush::Start}) {
    auto buffer = GuardedBuffer::allocate("b", 20, Element::F32, flush, 4);
    ASSERT_TRUE(buffer);
    char *data = (*buffer)->data();
    EXPECT_TRUE((*buffer)->slackIntact());
    EXPECT_TRUE((*buffer)->isFilling(16));
    volatile char *outside = flush == Flush::End ? data + 20 : data - 1;
    const auto fault = catchFault([&] { *outside = 1; });
    ASSERT_TRUE(fault);
    EXPECT_NE(fault->find(flush == Flush::End ? "past the end of 'b'" : "before the start of 'b'"), std::string::npos)
        << *fault;
    (flush == Flush::End ? data[-1] : data[20]) = 1;
    EXPECT_FALSE((*buffer)->slackIntact());
  }
}

TEST(GuardedBuffer, FaultsAreCaughtAgainAndAgain) {
  auto buffer = GuardedBuffer::allocate("b", 4, Element::F32, Flush::End, 4);
  ASSERT_TRUE(buffer);
  for (int i = 0; i < 3; ++i) {
    volatile char *outside = (*buffer)->data() + 4;
    EXPECT_TRUE(catchFault([&] { (void)*outside; }));
  }
  EXPECT_FALSE(catchFault([] {}));
}

TEST(FpControl, RoundTrips) {
  const uint64_t before = readFpControl();
  writeFpControl(withFlushToZero(before));
  EXPECT_EQ(readFpControl(), withFlushToZero(before));
  writeFpControl(before);
  EXPECT_EQ(readFpControl(), before);
}

} // namespace
