// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening bundles: the good one, and every way in which library and manifest can disagree.
#include "camber/Runtime/Bundle.h"
#include "../Harness/FakeBundle.h"
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::test;

namespace {

class Opening : public testing::Test {
protected:
  void SetUp() override { directory = temporaryDirectory(); }
  void TearDown() override { std::filesystem::remove_all(directory); }
  void expectFailure(const std::string &message) {
    Result<Bundle> bundle = Bundle::open(directory);
    ASSERT_FALSE(bundle) << message;
    EXPECT_NE(bundle.error().find(message), std::string::npos) << bundle.error();
  }
  /// Replaces the library and makes the manifest agree with its bytes.
  void replaceLibrary(const std::string &bytes) {
    writeFakeBundle(directory, "NONE", [&](Json &m) {
      m["files"][0]["bytes"] = bytes.size();
      m["files"][0]["xxh3"] = fmt::format("{:016x}", hashBytes(bytes));
    });
    writeFile(directory + "/lib/libfake.so", bytes);
  }
  std::string directory;
};

TEST_F(Opening, AGoodBundleOpensAndStaysOpen) {
  writeFakeBundle(directory, "NONE");
  Result<Bundle> bundle = Bundle::open(directory);
  ASSERT_TRUE(bundle) << bundle.error();
  const Bundle moved = std::move(*bundle);
  EXPECT_EQ(moved.entry(0).plan(nullptr, 1, nullptr), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(moved.manifest().kernels[0].name, "fake");
}

TEST_F(Opening, NoDirectory) {
  std::filesystem::remove_all(directory);
  expectFailure("manifest.json: cannot be opened");
}

TEST_F(Opening, NoLibrary) {
  writeFakeBundle(directory, "NONE");
  std::filesystem::remove(directory + "/lib/libfake.so");
  expectFailure("libfake.so: cannot be opened");
}

TEST_F(Opening, LibraryChanged) {
  writeFakeBundle(directory, "NONE");
  std::string bytes = readFile(directory + "/lib/libfake.so");
  bytes[bytes.size() / 2] ^= 1;
  writeFile(directory + "/lib/libfake.so", bytes);
  expectFailure("does not have the hash in");
  writeFile(directory + "/lib/libfake.so", bytes.substr(0, 100));
  expectFailure("has 100 bytes, but");
}

TEST_F(Opening, LibraryOfAnotherCompilation) {
  writeFakeBundle(directory, "NONE", [](Json &m) { m["kernels"][0]["fingerprint"] = "fedcba9876543210"; });
  expectFailure("fake_fingerprint differs from the fingerprint in");
  writeFakeBundle(directory, "NONE", [](Json &m) { m["kernels"][0]["name"] = "other"; });
  expectFailure("does not export other_plan");
}

TEST_F(Opening, LibraryThatIsNone) {
  replaceLibrary("this is no library");
  expectFailure("cannot be loaded");
  replaceLibrary("");
  expectFailure("cannot be loaded");
}

TEST_F(Opening, LibraryNotListed) {
  writeFakeBundle(directory, "NONE", [](Json &m) { m["files"] = Json::array(); });
  expectFailure("files does not list lib/libfake.so");
}

TEST_F(Opening, OtherArchitecture) {
  writeFakeBundle(directory, "NONE", [](Json &m) { m["architecture"] = "pdp11"; });
  expectFailure("architecture is 'pdp11', this machine is");
}

} // namespace
