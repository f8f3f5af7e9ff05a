// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @block
// CHECK-SAME: schedule = #pipeline.schedule<warps = 8, key_stages = 2>
func.func @block(%q: memref<2x8x100x64xf16>, %k: memref<2x4x100x64xf16>, %o: memref<2x8x100x64xf16>, %lse: memref<2x8x100xf32>,
                 %n: index, %partials: memref<?xf32>) attributes {schedule = #pipeline.schedule<warps = 8, key_stages = 2>} {
  %c0 = arith.constant 0 : index
  // CHECK: %[[BATCH:.*]], %[[HEAD:.*]], %[[ROWS:.*]], %[[SPLIT:.*]] = pipeline.program_id q_len %{{.*}} splits %{{.*}} <heads = 8, kv_heads = 4, head_dim = 64, rows = 64, keys = 32, packed = true> : <64>
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 8, kv_heads = 4, head_dim = 64, rows = 64, keys = 32, packed = true> : <64>
  // CHECK: pipeline.ring : <1 x 64x64xf16>
  %queries = pipeline.ring : <1 x 64x64xf16>
  %keys = pipeline.ring : <2 x 32x64xf16>
  // CHECK: pipeline.stage %{{.*}}[%{{.*}}] : <1 x 64x64xf16> -> <64x64xf16>
  %qs = pipeline.stage %queries[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %ks = pipeline.stage %keys[%n] : <2 x 32x64xf16> -> <32x64xf16>
  // CHECK: pipeline.acquire %{{.*}} : <64x64xf16>
  pipeline.acquire %qs : <64x64xf16>
  // CHECK: pipeline.copy_rows %{{.*}}[%[[BATCH]], %[[ROWS]]] to %{{.*}} : memref<2x8x100x64xf16>, <64> -> <64x64xf16>
  // CHECK-NEXT: %[[A:.*]] = pipeline.commit
  pipeline.copy_rows %q[%batch, %rows] to %qs : memref<2x8x100x64xf16>, <64> -> <64x64xf16>
  %a = pipeline.commit %qs : <64x64xf16>
  // CHECK: pipeline.copy_keys %{{.*}}[%[[BATCH]], %[[HEAD]], %{{.*}}] count %{{.*}} to %{{.*}} : memref<2x4x100x64xf16> -> <32x64xf16>
  // CHECK-NEXT: %[[B:.*]] = pipeline.commit
  pipeline.copy_keys %k[%batch, %head, %c0] count %n to %ks : memref<2x4x100x64xf16> -> <32x64xf16>
  %b = pipeline.commit %ks : <32x64xf16>
  // CHECK: pipeline.wait %[[A]], %[[B]]
  // CHECK: pipeline.barrier
  pipeline.wait %a, %b
  pipeline.barrier
  %maximum, %sum, %output = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  // CHECK: pipeline.dot %{{.*}}, %{{.*}} scale 1.250000e-01 : <64x64xf16>, <32x64xf16> -> <64x32xf32>
  %s, %s_done = pipeline.dot %qs, %ks scale 0.125 : <64x64xf16>, <32x64xf16> -> <64x32xf32>
  // CHECK: pipeline.release %{{.*}} : <64x64xf16>
  pipeline.release %qs : <64x64xf16>
  // CHECK: pipeline.mask_tail %{{.*}} count %{{.*}} : <64x32xf32>
  %t = pipeline.mask_tail %s count %n : <64x32xf32>
  // CHECK: pipeline.softmax_update %{{.*}}, %{{.*}}, %{{.*}} : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
  %p, %m, %u, %rescale = pipeline.softmax_update %t, %maximum, %sum : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
  // CHECK: pipeline.accumulate %{{.*}}, %{{.*}} into %{{.*}} rescale %{{.*}} : <64x32xf32>, <32x64xf16>, <64x64xf32>, <64xf32>
  %r, %r_done = pipeline.accumulate %p, %ks into %output rescale %rescale : <64x32xf32>, <32x64xf16>, <64x64xf32>, <64xf32>
  // CHECK: pipeline.epilogue %[[ROWS]] batch %[[BATCH]] kv_head %[[HEAD]] split %[[SPLIT]] of %{{.*}} state(
  // CHECK-SAME: lse(%{{.*}} : memref<2x8x100xf32>) partials(%{{.*}} : memref<?xf32>) : <64>
  pipeline.epilogue %rows batch %batch kv_head %head split %split of %n state(%m, %u, %r : <64xf32>, <64xf32>, <64x64xf32>)
    outs(%o : memref<2x8x100x64xf16>) lse(%lse : memref<2x8x100xf32>) partials(%partials : memref<?xf32>) : <64>
  return
}

// CHECK-LABEL: func.func @lines
func.func @lines(%q: !pipeline.stage<64x128xf16>, %k: !pipeline.stage<32x128xf16>, %rows: !tile.rows<64>, %n: index, %x: f32,
                 %m: !tile.tile<64xf32>) {
  // CHECK: %[[SLOPES:.*]] = pipeline.row_values %{{.*}} batch %{{.*}} params(%{{.*}} : f32) : <64> -> <64xf32> {
  // CHECK-NEXT: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[X:.*]]: f32):
  // CHECK-NEXT: tile.yield %[[X]] : f32
  %slopes = pipeline.row_values %rows batch %n params(%x : f32) : <64> -> <64xf32> {
  ^bb0(%batch: i32, %head: i32, %y: f32):
    tile.yield %y : f32
  }
  // CHECK: pipeline.dot %{{.*}}, %{{.*}} line(%[[SLOPES]] : !tile.tile<64xf32>) scale 5.000000e-01 : <64x128xf16>, <32x128xf16> -> <64x32xf32>
  %s, %s_done = pipeline.dot %q, %k line(%slopes : !tile.tile<64xf32>) scale 0.5 : <64x128xf16>, <32x128xf16> -> <64x32xf32>
  // CHECK: %[[OFFSETS:.*]] = pipeline.row_offsets %[[SLOPES]] rows %{{.*}} query_base %{{.*}} keys %{{.*}} key_base %{{.*}} : <64xf32>, <64>
  %offsets = pipeline.row_offsets %slopes rows %rows query_base %n keys %n key_base %n : <64xf32>, <64>
  // CHECK: pipeline.softmax_update %{{.*}}, %{{.*}}, %{{.*}} offset(%[[OFFSETS]] : !tile.tile<64xf32>) scale 2.500000e-01 :
  %p, %new, %sum, %rescale = pipeline.softmax_update %s, %m, %m offset(%offsets : !tile.tile<64xf32>) scale 0.25
    : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
  return
}

// CHECK-LABEL: func.func @combine
func.func @combine(%o: memref<2x8x100x64xf16>, %lse: memref<2x8x100xf32>, %rows: !tile.rows<64>, %n: index, %partials: memref<?xf32>) {
  // CHECK: pipeline.combine %{{.*}} batch %{{.*}} kv_head %{{.*}} splits %{{.*}} outs(%{{.*}} : memref<2x8x100x64xf16>) lse(%{{.*}} : memref<2x8x100xf32>) partials(%{{.*}} : memref<?xf32>) : <64>
  pipeline.combine %rows batch %n kv_head %n splits %n outs(%o : memref<2x8x100x64xf16>) lse(%lse : memref<2x8x100xf32>)
    partials(%partials : memref<?xf32>) : <64>
  // CHECK: pipeline.combine %{{.*}} outs(%{{.*}} : memref<2x8x100x64xf16>) partials(
  pipeline.combine %rows batch %n kv_head %n splits %n outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// CHECK-LABEL: func.func @norms
func.func @norms(%q: !pipeline.stage<64x128xf16>, %k: memref<2x8x100x128xf16>, %n: index, %norms: memref<2x?xf32>, %given: memref<2x8x2xf32>) {
  // CHECK: pipeline.row_norms %{{.*}} : <64x128xf16> -> <64xf32>
  %0 = pipeline.row_norms %q : <64x128xf16> -> <64xf32>
  // CHECK: pipeline.key_norms %{{.*}}[%{{.*}}, %{{.*}}] keys %{{.*}} to %{{.*}} into %{{.*}} : memref<2x8x100x128xf16>, memref<2x?xf32>
  pipeline.key_norms %k[%n, %n] keys %n to %n into %norms : memref<2x8x100x128xf16>, memref<2x?xf32>
  // CHECK: pipeline.key_norms %{{.*}} into %{{.*}} given(%{{.*}} : memref<2x8x2xf32>) :
  pipeline.key_norms %k[%n, %n] keys %n to %n into %norms given(%given : memref<2x8x2xf32>) : memref<2x8x100x128xf16>, memref<2x?xf32>
  return
}

// CHECK-LABEL: func.func @tables
func.func @tables(%s: !tile.tile<64x32xf32>, %rows: !tile.rows<64>, %n: index, %least: i32, %x: f32) -> !tile.tile<64x32xf32> {
  // CHECK: %[[TABLE:.*]] = pipeline.table : memref<96xf32, 3>
  %table = pipeline.table : memref<96xf32, 3>
  // CHECK: pipeline.tabulate %[[TABLE]] from %{{.*}} batch %{{.*}} params(%{{.*}} : f32) : memref<96xf32, 3> {
  // CHECK-NEXT: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %[[X:.*]]: f32):
  // CHECK-NEXT: tile.yield %[[X]] : f32
  pipeline.tabulate %table from %least batch %n head %least params(%x : f32) : memref<96xf32, 3> {
  ^bb0(%batch: i32, %head: i32, %distance: i32, %y: f32):
    tile.yield %y : f32
  }
  pipeline.barrier
  %0 = tile.score %s rows %rows batch %n kv_head %n query_base %n keys %n key_base %n params(%table, %least : memref<96xf32, 3>, i32)
      : !tile.tile<64x32xf32>, !tile.rows<64> -> !tile.tile<64x32xf32> {
  ^bb0(%score: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %entries: memref<96xf32, 3>, %from: i32):
    // CHECK: pipeline.entry %{{.*}} from %{{.*}} at(%{{.*}}, %{{.*}}) : memref<96xf32, 3>
    %entry = pipeline.entry %entries from %from at(%p, %j) : memref<96xf32, 3>
    %sum = arith.addf %score, %entry : f32
    tile.yield %sum : f32
  }
  return %0 : !tile.tile<64x32xf32>
}
