// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on the attn dialect. Conversions to the tile dialect are in dialects/Tile/Passes.td.
include "mlir/Pass/PassBase.td"

def ExpandScores : Pass<"attn-expand-scores"> {
  let summary = "replace every score modifier by the scalar arithmetic it stands for";
  let description = [{
    The meaning of a score body, spelled out: each op that implements `ScoreModifierOpInterface` is replaced by what its
    `expand` emits. Structure is lost, so compilation does not use this pass; it is for reading and for tests.

    Needs nothing, leaves score bodies of `arith`, `math` and `attn.lookup` only, without what their scores do not depend on;
    refuses nothing.

    ```mlir
    // RUN: camber-opt --attn-expand-scores
    func.func @scores(%s: f32, %h: i32, %p: i32, %j: i32, %m: memref<8xf32>) -> f32 {
      %0 = attn.scale %s, 0.125
      %1 = attn.alibi %0 at(%h, %p, %j) slopes(%m : memref<8xf32>)
      return %1 : f32
    }
    ```

    becomes

    ```mlir
    func.func @scores(%s: f32, %h: i32, %p: i32, %j: i32, %m: memref<8xf32>) -> f32 {
      %eighth = arith.constant 1.250000e-01 : f32
      %scaled = arith.mulf %s, %eighth : f32
      %d = arith.subi %j, %p : i32
      %distance = arith.sitofp %d : i32 to f32
      ...
      %slope = attn.lookup %m[%h] : memref<8xf32> -> f32
      %biased = math.fma %slope, %distance, %scaled : f32
      return %biased : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let statistics = [Statistic<"numExpanded", "num-expanded", "Number of score modifiers expanded">];
}

def BufferizeKernels : Pass<"attn-bufferize", "::mlir::ModuleOp"> {
  let summary = "attention on tensors to attention on memrefs, score bodies as they are";
  let description = [{
    One-shot bufferisation with function boundaries, but for score bodies: a constant table in one stays a tensor, which a target
    places where it reads it from. The body's other tables are parameters, and retyped like them.

    Needs nothing: attention that is on memrefs stays as it is. Leaves functions on memrefs with strides and offsets of any kind.
    Refuses what one-shot bufferisation refuses.

    ```mlir
    // RUN: camber-opt --attn-bufferize
    func.func @kernel(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
      %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
             outs(%o : tensor<1x2x8x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        %table = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
        %factor = attn.lookup %table[%h] : tensor<2xf32> -> f32
        %0 = arith.mulf %s, %factor : f32
        attn.yield %0
      } -> tensor<1x2x8x64xf32>
      return %r : tensor<1x2x8x64xf32>
    }
    ```

    becomes

    ```mlir
    ...
      attn.attention ... outs(%o : memref<1x2x8x64xf32, strided<[?, ?, ?, ?], offset: ?>>) scores {
      ...
        %factor = attn.lookup %table[%h] : tensor<2xf32> -> f32
    ...
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect"];
}

def AnnotateKernels : Pass<"attn-annotate-kernels", "::mlir::ModuleOp"> {
  let summary = "name and describe the operands of kernel functions";
  let description = [{
    A kernel function is a `func.func` without results whose body is one `attn.attention` on memrefs, all of whose operands are
    arguments, and constants. Gives each argument `attn.role` (query, key, value, output, lse, sink, key_begin, key_end,
    query_offset, key_offset, query_segment, key_segment, parameter), `attn.name` where the author gave none, and `attn.dims`, and makes
    strides dynamic with a contiguous head dimension, as the C interface has them. A dynamic dimension of a parameter is the
    batch if it is the first of several; any other needs `attn.dims` from the author. Bounds of lengths become the function's
    `camber.q_len_max` and `camber.kv_len_max`.

    Needs bufferised functions. May run on what it left: roles, names and dims that are there are checked. Leaves each kernel function
    with these attributes and types, its body unchanged. Refuses

    - a kernel on tensors, one that returns anything but its outs, or one of several blocks;
    - operations beside `attn.attention` and constants;
    - an operand of the attention that is no argument, an argument that is no operand, or one that is several operands;
    - `attn.role` that is not the argument's role, `attn.name` that is no string;
    - `attn.dims` that contradict the argument: for a parameter a static size as it is, for a dynamic one `batch`, `q_len`,
      `kv_len` or a number; for any other operand the dims that attention gives it. A parameter has at most 2^31-1 elements in a
      dimension and 2^48 in all.

    ```mlir
    // RUN: camber-opt --attn-annotate-kernels
    func.func @kernel(%q: memref<?x8x?x64xf32>, %k: memref<?x2x?x64xf32>, %v: memref<?x2x?x64xf32>, %o: memref<?x8x?x64xf32>) {
      attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x2x?x64xf32>) value(%v : memref<?x2x?x64xf32>)
        outs(%o : memref<?x8x?x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    func.func @kernel(%q: memref<?x8x?x64xf32, strided<[?, ?, ?, 1]>>
        {attn.dims = ["batch", 8, "q_len", 64], attn.name = "q", attn.role = "query"},
      %k: memref<?x2x?x64xf32, strided<[?, ?, ?, 1]>>
        {attn.dims = ["batch", 2, "kv_len", 64], attn.name = "k", attn.role = "key"},
      ...
    ```
  }];
}
