// RUN: camber-opt %s --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// T5: tiles beyond the last threshold add one number per head and read no table of distances; the tiles near the diagonal fill
// one of 64 rows + 64 keys, with the function of the diagonal and what it reads.
// CHECK-LABEL: func.func private @t5_task
// CHECK-NOT: cpu.tabulate
// CHECK: cpu.scores
// CHECK-SAME: full
// CHECK: cpu.tabulate %[[TABLE:[a-z_0-9]+]] count
// CHECK-SAME: memref<128xf32>
// CHECK-NEXT: ^bb0(%{{.*}}: i32, %[[HEAD:.*]]: i32, %[[DISTANCE:.*]]: i32, %[[PARAM:.*]]: memref<32x2xf32
// CHECK: arith.subi %{{.*}}, %[[DISTANCE]]
// CHECK: attn.lookup %[[PARAM]][%{{.*}}, %[[HEAD]]]
// CHECK: cpu.scores {{.*}} tables(%[[TABLE]] : memref<128xf32>)
// CHECK: ^bb0({{.*}}, %[[ENTRY:.*]]: f32):
// CHECK: arith.addf %{{.*}}, %[[ENTRY]]
func.func @t5(%q: memref<1x2x512x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>,
                %o: memref<1x2x512x64xf32>, %table: memref<32x2xf32>) {
  attn.attention query(%q : memref<1x2x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    params(%table : memref<32x2xf32>) masks [#attn.causal] outs(%o : memref<1x2x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<32x2xf32>):
    %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x2xf32>)
    attn.yield %0
  }
  return
}

// Rows of several heads: one number per pair.
// CHECK-LABEL: func.func private @packed_task
// CHECK: cpu.tabulate
// CHECK-SAME: memref<64x{{[0-9]+}}xf32>
func.func @packed(%q: memref<1x8x1x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>,
                %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x8x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_sqrt %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
