// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check end to end on the fake kernel: the user's arrays and every way of bad input.
#include "camber/Harness/Check.h"
#include "CheckRun.h"
#include "camber/Harness/Tensor.h"
#include <CLI/CLI.hpp>
#include <filesystem>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::harness;
using namespace camber::test;

namespace {

class Check : public CheckRun {
protected:
  void SetUp() override {
    CheckRun::SetUp();
    bundle = options.bundle;
  }
  std::string array(const std::string &name, std::vector<int64_t> shape, double value, Element element = Element::F32) {
    Tensor tensor(element, std::move(shape));
    for (int64_t i = 0; i < tensor.size(); ++i)
      tensor.set(i, value);
    const std::string path = directory + "/" + name + ".npy";
    EXPECT_TRUE(writeNpy(path, tensor));
    return name + "=" + path;
  }

  std::string bundle;
};

TEST_F(Check, TableHasOneLinePerKernel) {
  writeFakeBundle(bundle, "NONE");
  options.json = false;
  options.inputs = "normal";
  EXPECT_EQ(run(), kPassed) << err;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2) << out;
  EXPECT_NE(out.find("fake    passed"), std::string::npos) << out;
}

TEST_F(Check, EmptySizesAreValid) {
  writeFakeBundle(bundle, "NONE");
  for (auto [batch, q, kv] : {std::tuple(0, 3, 5), std::tuple(1, 0, 5), std::tuple(2, 3, 0), std::tuple(1, 1, 1)}) {
    options.batch = batch, options.qLen = q, options.kvLen = kv;
    EXPECT_EQ(run(), kPassed) << err;
  }
}

TEST_F(Check, UserArraysInAndOut) {
  writeFakeBundle(bundle, "NONE");
  options.inputFiles = {array("q", {1, 2, 3, 8}, 0), array("k", {1, 1, 5, 8}, 1), array("v", {1, 1, 5, 8}, 2.5),
                        array("key_end", {1}, 5, Element::I32)};
  options.outputFiles = {"o=" + directory + "/o.npy", "lse=" + directory + "/lse.npy"};
  options.expectFiles = {array("o", {1, 2, 3, 8}, 2.5)};
  options.expectFiles[0] = "o=" + directory + "/wanted.npy";
  std::filesystem::rename(directory + "/o.npy", directory + "/wanted.npy");
  ASSERT_EQ(run(), kPassed) << err;
  Result<Tensor> o = readNpy(directory + "/o.npy", Element::F32), lse = readNpy(directory + "/lse.npy", Element::F32);
  ASSERT_TRUE(o && lse);
  EXPECT_EQ(o->get(0), 2.5);
  EXPECT_FLOAT_EQ(static_cast<float>(lse->get(0)),
                  std::log(3.0f)); // the first of three queries sees three of five keys

  array("wanted", {1, 2, 3, 8}, 2.75);
  EXPECT_EQ(run(), kFailed);
  EXPECT_NE(err.find("differs from"), std::string::npos) << err;
  options.tolerance = 0.5;
  EXPECT_EQ(run(), kPassed) << err;
}

TEST_F(Check, AnInfiniteValueDoesNotHideAWrongKernel) {
  const std::string path = directory + "/v.npy";
  Tensor v(Element::F32, {1, 1, 5, 8});
  for (int64_t i = 0; i < v.size(); ++i)
    v.set(i, double(i % 7));
  v.set(4 * 8 + 3, INFINITY); // the last key, which the last query sees
  ASSERT_TRUE(writeNpy(path, v));
  options.inputFiles = {"v=" + path};
  options.qLen = 3;
  options.batch = 1;
  for (const auto &[fault, status] : {std::pair("NONE", kPassed), {"WRONG_RESULT", kFailed}}) {
    writeFakeBundle(bundle, fault);
    EXPECT_EQ(run(), status) << err;
    EXPECT_LT(Json::parse(out)["tolerance"], 1e-3) << out;
  }
}

TEST_F(Check, UnverifiedIsNotPassed) {
  writeFakeBundle(bundle, "NONE", [](Json &manifest) { manifest["kernels"][0]["checkable"] = false; });
  EXPECT_EQ(run(), kFailed);
  EXPECT_EQ(Json::parse(out)["outcome"], "unverified");
  EXPECT_TRUE(Json::parse(out)["max_abs_error"].is_null());
}

TEST_F(Check, BadOptions) {
  writeFakeBundle(bundle, "NONE");
  options.kernels = {"nothing"};
  expectBadInput("there is no kernel 'nothing' (--kernel); there are fake");
  options.kernels = {};
  options.device = "abacus";
  expectBadInput("unknown device 'abacus'");
  options.device = "cpu";
  options.inputs = "nice";
  expectBadInput("unknown input set 'nice'");
  options.inputs = "auto";
  options.kvLen = 5000;
  expectBadInput("compiled for at most 4096");
  options.kvLen = -1;
  expectBadInput("must not be negative");
  options.kvLen.reset();
  for (double tolerance : {-1.0, double(NAN), double(INFINITY)}) {
    options.tolerance = tolerance;
    expectBadInput("--tolerance must be a finite number of at least 0");
  }
  options.tolerance.reset();
  for (double timeout : {-1.0, 2e6, double(NAN)}) {
    options.timeout = timeout;
    expectBadInput("--timeout must be a number of seconds from 0 to 1000000");
  }
}

TEST_F(Check, AProcessorThatLacksTheInstructions) {
  writeFakeBundle(bundle, "PROCESSOR");
  expectBadInput("kernel 'fake' was compiled for ");
  expectBadInput("and this processor lacks the instructions; compile it on this machine");
}

TEST_F(Check, FamiliesMustChooseAsTheyShould) {
  const auto addFamily = [](Json &manifest) {
    manifest["families"] = Json::array({{{"name", "fakes"}, {"kernels", Json::array({"fake"})}}});
  };
  options.inputs = "normal";
  writeFakeBundle(bundle, "NONE", addFamily);
  EXPECT_EQ(run(), kPassed) << err;
  const std::pair<const char *, const char *> faults[] = {
      {"FAMILY_COUNT", "through family 'fakes'] family 'fakes' says it has 2 kernels; the manifest lists 1"},
      {"FAMILY_STATUS", "family 'fakes' says of variant 0 that 'fake' gets CAMBER_ERROR_QUERY_LENGTH; it is 'fake' "
                        "and gets CAMBER_OK"},
      {"FAMILY_CHOICE", "family 'fakes' did not choose 'fake', the first kernel that fits"}};
  for (const auto &[fault, message] : faults) {
    writeFakeBundle(bundle, fault, addFamily);
    EXPECT_EQ(run(), kFailed) << fault;
    EXPECT_NE(err.find(message), std::string::npos) << err;
  }
  writeFakeBundle(bundle, "NONE", [&](Json &manifest) {
    addFamily(manifest);
    manifest["families"][0]["name"] = "others";
  });
  expectBadInput("does not export others_plan; library and manifest are not of one compilation");
}

TEST_F(Check, BadSizes) {
  writeFakeBundle(bundle, "NONE");
  options.qLen = 1 << 24;
  expectBadInput("lengths must be below 2^24 (16777216)");
  options.qLen = 3;
  // The bytes of an operand would not fit into 64 bits.
  options.batch = (int64_t(1) << 58) + 1;
  expectBadInput("batch = 288230376151711745: it must be below 2^31");
  options.batch = INT32_MAX;
  expectBadInput("the operands of kernel 'fake' take ");
}

TEST_F(Check, BadArrays) {
  writeFakeBundle(bundle, "NONE");
  auto input = [&](const std::string &text, const std::string &message) {
    options.inputFiles = {text};
    expectBadInput(message);
  };
  input("q", "'q' is not NAME=FILE.npy");
  input("x=" + directory + "/x.npy", "no input named 'x'; it has q, k, v, key_end");
  input("o=" + directory + "/x.npy", "no input named 'o'");
  input("q=" + directory + "/missing.npy", "missing.npy: cannot be opened");
  input(array("q", {2, 3, 8}, 0), "operand 'q' has 4 dimensions");
  input(array("q", {1, 3, 3, 8}, 0), "has shape [1, 3, 3, 8], operand 'q' needs [1, 2, 3, 8]");
  input(array("key_end", {1}, 0.5), "is 0.5, which is no i32");
  input(array("key_end", {1}, 4000, Element::I32), "0 <= begin <= end <=");
  input("q=" + directory, directory + ": cannot be read; is it a directory?");
  writeFile(directory + "/bad.npy", "hello");
  input("q=" + directory + "/bad.npy", "is not a .npy file");
  options.inputFiles = {array("q", {1, 2, 3, 8}, 0), array("k", {2, 1, 5, 8}, 0)};
  expectBadInput("batch is 1 by");
  const std::string q = array("q", {1, 2, 3, 8}, 0);
  options.inputFiles = {q, q};
  expectBadInput("'q' is given twice: ");
  options.inputFiles = {};
  options.outputFiles = {"o=" + directory + "/no/such/directory/o.npy"};
  EXPECT_EQ(run(), kBadInput);
  EXPECT_NE(err.find("cannot be written"), std::string::npos) << err;
}

TEST_F(Check, OutputsThatWouldOverwrite) {
  writeFakeBundle(bundle, "NONE");
  const std::string q = array("q", {1, 2, 3, 8}, 0), x = directory + "/x.npy";
  options.outputFiles = {"o=" + x, "lse=" + directory + "/./x.npy"};
  expectBadInput("--output o=" + x + " would overwrite the file of --output lse=" + directory + "/./x.npy");
  options.outputFiles = {"o=" + x};
  options.inputFiles = {q};
  std::filesystem::create_hard_link(directory + "/q.npy", x);
  expectBadInput("--output o=" + x + " would overwrite the file of --input " + q);
  std::filesystem::remove(x);
  std::filesystem::create_symlink(directory + "/q.npy", x);
  expectBadInput("--output o=" + x + " would overwrite the file of --input " + q);
  std::filesystem::remove(x);
  options.expectFiles = {"o=" + x};
  expectBadInput("would overwrite the file of --expect o=");
  options.expectFiles = {};
  EXPECT_EQ(run(), kPassed) << err;
  options.outputFiles = {"o=/dev/null", "lse=/dev/null"};
  EXPECT_EQ(run(), kPassed) << "a device holds nothing that could be lost: " << err;
}

TEST_F(Check, CommandLine) {
  CLI::App app;
  addCheckOptions(app, options);
  const char *arguments[] = {"camber-check", "--bench", "--threads", "3",       "--input",
                             "q=a.npy",      "--input", "k=b.npy",   "--batch", "7"};
  app.parse(10, const_cast<char **>(arguments));
  EXPECT_TRUE(options.bench);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.inputFiles, (std::vector<std::string>{"q=a.npy", "k=b.npy"}));
  EXPECT_EQ(options.batch, 7);
  for (const char *wrong :
       {"--seed=-1", "--seed=18446744073709551616", "--seed=one", "--threads=-1", "--threads=5000", "--batch=010x",
        "--batch=2147483648", "--q-len=-1", "--q-len=16777216", "--kv-len=99999999999999999999", "--timeout=soon"}) {
    const char *arguments[] = {"camber-check", wrong};
    EXPECT_THROW(app.parse(2, const_cast<char **>(arguments)), CLI::ParseError) << wrong;
  }
  const char *twice[] = {"camber-check", "--seed=1", "--seed=2"};
  EXPECT_THROW(app.parse(3, const_cast<char **>(twice)), CLI::ParseError);
}

} // namespace
