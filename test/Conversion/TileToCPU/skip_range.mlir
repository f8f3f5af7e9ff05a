// RUN: camber-opt %s --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// Norms of keys are computed once per (batch, kv head), from the keys that exist, before all tasks, which find them in workspace
// they share; those of rows in each task.
// CHECK-LABEL: func.func private @kernel_prepare
// CHECK-SAME: %[[KEY:[a-z0-9]+]]: memref<?x2x?x64xf16, {{.*}}attn.role = "key"
// CHECK-SAME: %[[BEGIN:[a-z0-9]+]]: memref<?xi32, {{[^%]*}}attn.role = "key_begin"
// CHECK-SAME: %[[BATCH:[a-z0-9]+]]: index, %[[HEAD:[a-z0-9]+]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>, %[[NORMS:.*]]: memref<?xi8>, %{{.*}}: memref<?xi8>)
// CHECK: %[[I:.*]] = memref.load %[[BEGIN]][%[[BATCH]]]
// CHECK: %[[FIRST:.*]] = arith.index_cast %[[I]]
// CHECK: arith.ceildivui %{{.*}}, %c64
// CHECK: %[[VIEW:.*]] = memref.view %[[NORMS]]
// CHECK: cpu.key_norms %[[KEY]] batch %[[BATCH]] kv_head %[[HEAD]] keys %[[FIRST]] to %{{.*}} into %[[VIEW]]

// CHECK-LABEL: func.func private @kernel_combine
// CHECK-NOT: norms

// CHECK-LABEL: func.func private @kernel_task
// CHECK-SAME: camber.prepare_q_len_min = 33
// CHECK: cpu.row_norms %{{.*}} into %[[ROWS:[a-z_0-9]+]]
// CHECK: %[[SHARED:.*]] = memref.view {{.*}} to memref<2x?xf32>
// CHECK: cpu.scores
// CHECK: %[[LO:.*]] = cpu.skip_range %{{.*}} to %[[NEAR:[a-z_0-9]+]] step 64 {{.*}} norms(%[[ROWS]], %[[SHARED]]) {{.*}} uniform_head
// CHECK: ^bb0(%{{[a-z0-9]+}}: f32, %{{[a-z0-9]+}}: i32, %[[H:[a-z0-9]+]]: i32
// CHECK: attn.lookup %{{.*}}[%[[H]]]
// CHECK: scf.for %{{.*}} = %[[LO]] to
// CHECK: cpu.scores
// CHECK: cpu.skip_range right
// CHECK: cpu.scores
// CHECK: cpu.epilogue
func.func @kernel(%q: memref<?x4x?x64xf16>, %k: memref<?x2x?x64xf16>, %v: memref<?x2x?x64xf16>, %begin: memref<?xi32>, %o: memref<?x4x?x64xf16>) {
  attn.attention query(%q : memref<?x4x?x64xf16>) key(%k : memref<?x2x?x64xf16>) value(%v : memref<?x2x?x64xf16>)
    key_begin(%begin : memref<?xi32>) outs(%o : memref<?x4x?x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_symmetric %s at(%h, %p, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// Packed rows: each has its own head.
// CHECK-LABEL: func.func private @packed_task
// CHECK: cpu.skip_range
// CHECK-NOT: uniform_head
// CHECK: cpu.skip_range
func.func @packed(%q: memref<1x80x30x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>, %o: memref<1x80x30x64xf32>) {
  attn.attention query(%q : memref<1x80x30x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x80x30x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 80}
    attn.yield %0
  }
  return
}
