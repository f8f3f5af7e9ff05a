// RUN: camber-opt %s --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// The norms that a caller keeps stand for those of the keys: the tasks find their running maxima in the workspace.
// CHECK-LABEL: func.func private @kernel_prepare
// CHECK-SAME: %[[GIVEN:[a-z0-9]+]]: memref<?x2x?xf32, {{.*}}attn.role = "key_norms"
// CHECK: cpu.key_norms %{{.*}} into %{{.*}} given(%[[GIVEN]] : memref<?x2x?xf32, {{.*}}>)

// What is certain of the rows is computed for several splits only. It narrows what they divide, in whole tiles.
// CHECK-LABEL: func.func private @kernel_task
// CHECK-SAME: %[[SPLIT:[a-z0-9]+]]: index, %[[SPLITS:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: memref<?xi8>, %{{[a-z0-9]+}}: memref<?xi8>, %{{[a-z0-9]+}}: memref<?xi8>)
// CHECK-SAME: camber.prepare_q_len_min = 0
// CHECK: cpu.row_norms %{{.*}} count %[[ROWS:[a-z_0-9]+]] into %[[NORMS:[a-z_0-9]+]]
// CHECK: %[[SEVERAL:.*]] = arith.cmpi sgt, %[[SPLITS]], %c1 :
// CHECK: %[[COUNT:.*]] = arith.select %[[SEVERAL]], %[[ROWS]], %c0
// CHECK: cpu.state_bound keys {{.*}} count %[[COUNT]] norms(%[[NORMS]], %{{.*}}) into %[[M:[a-z_0-9]+]], %[[L:[a-z_0-9]+]]
// CHECK-NOT: uniform_head
// CHECK: } score {
// CHECK: %[[LO:.*]] = cpu.skip_range %{{.*}} state(%[[M]], %[[L]])
// CHECK: %[[HI:.*]] = cpu.skip_range right %{{.*}} state(%[[M]], %[[L]])
// CHECK: %[[SPAN:.*]] = arith.subi %[[HI]], %[[LO]]
// CHECK: %[[SOME:.*]] = arith.maxsi %[[SPAN]], %c0
// CHECK: %[[TILES:.*]] = arith.ceildivsi %[[SOME]], %[[STEP:.*]] : index
// CHECK-DAG: %[[TILES32:.*]] = arith.index_cast %[[TILES]] : index to i32
// CHECK-DAG: %[[SPLITS32:.*]] = arith.index_cast %[[SPLITS]] : index to i32
// CHECK: %[[EACH32:.*]] = arith.ceildivui %[[TILES32]], %[[SPLITS32]] : i32
// CHECK: %[[EACH:.*]] = arith.index_castui %[[EACH32]] : i32 to index
// CHECK: %[[SHARE:.*]] = arith.muli %[[EACH]], %[[STEP]]
// CHECK: %[[BEFORE:.*]] = arith.muli %[[SPLIT]], %[[SHARE]]
// CHECK: %[[FIRST:.*]] = arith.addi %[[LO]], %[[BEFORE]]
// CHECK: %[[LAST:.*]] = arith.addi %[[FIRST]], %[[SHARE]]
// CHECK: arith.minsi %[[HI]], %[[LAST]]
// CHECK: cpu.scores
// CHECK: cpu.skip_range
// CHECK-NOT: state(%[[M]], %[[L]])
// CHECK: cpu.skip_range right
// CHECK: cpu.epilogue
func.func @kernel(%q: memref<?x4x1x64xf16>, %k: memref<?x2x?x64xf16>, %v: memref<?x2x?x64xf16>, %norms: memref<?x2x?xf32>, %o: memref<?x4x1x64xf16>) {
  attn.attention query(%q : memref<?x4x1x64xf16>) key(%k : memref<?x2x?x64xf16>) value(%v : memref<?x2x?x64xf16>)
    key_norms(%norms : memref<?x2x?xf32>) outs(%o : memref<?x4x1x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_symmetric %s at(%h, %p, %j) {heads = 4}
    attn.yield %0
  }
  return
}
