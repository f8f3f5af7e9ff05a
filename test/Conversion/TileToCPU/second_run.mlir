// RUN: camber-opt %s --attn-to-tile='rows=64 keys=48' --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// Tiles on the diagonal hide pairs: a block may run twice. Full tiles do not, and take values as they are.
// CHECK-LABEL: func.func private @causal_task(
// CHECK-SAME: camber.not_finite_offset
// CHECK: %[[WAS:.*]] = memref.load %[[NOT_FINITE:.*]][%{{.*}}] : memref<1xf32>
// CHECK: %[[SECOND:.*]] = arith.cmpf uno, %[[WAS]], %[[WAS]]
// CHECK: scf.if %[[SECOND]] {
// CHECK: memref.store %{{.*}}, %[[REACHED:.*]][%{{.*}}, %{{.*}}] : memref<64x64xf32>
// CHECK: cpu.scores {{.*}} attributes {full
// CHECK-NOT: cpu.reach
// CHECK: cpu.accumulate
// CHECK: %[[VIEW:.*]] = memref.subview %arg2
// CHECK: scf.if %[[SECOND]] {
// CHECK-NEXT: cpu.copy_keys %[[VIEW]] count %{{.*}} into %[[VALUES:.*]] finite
// CHECK-NEXT: } else {
// CHECK-NEXT: cpu.copy_keys %[[VIEW]] count %{{.*}} into %[[VALUES]] schedule
// CHECK: tile.visible
// CHECK: scf.if %[[SECOND]] {
// CHECK-NEXT: cpu.reach %{{.*}}, %[[VIEW]] count %{{.*}} key_end %{{.*}} into %[[REACHED]]
// CHECK: cpu.accumulate %{{.*}}, %[[VALUES]]
// CHECK: cpu.epilogue {{.*}} not_finite %[[NOT_FINITE]]
// CHECK: scf.if %[[SECOND]] {
// CHECK-NEXT: cpu.add_rows %[[REACHED]]
// CHECK-NEXT: memref.store %{{.*}}, %[[NOT_FINITE]]
func.func @causal(%q: memref<1x2x512x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>, %o: memref<1x2x512x64xf32>) {
  attn.attention query(%q : memref<1x2x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x2x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// A bias in lines, a factor and a softcap are finite: nothing is hidden.
// CHECK-LABEL: func.func private @finite_task(
// CHECK-NOT: cpu.reach
// CHECK-NOT: not_finite
func.func @finite(%q: memref<1x2x512x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>, %o: memref<1x2x512x64xf32>) {
  attn.attention query(%q : memref<1x2x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x2x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.softcap %0, 20.0
    attn.yield %1
  }
  return
}

// What a body selects may be -∞ in any tile.
// CHECK-LABEL: func.func private @selected_task(
// CHECK-SAME: camber.not_finite_offset
// CHECK: cpu.reach
func.func @selected(%q: memref<1x2x512x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>, %o: memref<1x2x512x64xf32>) {
  attn.attention query(%q : memref<1x2x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x2x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %none = arith.constant 0xFF800000 : f32
    %c7 = arith.constant 7 : i32
    %far = arith.cmpi sgt, %j, %c7 : i32
    %0 = arith.select %far, %none, %s : f32
    attn.yield %0
  }
  return
}
