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

def AnnotateKernels : Pass<"attn-annotate-kernels", "::mlir::ModuleOp"> {
  let summary = "name and describe the operands of kernel functions";
  let description = [{
    A kernel function is a `func.func` without results whose body is one `attn.attention` on memrefs, all of whose operands are
    arguments, and constants. Gives each argument `attn.role` (query, key, value, output, lse, sink, key_begin, key_end,
    query_offset, key_offset, query_doc, key_doc, parameter), `attn.name` where the author gave none, and `attn.dims`, and makes
    strides dynamic with a contiguous head dimension, as the C interface has them. A dynamic dimension of a parameter is the
    batch if it is the first of several; any other needs `attn.dims` from the author.

    Needs bufferised functions. Refuses kernels with unused arguments and functions with other operations in them.
  }];
}
