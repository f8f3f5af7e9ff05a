// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels for a machine that only test/lib registers, run by the PTX interpreter and compared with the reference.
#include "../Compiler/CompileByPasses.h"
#include "TestMachine.h"
#include "camber/Target/Target.h"

using namespace camber;

namespace {

class ForeignMachine : public ::testing::TestWithParam<const char *> {
protected:
  static void SetUpTestSuite() { test::registerPasses(); }

  static void expectRight(const KernelSpec &spec, int64_t length) {
    SCOPED_TRACE(spec.defaultName());
    // A row per thread; few keys a tile, as a thread has all of a row's scores and outputs in registers.
    test::expectRight(
        spec, llvm::cantFail(lookupTarget("sm_80")),
        "attn-bufferize,attn-annotate-kernels,choose-tiles{target=sm_80 rows=64 keys=16},convert-attn-to-tile,"
        "tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-split-key-ranges,tile-merge-piecewise,"
        "choose-schedule{target=sm_80 schedule=#pipeline.schedule<warps=2>},tile-guard-divisions,"
        "convert-tile-to-pipeline,pipeline-fold-affine,convert-pipeline-to-threads{machine=#test_machine.scalar},"
        "canonicalize,cse,schedule-to-llvm{target=sm_80}",
        length, [](mlir::DialectRegistry &registry) { registry.insert<test::TestMachineDialect>(); });
  }
};

TEST_P(ForeignMachine, AgreesWithTheReference) {
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
  expectRight(spec, 100); // a table in shared memory
}

INSTANTIATE_TEST_SUITE_P(Storage, ForeignMachine, ::testing::Values("f32", "f16"),
                         [](const auto &test) { return std::string(test.param); });

} // namespace
