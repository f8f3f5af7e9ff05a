// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels with structure that only test/lib registers, as CPU objects and as PTX, against the reference of twins
// written with what Camber knows.
#include "../Compiler/CompiledBundle.h"
#include "CheckKernel.h"
#include "KernelCode.h"
#include "TestStructure.h"
#include "camber/Target/Target.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace camber;

namespace {

KernelSource pairs() {
  KernelSource source;
  source.file = CAMBER_SOURCE_DIR "/test/lib/Inputs/structure.mlir";
  if (auto text = llvm::MemoryBuffer::getFile(source.file))
    source.text = (*text)->getBuffer().str();
  source.registerDialects = [](mlir::DialectRegistry &registry) { registry.insert<test::TestStructureDialect>(); };
  return source;
}

CompileOptions optionsFor(const TargetDesc &target) {
  CompileOptions options;
  options.targets = {target};
  options.cubins = false;
  options.unchecked = true;
  return options;
}

/// The kernel's code against its twin's reference.
harness::KernelReport check(const Kernel &twin, harness::KernelCode &code, const harness::CheckOptions &options) {
  Result<harness::KernelReport> report = harness::checkKernel(twin, code, options, 2);
  EXPECT_TRUE(report) << report.error();
  EXPECT_EQ(report->outcome, "passed") << twin.name << ": "
                                       << (report->messages.empty() ? "" : report->messages.front());
  return *report;
}

TEST(ForeignStructure, RunsOnTheCPU) {
  const TargetDesc target = llvm::cantFail(lookupTarget("x86-64-v3"));
  if (!hostCanRun(target))
    GTEST_SKIP() << "this processor cannot run " << target.name;
  test::CompiledBundle compiled(pairs(), optionsFor(target));
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  const std::vector<Kernel> &kernels = compiled.bundle->manifest().kernels;
  ASSERT_EQ(kernels.size(), 4u);
  harness::CheckOptions options;
  options.inputs = "all";
  options.batch = 2;
  for (size_t k = 0; k < kernels.size(); k += 2) {
    ASSERT_EQ(kernels[k].name + "_twin", kernels[k + 1].name);
    EXPECT_FALSE(kernels[k].checkable) << kernels[k].name;
    harness::HostCode code(kernels[k], compiled.bundle->entry(k));
    for (auto [qLen, kvLen] : {std::pair{41, 41}, std::pair{3, 350}, std::pair{1, 37}, std::pair{300, 333}}) {
      options.qLen = qLen;
      options.kvLen = kvLen;
      check(kernels[k + 1], code, options);
    }
  }
}

/// Tiles that the op hides as a whole are not visited, as with a mask of Camber's own.
TEST(ForeignStructure, HiddenTilesAreSkipped) {
  const TargetDesc target = llvm::cantFail(lookupTarget("x86-64-v3"));
  if (!hostCanRun(target))
    GTEST_SKIP() << "this processor cannot run " << target.name;
  test::CompiledBundle compiled(pairs(), optionsFor(target));
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  const std::vector<Kernel> &kernels = compiled.bundle->manifest().kernels;
  harness::CheckOptions options;
  options.inputs = "normal";
  options.qLen = options.kvLen = 2000;
  for (size_t k = 0; k < kernels.size(); k += 2) {
    harness::HostCode code(kernels[k], compiled.bundle->entry(k));
    harness::KernelReport report = check(kernels[k + 1], code, options);
    // A causal mask leaves more than half of the tiles, a window of 200 keys less.
    EXPECT_EQ(*report.tilesVisited * 20 < *report.tilesTotal * 9, kernels[k].name == "recent")
        << kernels[k].name << ": " << *report.tilesVisited << " of " << *report.tilesTotal;
  }
}

TEST(ForeignStructure, RunsOnADevice) {
  auto directory = llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"));
  harness::CheckOptions options;
  options.bundle = directory.file("bundle");
  options.device = "interpreter";
  options.inputs = "normal";
  options.batch = 1;
  options.qLen = 70;
  options.kvLen = 290;
  llvm::Error error =
      compileBundle(pairs(), optionsFor(llvm::cantFail(lookupTarget("sm_80"))), {"kernels", options.bundle, false});
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  Result<Manifest> manifest = readManifest(options.bundle);
  ASSERT_TRUE(manifest) << manifest.error();
  for (size_t k = 0; k < manifest->kernels.size(); k += 2) {
    auto code = harness::openInterpreted(*manifest, manifest->kernels[k], options);
    ASSERT_TRUE(code) << code.error();
    check(manifest->kernels[k + 1], **code, options);
  }
}

} // namespace
