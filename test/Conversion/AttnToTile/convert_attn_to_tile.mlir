// RUN: camber-opt %s --choose-tiles='rows=32 keys=16' --convert-attn-to-tile | FileCheck %s

// One loop over the keys that the mask allows; the body is carried over as it is, its masks beside it.
// CHECK-LABEL: func.func @causal
// CHECK-NOT: attn.attention
// CHECK: tile.kernel {{.*}} <heads = 4, kv_heads = 2, head_dim = 64, rows = 32, keys = 16, packed = false> {
// CHECK-NEXT: ^bb0(%[[BATCH:.*]]: index, %[[HEAD:.*]]: index, %[[ROWS:.*]]: !tile.rows<32>, %[[SPLIT:.*]]: index, %[[SPLITS:.*]]: index):
// CHECK: tile.row_bounds %[[ROWS]]
// CHECK: %[[Q:.*]] = tile.load_rows %{{.*}}[%[[BATCH]], %[[HEAD]], %[[ROWS]]]
// CHECK: tile.init_state %[[ROWS]]
// CHECK: %[[STATE:.*]]:3 = tile.for_keys {{.*}} step 16 iter
// CHECK-NOT: full
// CHECK: %[[K:.*]] = tile.load_keys
// CHECK: %[[DOT:.*]] = tile.dot %[[Q]], %[[K]]
// CHECK: %[[SCORE:.*]] = tile.score %[[DOT]] {{.*}} masks [#attn.causal]
// CHECK: attn.alibi
// CHECK: %[[P:[^,]+]], {{.*}} = tile.softmax_update %[[SCORE]]
// CHECK: tile.accumulate %[[P]]
// CHECK-NOT: tile.for_keys
// CHECK: tile.epilogue {{.*}} state(%[[STATE]]#0, %[[STATE]]#1, %[[STATE]]#2
func.func @causal(%q: memref<?x4x?x64xf32>, %k: memref<?x2x?x64xf32>, %v: memref<?x2x?x64xf32>, %o: memref<?x4x?x64xf32>) {
  attn.attention query(%q : memref<?x4x?x64xf32>) key(%k : memref<?x2x?x64xf32>) value(%v : memref<?x2x?x64xf32>)
    masks [#attn.causal] outs(%o : memref<?x4x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// Few queries: the heads of a kv head share a block.
// CHECK-LABEL: func.func @decode
// CHECK: packed = true
func.func @decode(%q: memref<?x4x1x64xf32>, %k: memref<?x2x?x64xf32>, %v: memref<?x2x?x64xf32>, %o: memref<?x4x1x64xf32>) {
  attn.attention query(%q : memref<?x4x1x64xf32>) key(%k : memref<?x2x?x64xf32>) value(%v : memref<?x2x?x64xf32>)
    outs(%o : memref<?x4x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Indices are carried over like positions; segments come after the params.
// CHECK-LABEL: func.func @indices
// CHECK: tile.score {{.*}} segments
// CHECK: ^bb0(%{{.*}}: f32, %[[B:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %[[I:.*]]: i32, %[[J:.*]]: i32, %[[GATE:.*]]: memref<?x?xf32>, %{{.*}}: memref<?x?xi32>, %{{.*}}: memref<?x?xi32>):
// CHECK: attn.lookup %[[GATE]][%[[B]], %[[I]]]
// CHECK: attn.lookup %[[GATE]][%[[B]], %[[J]]]
func.func @indices(%q: memref<?x4x?x64xf32>, %gate: memref<?x?xf32>, %ids: memref<?x?xi32>, %o: memref<?x4x?x64xf32>) {
  attn.attention query(%q : memref<?x4x?x64xf32>) key(%q : memref<?x4x?x64xf32>) value(%q : memref<?x4x?x64xf32>)
    params(%gate : memref<?x?xf32>) query_segment(%ids : memref<?x?xi32>) key_segment(%ids : memref<?x?xi32>)
    masks [#attn.segments] outs(%o : memref<?x4x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %g: memref<?x?xf32>):
    %0 = attn.lookup %g[%b, %qi] : memref<?x?xf32> -> f32
    %1 = attn.lookup %g[%b, %ki] : memref<?x?xf32> -> f32
    %2 = arith.subf %0, %1 : f32
    %3 = arith.addf %s, %2 : f32
    attn.yield %3
  }
  return
}
