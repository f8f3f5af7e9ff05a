// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A suite's kernels, compiled for the machine that it runs on.
#ifndef CAMBER_TEST_COMPILER_NATIVEKERNELS_H
#define CAMBER_TEST_COMPILER_NATIVEKERNELS_H

#include "CompiledBundle.h"
#include "camber/Target/Target.h"
#include <gtest/gtest.h>
#include <memory>

namespace camber::test {

/// The kernels of `source`, compiled once for all tests of a suite.
template <KernelSource (*source)()> class NativeKernels : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    CompileOptions options;
    options.targets = {llvm::cantFail(lookupTarget("native"))};
    compiled = std::make_unique<CompiledBundle>(source(), options);
  }
  static void TearDownTestSuite() { compiled.reset(); }
  void SetUp() override { ASSERT_TRUE(compiled->bundle) << compiled->error; }

  static const Kernel &kernel(size_t number = 0) { return compiled->bundle->manifest().kernels[number]; }
  static const EntryPoints &entry(size_t number = 0) { return compiled->bundle->entry(number); }

private:
  static inline std::unique_ptr<CompiledBundle> compiled;
};

} // namespace camber::test

#endif
