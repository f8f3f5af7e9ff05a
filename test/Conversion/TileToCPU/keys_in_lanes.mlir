// RUN: camber-opt %s --choose-tiles=target=x86-64-v3 --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// Decoding: keys and values are read as they are stored. While keys are multiplied, values of the tile are asked for, and
// while values are summed, keys of the next tile, as far as there are any.
// CHECK-LABEL: func.func private @decode_task(
// CHECK-NOT: cpu.convert_keys
// CHECK-DAG: %[[TILE:.*]] = arith.constant 32 : index
// CHECK: scf.for %[[FIRST:.*]] = %{{.*}} to %[[HI:.*]] step %[[TILE]] {
// CHECK: memref.subview %[[K:.*]][%{{.*}}, %{{.*}}, %[[FIRST]], 0] [1, 1, 32, 64]
// CHECK: %[[KEYS:.*]] = memref.cast
// CHECK: memref.subview %[[V:.*]][%{{.*}}, %{{.*}}, %[[FIRST]], 0] [1, 1, 32, 64]
// CHECK: %[[VALUES:.*]] = memref.cast
// CHECK: %[[NEXT:.*]] = arith.addi %[[FIRST]], %[[TILE]]
// CHECK: %[[LEFT:.*]] = arith.subi %[[HI]], %[[NEXT]]
// CHECK: %[[THERE:.*]] = arith.maxsi %[[LEFT]],
// CHECK: %[[ASKED:.*]] = arith.minsi %[[THERE]], %[[TILE]]
// CHECK: %[[NEXT_KEYS:.*]] = memref.subview %[[K]][%{{.*}}, %{{.*}}, %[[NEXT]], 0] [1, 1, %[[ASKED]], 64]
// CHECK: cpu.scores %{{.*}}, %[[KEYS]] {{.*}} lane_sums %{{.*}} : memref<8x32x8xf32> next %[[VALUES]] :
// CHECK: cpu.accumulate %{{.*}}, %[[VALUES]] {{.*}} next %[[NEXT_KEYS]] :
func.func @decode(%q: memref<1x8x1x64xf16>, %k: memref<1x2x500x64xf16>, %v: memref<1x2x500x64xf16>,
                  %o: memref<1x8x1x64xf16>) {
  attn.attention query(%q : memref<1x8x1x64xf16>) key(%k : memref<1x2x500x64xf16>) value(%v : memref<1x2x500x64xf16>)
    outs(%o : memref<1x8x1x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}
