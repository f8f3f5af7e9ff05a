// RUN: camber-opt %s --attn-expand-scores | FileCheck %s
// RUN: camber-opt %s --attn-expand-scores | FileCheck %s --check-prefix=GONE

// GONE-NOT: attn.{{scale|softcap|alibi|t5}}

// The formula of causal ALiBi: slope times distance and the score, in one fused multiply-add.
// CHECK-LABEL: func.func @alibi
// CHECK-SAME: %[[S:.*]]: f32, %[[H:.*]]: i32, %[[P:.*]]: i32, %[[J:.*]]: i32
// CHECK: %[[SCALED:.*]] = arith.mulf %[[S]], %{{.*}} : f32
// CHECK: %[[D:.*]] = arith.subi %[[J]], %[[P]] : i32
// CHECK: %[[DISTANCE:.*]] = arith.sitofp %[[D]] : i32 to f32
// CHECK: %[[TABLE:.*]] = arith.constant dense<[2.500000e-01, 6.250000e-02, 1.562500e-02, 3.906250e-03]> : tensor<4xf32>
// CHECK: %[[SLOPE:.*]] = attn.lookup %[[TABLE]][%[[H]]]
// CHECK: math.fma %[[SLOPE]], %[[DISTANCE]], %[[SCALED]] : f32
func.func @alibi(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  %0 = attn.scale %s, 0.125
  %1 = attn.alibi %0 at(%h, %p, %j) {heads = 4}
  return %1 : f32
}

// CHECK-LABEL: func.func @softcap
// CHECK: %[[INVERSE:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: %[[RATIO:.*]] = arith.mulf %{{.*}}, %[[INVERSE]]
// CHECK: %[[TANH:.*]] = math.tanh %[[RATIO]]
// CHECK: arith.mulf %[[TANH]], %{{.*}}
func.func @softcap(%s: f32) -> f32 {
  %0 = attn.softcap %s, 4.0
  return %0 : f32
}

// Slopes as they are given, divided by a factor that is.
// CHECK-LABEL: func.func @operands
// CHECK: %[[SLOPE:.*]] = attn.lookup %{{.*}}[%{{.*}}, %{{.*}}] : memref<?x4xf32> -> f32
// CHECK: arith.divf %[[SLOPE]], %{{.*}} : f32
func.func @operands(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<?x4xf32>, %f: f32) -> f32 {
  %0 = attn.alibi %s at(%h, %p, %j) batch(%b) slopes(%m : memref<?x4xf32>) factor(%f)
  return %0 : f32
}

// T5 evaluates no logarithm: 32 causal buckets are 16 exact distances and 15 comparisons with thresholds, the last 113.
// CHECK-LABEL: func.func @t5
// CHECK-NOT: math.log
// CHECK-DAG: arith.constant 113 : i32
// CHECK: attn.lookup %{{.*}}[%{{.*}}, %{{.*}}] : memref<32x4xf32> -> f32
// CHECK-NOT: math.log
// CHECK: return
func.func @t5(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x4xf32>) -> f32 {
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x4xf32>)
  return %0 : f32
}

// What attn.alibi_half hides stays hidden under a softcap, which would turn -∞ into -4.
// CHECK-LABEL: func.func @hidden_under_softcap
// CHECK: %[[VISIBLE:.*]] = arith.select {{.*}} : i1
// CHECK: math.tanh
// CHECK: %[[CAPPED:.*]] = arith.mulf
// CHECK: %[[HIDDEN:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[SCORE:.*]] = arith.select %[[VISIBLE]], %[[CAPPED]], %[[HIDDEN]]
// CHECK: return %[[SCORE]]
func.func @hidden_under_softcap(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
  %1 = attn.softcap %0, 4.0
  return %1 : f32
}

// Where the result is not the one that ends the block, it is hidden itself.
// CHECK-LABEL: func.func @hidden_in_the_middle
// CHECK: %[[SCORE:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: return %[[SCORE]], %{{.*}} : f32, i32
func.func @hidden_in_the_middle(%s: f32, %h: i32, %p: i32, %j: i32) -> (f32, i32) {
  %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
  return %0, %h : f32, i32
}

// A modifier that the score does not depend on hides nothing, as dead code may be removed at any time.
// CHECK-LABEL: func.func @unused_hides_nothing
// CHECK-SAME: %[[S:[^:]*]]: f32
// CHECK-NEXT: return %[[S]]
func.func @unused_hides_nothing(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
  %1 = arith.addf %0, %s : f32
  return %s : f32
}

// A block without a terminator: here, too, the result is hidden itself.
// CHECK: %[[HIDDEN:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[SCORE:.*]] = arith.select %{{.*}}, %{{.*}}, %[[HIDDEN]] : f32
// CHECK: memref.store %[[SCORE]]
%s = arith.constant 1.0 : f32
%h = arith.constant 1 : i32
%p = arith.constant 2 : i32
%j = arith.constant 3 : i32
%m = memref.alloc() : memref<f32>
%0 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
memref.store %0, %m[] : memref<f32>
func.func private @not_a_terminator()
