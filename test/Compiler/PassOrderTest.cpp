// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that passes in other orders than the compiler's leave, with some left out, with all of them twice: whatever
// is not refused (test/*/missing_passes.mlir) computes what the reference does.
#include "CompileByPasses.h"
#include "SetFields.h"
#include <gtest/gtest.h>

using namespace camber;

namespace {

/// Passes between choose-tiles and choose-schedule, then those between it and schedule-to-llvm.
struct Order {
  const char *name, *tile, *schedule;
};

#define TO_CPU "tile-guard-divisions,convert-tile-to-cpu"
#define TO_DEVICE "convert-tile-to-pipeline,pipeline-fold-affine"

const Order kTileOrders[] = {
    {"the compiler's",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-split-key-ranges,"
     "tile-merge-piecewise",
     nullptr},
    {"no skipping, no ranges, no joins", "convert-attn-to-tile,tile-fuse-scores,tile-use-base2", nullptr},
    {"no ranges", "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-use-base2,tile-merge-piecewise",
     nullptr},
    {"too late to skip", "convert-attn-to-tile,tile-fuse-scores,tile-skip-decayed,tile-use-base2,tile-split-key-ranges",
     nullptr},
    {"base 2 after ranges",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-split-key-ranges,"
     "tile-use-base2,tile-merge-piecewise",
     nullptr},
    {"joins first",
     "convert-attn-to-tile,tile-skip-decayed,tile-fuse-scores,tile-merge-piecewise,tile-use-base2,"
     "tile-split-key-ranges",
     nullptr},
    {"structure lost early",
     "convert-attn-to-tile,attn-expand-scores,tile-fuse-scores,tile-use-base2,"
     "tile-split-key-ranges",
     nullptr},
    {"everything twice, cleaned up between",
     "convert-attn-to-tile,tile-skip-decayed,tile-skip-decayed,canonicalize,cse,tile-fuse-scores,tile-fuse-scores,"
     "canonicalize,cse,tile-use-base2,tile-use-base2,canonicalize,cse,tile-split-key-ranges,tile-split-key-ranges,"
     "canonicalize,cse,tile-merge-piecewise,tile-merge-piecewise,canonicalize,cse",
     nullptr},
};

const Order kCPUOrders[] = {
    {"guards twice", nullptr,
     "tile-guard-divisions,canonicalize,tile-guard-divisions,convert-tile-to-cpu,canonicalize,cse"},
    {"outlined already", nullptr, TO_CPU ",cpu-outline-kernels,canonicalize,cpu-outline-kernels"},
    {"vectors first", nullptr, TO_CPU ",convert-cpu-to-vector,cse"},
};

const Order kDeviceOrders[] = {
    {"nothing folded", nullptr, "convert-tile-to-pipeline"},
    {"folded twice", nullptr, TO_DEVICE ",canonicalize,cse,pipeline-fold-affine"},
    {"divisions guarded", nullptr, "tile-guard-divisions," TO_DEVICE},
};

KernelSpec attention(const char *name, const char *storage) {
  KernelSpec spec;
  spec.name = name;
  spec.heads = 4;
  spec.kvHeads = 2;
  spec.headDim = 64;
  spec.storage = storage;
  return spec;
}

std::vector<KernelSpec> specs(const char *storage) {
  std::vector<KernelSpec> all(4, attention("k", storage));
  all[0].causal = true;
  all[1].bias = "alibi";
  all[1].causal = true;
  all[2].bias = "alibi";
  test::setFields(all[2], {{"alibi-form", "symmetric"}});
  all[2].softcap = 30.0;
  all[3].bias = "t5";
  all[3].causal = true;
  return all;
}

class PassOrder : public ::testing::Test {
protected:
  static void SetUpTestSuite() { test::registerPasses(); }

  static void expectRight(const Order &order, const KernelSpec &spec, const TargetDesc &target,
                          const char *toSchedule) {
    std::string chosen = "{target=" + target.base + "}";
    std::string passes = "attn-bufferize,attn-annotate-kernels,choose-tiles" + chosen + "," +
                         (order.tile ? order.tile : kTileOrders[0].tile) + ",choose-schedule" + chosen + "," +
                         (order.schedule ? order.schedule : toSchedule) + ",schedule-to-llvm" + chosen;
    test::expectRight(spec, target, passes, 200);
  }

  static void expectAllRight(llvm::ArrayRef<Order> orders, llvm::StringRef targetName, const char *storage,
                             const char *toSchedule) {
    TargetDesc target = llvm::cantFail(lookupTarget(targetName));
    for (const Order &order : orders)
      for (const KernelSpec &spec : specs(storage)) {
        SCOPED_TRACE(std::string(order.name) + ", " + spec.defaultName());
        expectRight(order, spec, target, toSchedule);
      }
  }
};

TEST_F(PassOrder, OfTilesOnACPU) { expectAllRight(kTileOrders, "native", "f32", TO_CPU); }
TEST_F(PassOrder, OfTilesOnADevice) { expectAllRight(kTileOrders, "sm_80", "f16", TO_DEVICE); }
TEST_F(PassOrder, OfBuffers) { expectAllRight(kCPUOrders, "native", "f16", TO_CPU); }
TEST_F(PassOrder, OfThreadBlocks) { expectAllRight(kDeviceOrders, "sm_80", "f16", TO_DEVICE); }

} // namespace
