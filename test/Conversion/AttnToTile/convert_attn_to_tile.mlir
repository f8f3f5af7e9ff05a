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
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
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
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}
