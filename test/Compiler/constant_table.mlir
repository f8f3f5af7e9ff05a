// RUN: camber-compile %s --target=x86-64-v3 --emit=llvm | FileCheck %s

// A constant table of a score body becomes read-only data. test/Numeric/constant_tables.mlir has the values.
// CHECK: @[[TABLE:[a-z_0-9]*]] = {{.*}}constant [2 x float] [float 1.000000e+00, float 2.000000e+00]
// CHECK: getelementptr {{.*}}@[[TABLE]]
func.func @constant_table(%q: tensor<1x2x8x64xf32>, %k: tensor<1x2x8x64xf32>, %v: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>)
    -> tensor<1x2x8x64xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%k : tensor<1x2x8x64xf32>) value(%v : tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %table = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %factor = attn.lookup %table[%h] : tensor<2xf32> -> f32
    %0 = arith.mulf %s, %factor : f32
    attn.yield %0
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}
