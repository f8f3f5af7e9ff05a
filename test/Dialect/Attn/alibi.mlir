// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// Reference slopes; defaults are not printed.
// CHECK-LABEL: func.func @formula
// CHECK: attn.alibi %{{.*}} at(%{{.*}}, %{{.*}}, %{{.*}}) {heads = 12 : i64}
// CHECK: attn.alibi_half %{{.*}} at({{.*}}) {bias_max = 1.600000e+01 : f64, head_offset = 4 : i64, heads = 8 : i64}
// CHECK: attn.alibi_symmetric %{{.*}} at({{.*}}) {heads = 8 : i64, interpolation = 2.500000e-01 : f64}
// CHECK: attn.alibi_sqrt %{{.*}} at({{.*}}) {heads = 8 : i64}
func.func @formula(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 12}
  %1 = attn.alibi_half %0 at(%h, %p, %j) {heads = 8, head_offset = 4, bias_max = 16.0}
  %2 = attn.alibi_symmetric %1 at(%h, %p, %j) {heads = 8, interpolation = 0.25}
  %3 = attn.alibi_sqrt %2 at(%h, %p, %j) {heads = 8}
  return %3 : f32
}

// Slopes as operands: per head, per batch and head, two-sided with an offset; interpolation at run time.
// CHECK-LABEL: func.func @operands
// CHECK: attn.alibi %{{.*}} at({{.*}}) slopes(%{{.*}} : memref<8xf32>)
// CHECK: attn.alibi %{{.*}} at({{.*}}) batch(%{{.*}}) slopes(%{{.*}} : memref<?x8xf32>) factor(%{{.*}})
// CHECK: attn.alibi_asymmetric %{{.*}} at({{.*}}) slopes(%{{.*}} : memref<8xf32>) slopes_right(%{{.*}} : memref<8xf32>) offset(%{{.*}} : memref<8xf32>) total_len(%{{.*}}) {train_len = 2048 : i64}
func.func @operands(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<8xf32>, %bm: memref<?x8xf32>, %f: f32,
                    %length: i32) -> f32 {
  %0 = attn.alibi %s at(%h, %p, %j) slopes(%m : memref<8xf32>)
  %1 = attn.alibi %0 at(%h, %p, %j) batch(%b) slopes(%bm : memref<?x8xf32>) factor(%f)
  %2 = attn.alibi_asymmetric %1 at(%h, %p, %j) slopes(%m : memref<8xf32>) slopes_right(%m : memref<8xf32>)
         offset(%m : memref<8xf32>) total_len(%length) {train_len = 2048}
  return %2 : f32
}
