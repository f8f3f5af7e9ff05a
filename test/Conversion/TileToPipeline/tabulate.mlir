// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --canonicalize --cse | FileCheck %s

// T5: tiles beyond the last threshold read no table of distances. Those near the diagonal fill one of 64 rows + 64 keys after
// the barrier that all threads have read the last one before, and read it after the barrier for the values.
// CHECK-LABEL: func.func @t5_main
// CHECK-DAG: %[[TABLE:.*]] = pipeline.table : memref<128xf32, 3>
// CHECK-DAG: %{{.*}}, %[[LAST:.*]] = tile.row_bounds
// CHECK: scf.for
// CHECK: pipeline.wait
// CHECK-NEXT: pipeline.barrier
// CHECK: pipeline.copy_keys %{{.*}}[%{{.*}}, %{{.*}}, %[[FIRST:.*]]] count
// CHECK: scf.index_switch
// CHECK-NEXT: case 0 {
// CHECK-NEXT: scf.yield
// CHECK-NEXT: }
// CHECK-NEXT: default {
// CHECK-NEXT: %[[TO_LAST:.*]] = arith.subi %[[FIRST]], %[[LAST]] : index
// CHECK-NEXT: %[[LEAST:.*]] = arith.index_cast %[[TO_LAST]] : index to i32
// CHECK-NEXT: pipeline.tabulate %[[TABLE]] from %[[LEAST]] batch %{{.*}} params(%[[PARAM:.*]] : memref<32x2xf32
// CHECK-NEXT: ^bb0(%{{.*}}: i32, %[[HEAD:.*]]: i32, %[[DISTANCE:.*]]: i32, %[[WEIGHTS:.*]]: memref<32x2xf32
// CHECK: attn.lookup %[[WEIGHTS]][%{{.*}}, %[[HEAD]]]
// CHECK: pipeline.dot
// CHECK: pipeline.wait
// CHECK-NEXT: pipeline.barrier
// CHECK: scf.index_switch
// CHECK-NEXT: case 0 {
// CHECK-NOT: pipeline.entry
// CHECK: default {
// CHECK: %[[SAME:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK: tile.score {{.*}} params(%[[TABLE]], %[[SAME]], %[[PARAM]] :
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: i32, %{{.*}}: i32, %[[P:.*]]: i32, %[[J:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32, %[[T:.*]]: memref<128xf32, 3>, %[[FROM:.*]]: i32,
// CHECK: %[[ENTRY:.*]] = pipeline.entry %[[T]] from %[[FROM]] at(%[[P]], %[[J]])
// CHECK: arith.addf %{{.*}}, %[[ENTRY]]
!t = memref<1x2x512x64xf16>
func.func @t5(%q: !t, %k: !t, %v: !t, %o: !t, %table: memref<32x2xf32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) params(%table : memref<32x2xf32>) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<32x2xf32>):
    %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x2xf32>)
    attn.yield %0
  }
  return
}

// One range of tiles: no switch. With segments the table comes before them, which stay last.
// CHECK-LABEL: func.func @segments_main
// CHECK: %[[TABLE:.*]] = pipeline.table
// CHECK: scf.for
// CHECK: pipeline.barrier
// CHECK-NOT: scf.index_switch
// CHECK: pipeline.tabulate %[[TABLE]]
// CHECK: tile.score {{.*}} params(%[[TABLE]], %{{.*}}, %{{.*}}, %{{.*}} : memref<128xf32, 3>, i32, memref<1x512xi32{{.*}}, memref<1x512xi32{{.*}}) segments
func.func @segments(%q: !t, %k: !t, %v: !t, %o: !t, %dq: memref<1x512xi32>, %dk: memref<1x512xi32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) query_segment(%dq : memref<1x512xi32>) key_segment(%dk : memref<1x512xi32>)
      masks [#attn.segments] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_sqrt %s at(%h, %p, %j) {heads = 2}
    attn.yield %0
  }
  return
}

// Rows of several heads have no table in common.
// CHECK-LABEL: func.func @packed_main
// CHECK-NOT: pipeline.table
// CHECK: tile.diagonal
// CHECK: pipeline.epilogue
func.func @packed(%q: memref<1x8x1x64xf16>, %k: !t, %v: !t, %o: memref<1x8x1x64xf16>) {
  attn.attention query(%q : memref<1x8x1x64xf16>) key(%k : !t) value(%v : !t) outs(%o : memref<1x8x1x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_sqrt %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
