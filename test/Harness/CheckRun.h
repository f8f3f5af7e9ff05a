// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check on a bundle in a directory of the test's own.
#ifndef CAMBER_TEST_HARNESS_CHECKRUN_H
#define CAMBER_TEST_HARNESS_CHECKRUN_H

#include "FakeBundle.h"
#include "camber/Harness/Check.h"
#include <filesystem>
#include <gtest/gtest.h>

namespace camber::test {

class CheckRun : public testing::Test {
protected:
  void SetUp() override {
    directory = temporaryDirectory();
    options.bundle = directory + "/bundle";
    options.threads = 2;
    options.json = true;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  int run() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = harness::runCheck(options);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return status;
  }
  void expectBadInput(const std::string &message) {
    EXPECT_EQ(run(), harness::kBadInput);
    EXPECT_NE(err.find(message), std::string::npos) << err;
    EXPECT_EQ(out, "");
  }

  std::string directory, out, err;
  harness::CheckOptions options;
};

} // namespace camber::test

#endif
