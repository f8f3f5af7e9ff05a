// RUN: camber-opt %s --attn-to-tile=target=sm_80 --tile-to-schedule=target=sm_80 --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --cse | FileCheck %s

// A thread has two rows: two conversions give their distances from its first key of a tile, and constants those from the others,
// which lines, choices between them and masks have in common.
!t = memref<1x2x128x64xf16>
// CHECK-LABEL: func.func @distances_main
// CHECK: scf.for
// CHECK-COUNT-2: arith.sitofp
// CHECK-NOT: arith.sitofp
// CHECK: %[[DISTANCE:.*]] = arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f32
// CHECK: math.fma %{{.*}}, %[[DISTANCE]], %{{.*}} : f32
// CHECK: arith.maxnumf
func.func @distances(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %x = attn.alibi_symmetric %s at(%h, %p, %j) {heads = 2}
    attn.yield %x
  }
  return
}
