// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --canonicalize --cse | FileCheck %s
// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule='target=sm_80 schedule="#pipeline.schedule<warps = 4, key_stages = 2>"' \
// RUN:   --convert-tile-to-pipeline --canonicalize --cse | FileCheck %s --check-prefix=AHEAD

// Full tiles and those on the diagonal are two ranges of one loop. The score body is chosen by the range; where lengths are
// whole tiles nothing hides keys that are not there. Tiles are counted in 32 bits. Keys are copied a tile ahead, once nobody reads the stage; or at once, where the ring has another.
!t = memref<1x2x128x64xf16>
// CHECK-LABEL: func.func @causal_main
// CHECK-SAME: camber.schedule = #pipeline.schedule<warps = 4>
// CHECK: %[[BATCH:.*]], %[[HEAD:.*]], %[[ROWS:.*]], %{{.*}} = pipeline.program_id
// CHECK: pipeline.copy_rows %arg0[%[[BATCH]], %[[ROWS]]]
// CHECK: pipeline.copy_keys %arg1[%[[BATCH]], %[[HEAD]]
// CHECK-NEXT: %[[FIRST:.*]] = pipeline.commit
// CHECK: %[[LOOP:.*]]:4 = scf.for
// CHECK-SAME: %[[KEYS:[^ ,]*]] = %[[FIRST]])
// CHECK-SAME: : i32 {
// CHECK: pipeline.wait %[[KEYS]]
// CHECK-NEXT: pipeline.barrier
// CHECK: pipeline.copy_keys %arg2
// CHECK-NEXT: %[[VALUES:.*]] = pipeline.commit
// CHECK: %[[DOTS:.*]], %[[DONE:.*]] = pipeline.dot
// CHECK: pipeline.wait %[[VALUES]], %[[DONE]]
// CHECK-NEXT: pipeline.barrier
// CHECK-NEXT: pipeline.release
// CHECK: pipeline.acquire
// CHECK: pipeline.copy_keys %arg1
// CHECK-NEXT: %[[NEXT:.*]] = pipeline.commit
// CHECK: %[[SCORES:.*]] = scf.index_switch
// CHECK: case 0
// CHECK: tile.score %[[DOTS]]
// CHECK-NOT: tile.visible
// CHECK-NOT: pipeline.mask_tail
// CHECK: default
// CHECK: tile.score %[[DOTS]]
// CHECK: tile.visible
// CHECK-NOT: pipeline.mask_tail
// CHECK: pipeline.softmax_update %[[SCORES]]
// CHECK: %{{.*}}, %[[SUMMED:.*]] = pipeline.accumulate
// CHECK-NEXT: pipeline.wait %[[SUMMED]]
// CHECK-NEXT: pipeline.release
// CHECK: scf.yield {{.*}}, %[[NEXT]] :
// CHECK: pipeline.wait %[[LOOP]]#3
// CHECK-NEXT: pipeline.epilogue %[[ROWS]]

// AHEAD: scf.for
// AHEAD: pipeline.copy_keys %arg2
// AHEAD: pipeline.copy_keys %arg1
// AHEAD: pipeline.dot
func.func @causal(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// One range of whole tiles needs no switch, and nothing hides keys.
// CHECK-LABEL: func.func @full_main
// CHECK-NOT: scf.index_switch
// CHECK-NOT: pipeline.mask_tail
// CHECK: pipeline.epilogue
func.func @full(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// The tile on the diagonal may be partial: it hides keys past the last one, the full tiles do not.
!odd = memref<1x2x100x64xf16>
// CHECK-LABEL: func.func @partial_main
// CHECK: scf.index_switch
// CHECK: case 0
// CHECK-NOT: pipeline.mask_tail
// CHECK: default
// CHECK: tile.visible
// CHECK: pipeline.mask_tail
// CHECK: pipeline.softmax_update
func.func @partial(%q: !odd, %k: !odd, %v: !odd, %o: !odd) {
  attn.attention query(%q : !odd) key(%k : !odd) value(%v : !odd) masks [#attn.causal] outs(%o : !odd) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
