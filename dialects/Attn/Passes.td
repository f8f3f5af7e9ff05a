// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on the attn dialect. Conversions to the tile dialect are in dialects/Tile/Passes.td.
include "mlir/Pass/PassBase.td"

def ExpandScores : Pass<"attn-expand-scores"> {
  let summary = "replace every score modifier by the scalar arithmetic it stands for";
  let description = [{
    The meaning of a score body, spelled out: each op that implements `ScoreModifierOpInterface` is replaced by what its
    `expand` emits. Structure is lost, so compilation does not use this pass; it is for reading and for tests.

    Needs nothing, leaves score bodies of `arith`, `math` and `attn.lookup` only, refuses nothing.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let statistics = [Statistic<"numExpanded", "num-expanded", "Number of score modifiers expanded">];
}
