// RUN: camber-opt %s --attn-to-tile=target=x86-64-v4 --tile-to-schedule=target=x86-64-v4 | FileCheck %s

// Each group of rows has its own near tiles. A loop's tiles are taken by the groups whose they are: near ones by
// those near them, ones below by those that end behind them and have not found them negligible.
// CHECK-LABEL: func.func private @kernel_task
// CHECK: %[[ROWS:.*]] = arith.minsi %{{.*}}, %{{.*}} : index
// CHECK: %[[BEGIN:.*]] = memref.view {{.*}} to memref<8xi32>
// CHECK: %[[END:.*]] = memref.view {{.*}} to memref<8xi32>
// CHECK: cpu.state_bound
// CHECK: scf.for %[[ROW:.*]] = %c0{{.*}} to %{{.*}} step %c64
// CHECK: %[[P0:.*]] = arith.addi %{{.*}}, %[[ROW]]
// CHECK: %[[P1:.*]] = arith.addi %[[P0]], %c63
// CHECK: arith.minsi %{{.*}}, %[[P1]]
// CHECK: %[[G:.*]] = arith.divui %[[ROW]], %c64
// CHECK: memref.store %{{.*}}, %[[BEGIN]][%[[G]]]
// CHECK: memref.store %{{.*}}, %[[END]][%{{.*}}]
// CHECK: memref.load %[[BEGIN]]
// CHECK: scf.for
// CHECK: %[[G0:.*]] = memref.load %[[BEGIN]]
// CHECK: %[[PAST:.*]] = arith.cmpi sge, %{{.*}}, %[[G0]]
// CHECK: %[[G1:.*]] = memref.load %[[END]]
// CHECK: %[[BEFORE:.*]] = arith.cmpi slt, %{{.*}}, %[[G1]]
// CHECK: %[[MINE:.*]] = arith.andi %[[PAST]], %[[BEFORE]]
// CHECK: scf.if %[[MINE]]
// CHECK: cpu.scores
// CHECK: cpu.skip_range {{.*}} ends %[[LEFT:.*]] seen(%[[BEGIN]] : memref<8xi32>)
// CHECK: %[[G0:.*]] = memref.load %[[LEFT]]
// CHECK: arith.cmpi sge, %{{.*}}, %[[G0]]
// CHECK: %[[G1:.*]] = memref.load %[[BEGIN]]
// CHECK: arith.cmpi slt, %{{.*}}, %[[G1]]
// CHECK: cpu.scores
// CHECK: cpu.epilogue
!t = memref<1x8x2048x64xf32>
func.func @kernel(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// Packed rows: a group may hold every position, so all have the block's.
// CHECK-LABEL: func.func private @packed_task
// CHECK-NOT: arith.constant 63
// CHECK: cpu.skip_range {{.*}} seen(
func.func @packed(%q: memref<1x80x30x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>, %o: memref<1x80x30x64xf32>) {
  attn.attention query(%q : memref<1x80x30x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x80x30x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 80}
    attn.yield %0
  }
  return
}
