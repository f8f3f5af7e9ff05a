// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels with biases, a mask and a target of test/lib run against the reference of twins written with what Camber
// knows.
#include "../Compiler/CompiledBundle.h"
#include "CheckKernel.h"
#include "TestBias.h"
#include "camber/Target/Target.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace camber;

namespace {

KernelSource pairs() {
  KernelSource source;
  source.file = CAMBER_SOURCE_DIR "/test/lib/Inputs/pairs.mlir";
  auto text = llvm::MemoryBuffer::getFile(source.file);
  if (text)
    source.text = (*text)->getBuffer().str();
  source.registerDialects = [](mlir::DialectRegistry &registry) { registry.insert<test::TestBiasDialect>(); };
  return source;
}

Result<harness::KernelReport> check(const Kernel &kernel, const EntryPoints &entry,
                                    const harness::CheckOptions &options, int threads) {
  harness::HostCode code(kernel, entry);
  return harness::checkKernel(kernel, code, options, threads);
}

void runPairs(const TargetDesc &target) {
  if (!hostCanRun(target))
    GTEST_SKIP() << "this processor cannot run " << target.name;
  CompileOptions compileOptions;
  compileOptions.targets = {target};
  compileOptions.unchecked = true;
  test::CompiledBundle compiled(pairs(), compileOptions);
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  const std::vector<Kernel> &kernels = compiled.bundle->manifest().kernels;
  ASSERT_EQ(kernels.size() % 2, 0u);
  harness::CheckOptions options;
  options.inputs = "all";
  size_t compared = 0;
  for (size_t k = 0; k < kernels.size(); k += 2) {
    ASSERT_EQ(kernels[k].name + "_twin", kernels[k + 1].name);
    // The reference has never heard of the first, and says so.
    EXPECT_FALSE(kernels[k].checkable) << kernels[k].name;
    EXPECT_TRUE(kernels[k + 1].checkable) << kernels[k + 1].name;
    for (auto [qLen, kvLen] : {std::pair{41, 41}, std::pair{3, 50}, std::pair{1, 37}, std::pair{70, 33}}) {
      options.qLen = qLen;
      options.kvLen = kvLen;
      options.batch = 2;
      auto report = check(kernels[k], compiled.bundle->entry(k), options, 2);
      ASSERT_TRUE(report) << report.error();
      EXPECT_EQ(report->outcome, "unverified") << kernels[k].name;
      // The twin's contract and reference, the foreign kernel's code.
      auto twin = check(kernels[k + 1], compiled.bundle->entry(k), options, 2);
      ASSERT_TRUE(twin) << twin.error();
      EXPECT_EQ(twin->outcome, "passed") << kernels[k].name << " at " << qLen << " x " << kvLen << ": "
                                         << (twin->messages.empty() ? "" : twin->messages.front());
      compared += twin->rowsChecked;
    }
  }
  EXPECT_GT(compared, 0u);

  // Against the twin of another bias it fails: the comparison above tells biases apart.
  auto named = [&](const std::string &name) {
    return std::find_if(kernels.begin(), kernels.end(), [&](const Kernel &kernel) { return kernel.name == name; }) -
           kernels.begin();
  };
  auto other = check(kernels[named("fade_twin")], compiled.bundle->entry(named("warp")), {}, 2);
  ASSERT_TRUE(other) << other.error();
  EXPECT_EQ(other->outcome, "failed");
}

TEST(ForeignBias, RunsOnAKnownTarget) { runPairs(llvm::cantFail(lookupTarget("x86-64-v3"))); }

TEST(ForeignBias, RunsOnAForeignTarget) {
  test::registerToyTarget();
  runPairs(llvm::cantFail(lookupTarget("toy-128")));
}

/// A bias that lib/ has never heard of says that it falls, and keys are skipped where it has; one that does not say so
/// is computed everywhere.
TEST(ForeignBias, KeysAreLeftOut) {
  const TargetDesc target = llvm::cantFail(lookupTarget("x86-64-v3"));
  if (!hostCanRun(target))
    GTEST_SKIP() << "this processor cannot run " << target.name;
  CompileOptions compileOptions;
  compileOptions.targets = {target};
  compileOptions.unchecked = true;
  test::CompiledBundle compiled(pairs(), compileOptions);
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  const std::vector<Kernel> &kernels = compiled.bundle->manifest().kernels;
  harness::CheckOptions options;
  options.inputs = "normal";
  options.qLen = 150;
  options.kvLen = 1500;
  for (size_t k = 0; k < kernels.size(); k += 2) {
    const bool falls = kernels[k].name == "line";
    if (!falls && kernels[k].name != "tent")
      continue;
    EXPECT_EQ(kernels[k].skips, falls);
    auto report = check(kernels[k + 1], compiled.bundle->entry(k), options, 1);
    ASSERT_TRUE(report) << report.error();
    EXPECT_EQ(report->outcome, "passed");
    auto twin = check(kernels[k + 1], compiled.bundle->entry(k + 1), options, 1);
    ASSERT_TRUE(twin) << twin.error();
    EXPECT_EQ(*report->tilesVisited, *twin->tilesVisited) << kernels[k].name;
    // Causal: half of the keys are hidden at most.
    EXPECT_EQ(*report->tilesVisited < *report->tilesTotal * 3 / 4, falls) << kernels[k].name;
  }
}

TEST(ForeignBias, NeedsUnchecked) {
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("x86-64-v3"))};
  llvm::Expected<std::string> text = emitText(pairs(), options, Emit::Tile);
  ASSERT_FALSE(text);
  std::string error = llvm::toString(text.takeError());
  EXPECT_NE(error.find("kernel 'dilated'"), std::string::npos) << error; // a foreign mask alone is enough
  EXPECT_NE(error.find("kernel 'line'"), std::string::npos) << error;
  EXPECT_NE(error.find("--unchecked"), std::string::npos) << error;
  EXPECT_EQ(error.find("_twin'"), std::string::npos) << error;
}

} // namespace
