// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --canonicalize | FileCheck %s

// Keys that a falling bias has made negligible: norms of rows once their copy has ended, norms of keys from the
// workspace, ranges narrowed between loops; and two functions more.
!t = memref<1x4x2048x64xf16>
func.func @k(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// CHECK-LABEL: func.func @k_prepare
// CHECK-SAME: %[[BYTES:[a-z0-9]+]]: memref<?xi8>) attributes {{.*}}camber.prepare_q_len_min = 0 : i64
// CHECK: memref.view %[[BYTES]]{{.*}} to memref<2x32xf32>
// CHECK: pipeline.key_norms %{{.*}} keys %{{.*}} to %{{.*}} into %{{.*}} : {{.*}}, memref<2x?xf32>
// CHECK-NEXT: return

// CHECK-LABEL: func.func @k_combine
// CHECK: pipeline.program_id
// CHECK: pipeline.combine
// CHECK-NEXT: return

// CHECK-LABEL: func.func @k_main
// CHECK-SAME: %[[BYTES:[a-z0-9]+]]: memref<?xi8>)
// CHECK: pipeline.copy_rows
// CHECK-NEXT: %[[COPY:.*]] = pipeline.commit
// CHECK: pipeline.wait %[[COPY]]
// CHECK-NEXT: pipeline.barrier
// CHECK-NEXT: %[[ROWS:.*]] = pipeline.row_norms
// CHECK: memref.view %[[BYTES]]{{.*}} to memref<2x32xf32>
// CHECK: tile.state_bound where
// CHECK: tile.skip_range left
// CHECK: scf.for
// CHECK: tile.skip_range left
// CHECK: scf.for
// CHECK: pipeline.epilogue
