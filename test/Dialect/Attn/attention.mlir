// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// Everything that can be written around a score body.
// CHECK-LABEL: func.func @everything
// CHECK: attn.attention query(%{{[^ ,]+}} : memref<?x4x?x32xf16>) key(%{{[^ ,]+}} : memref<?x2x?x32xf16>)
// CHECK-SAME: value(%{{[^ ,]+}} : memref<?x2x?x32xf16>) params(%{{[^ ,]+}}, %{{[^ ,]+}} : memref<?x12xf32>, f32) sink(%{{[^ ,]+}} : memref<4xf32>)
// CHECK-SAME: key_begin(%{{[^ ,]+}} : memref<?xi32>) key_end(%{{[^ ,]+}} : memref<?xi32>)
// CHECK-SAME: query_offset(%{{[^ ,]+}} : memref<?xi32>) key_offset(%{{[^ ,]+}} : memref<?xi32>)
// CHECK-SAME: query_segment(%{{[^ ,]+}} : memref<?x?xi32>) key_segment(%{{[^ ,]+}} : memref<?x?xi32>) key_norms(%{{[^ ,]+}} : memref<?x2x?xf32>)
// CHECK-SAME: masks [#attn.causal, #attn.segments] head_offset = 8 q_len_max = 64 kv_len_max = 4096
// CHECK-SAME: outs(%{{[^ ,]+}}, %{{[^ ,]+}} : memref<?x4x?x32xf16>, memref<?x4x?xf32>) scores {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: i32, %[[H:.*]]: i32, %{{[^ ,]+}}: i32, %{{[^ ,]+}}: i32, %{{[^ ,]+}}: i32, %{{[^ ,]+}}: i32, %[[T:.*]]: memref<?x12xf32>, %[[X:.*]]: f32):
// CHECK: attn.yield %{{[^ ,]+}}
// CHECK-NOT: ->
func.func @everything(%q: memref<?x4x?x32xf16>, %k: memref<?x2x?x32xf16>, %v: memref<?x2x?x32xf16>, %table: memref<?x12xf32>,
                      %scalar: f32, %sink: memref<4xf32>, %per_batch: memref<?xi32>, %ids: memref<?x?xi32>, %norms: memref<?x2x?xf32>,
                      %o: memref<?x4x?x32xf16>, %lse: memref<?x4x?xf32>) {
  attn.attention query(%q : memref<?x4x?x32xf16>) key(%k : memref<?x2x?x32xf16>) value(%v : memref<?x2x?x32xf16>)
    params(%table, %scalar : memref<?x12xf32>, f32) sink(%sink : memref<4xf32>)
    key_begin(%per_batch : memref<?xi32>) key_end(%per_batch : memref<?xi32>)
    query_offset(%per_batch : memref<?xi32>) key_offset(%per_batch : memref<?xi32>)
    query_segment(%ids : memref<?x?xi32>) key_segment(%ids : memref<?x?xi32>) key_norms(%norms : memref<?x2x?xf32>)
    masks [#attn.causal, #attn.segments] head_offset = 8 q_len_max = 64 kv_len_max = 4096
    outs(%o, %lse : memref<?x4x?x32xf16>, memref<?x4x?xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<?x12xf32>, %x: f32):
    %0 = attn.lookup %t[%b, %h] : memref<?x12xf32> -> f32
    %1 = arith.mulf %0, %x : f32
    %2 = arith.addf %s, %1 : f32
    attn.yield %2
  }
  return
}

// On tensors there is one result per out.
// CHECK-LABEL: func.func @tensors
// CHECK: %[[R:.*]]:2 = attn.attention query(%{{[^ ,]+}} : tensor<1x2x8x16xbf16>)
// CHECK-NOT: masks
// CHECK: } -> tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @tensors(%q: tensor<1x2x8x16xbf16>, %o: tensor<1x2x8x16xbf16>, %lse: tensor<1x2x8xf32>)
    -> (tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>) {
  %r:2 = attn.attention query(%q : tensor<1x2x8x16xbf16>) key(%q : tensor<1x2x8x16xbf16>) value(%q : tensor<1x2x8x16xbf16>)
    outs(%o, %lse : tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>
  return %r#0, %r#1 : tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>
}
