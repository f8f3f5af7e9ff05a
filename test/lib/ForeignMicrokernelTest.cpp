// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels with a microkernel that only test/lib registers, run and compared with the reference.
#include "../Compiler/CompileByPasses.h"
#include "TestMicrokernel.h"
#include "camber/Target/Target.h"

using namespace camber;

namespace {

class ForeignMicrokernel : public ::testing::TestWithParam<const char *> {
protected:
  static void SetUpTestSuite() { test::registerPasses(); }

  static void expectRight(const KernelSpec &spec, int64_t length) {
    SCOPED_TRACE(spec.defaultName());
    test::expectRight(spec, llvm::cantFail(lookupTarget("x86-64-v3")),
                      "attn-bufferize,attn-annotate-kernels,choose-tiles{target=x86-64-v3 rows=24 keys=40},"
                      "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-split-key-ranges,"
                      "tile-merge-piecewise,"
                      "choose-schedule{target=x86-64-v3 schedule=\"#test_microkernel.plain<width = 8>\"},"
                      "tile-guard-divisions,convert-tile-to-cpu,canonicalize,cse,schedule-to-llvm{target=x86-64-v3}",
                      length, [](mlir::DialectRegistry &registry) { registry.insert<test::TestMicrokernelDialect>(); });
  }
};

TEST_P(ForeignMicrokernel, AgreesWithTheReference) {
  if (!__builtin_cpu_supports("avx2"))
    GTEST_SKIP() << "this machine runs no kernels for x86-64-v3";
  KernelSpec spec;
  spec.name = "k";
  spec.heads = 4;
  spec.kvHeads = 2;
  spec.headDim = 32;
  spec.storage = GetParam();
  spec.causal = true;
  expectRight(spec, 100);
  spec.bias = "alibi";
  expectRight(spec, 300); // keys are skipped
  spec.bias = "t5";
  expectRight(spec, 100); // a table
}

INSTANTIATE_TEST_SUITE_P(Storage, ForeignMicrokernel, ::testing::Values("f32", "f16"),
                         [](const auto &test) { return std::string(test.param); });

} // namespace
