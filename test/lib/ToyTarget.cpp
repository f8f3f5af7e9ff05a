// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A target of this directory's own: sizes that no other target has, and the cpu level with a schedule of its own
// choosing.
#include "RenamedTarget.h"
#include "TestBias.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace camber;

namespace {
/// 128-bit vectors on an x86-64-v3 processor.
class ToyTarget : public test::RenamedTarget {
public:
  ToyTarget()
      : RenamedTarget("toy-128", R"({
      "tiles": [{"choice": "#tile.shape<rows = 24, keys = 20, pack_max = 4>"}],
      "schedules": [{"choice": "#cpu.rows_in_lanes<width = 4, score_keys = 3, row_vectors = 2, value_rows = 2, value_vectors = 2, panels = 2>"}]
    })") {}
  void buildTileToSchedule(mlir::OpPassManager &pm) const override {
    pm.addPass(cpu::createConvertTileToCPU());
    pm.addPass(mlir::createCSEPass());
  }
};
} // namespace

void camber::test::registerToyTarget() { registerTarget(std::make_unique<ToyTarget>()); }
