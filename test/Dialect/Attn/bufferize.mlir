// RUN: camber-opt %s --attn-bufferize | FileCheck %s

!q = tensor<?x8x?x64xf16>
!kv = tensor<?x2x?x64xf16>
!lse = tensor<?x8x?xf32>

// The result is written where `outs` says: no allocation, no copy.
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: memref.alloc
// CHECK: attn.attention {{.*}} outs(%[[O:.*]], %[[LSE:.*]] : memref
// CHECK: return %[[O]], %[[LSE]] :
func.func @in_place(%q: !q, %k: !kv, %v: !kv, %o: !q, %lse: !lse) -> (!q, !lse) {
  %r:2 = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o, %lse : !q, !lse) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> !q, !lse
  return %r#0, %r#1 : !q, !lse
}

// A destination that is read afterwards gets a buffer of its own. Its old contents are not copied: all of it is written.
// CHECK-LABEL: func.func @kept
// CHECK: %[[NEW:.*]] = memref.alloc
// CHECK-NOT: memref.copy
// CHECK: attn.attention {{.*}} outs(%[[NEW]] : memref
func.func @kept(%q: !q, %k: !kv, %v: !kv, %o: !q) -> (!q, !q) {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> !q
  return %r, %o : !q, !q
}

// Rows of the query are read after the first rows of the output are written: they are not the same buffer.
// CHECK-LABEL: func.func @query_is_output
// CHECK: %[[NEW:.*]] = memref.alloc
// CHECK-NOT: memref.copy
// CHECK: attn.attention query(%[[Q:.*]] : memref{{.*}} outs(%[[NEW]] : memref
func.func @query_is_output(%q: !q, %k: !kv, %v: !kv) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%q : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> !q
  return %r : !q
}

// Norms of keys stay an operand of their own, and are only read: the caller's cache keeps them.
// CHECK-LABEL: func.func @key_norms
// CHECK-SAME: %[[Q:[a-z0-9]+]]: memref<?x8x?x64xf16, {{[^%]*}}%[[K:[a-z0-9]+]]: memref<?x2x?x64xf16, {{[^%]*}}%[[NORMS:[a-z0-9]+]]: memref<?x2x?xf32
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: attn.attention query(%[[Q]] : {{.*}} key(%[[K]] : {{.*}} key_norms(%[[NORMS]] : memref<?x2x?xf32, {{.*}} outs(%[[O:.*]] : memref
// CHECK: return %[[O]], %[[NORMS]] :
func.func @key_norms(%q: !q, %k: !kv, %norms: tensor<?x2x?xf32>, %o: !q) -> (!q, tensor<?x2x?xf32>) {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%k : !kv) key_norms(%norms : tensor<?x2x?xf32>) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  } -> !q
  return %r, %norms : !q, tensor<?x2x?xf32>
}

// Parameters become buffers inside the score body, too.
// CHECK-LABEL: func.func @slopes
// CHECK-NOT: memref.alloc
// CHECK: ^bb0({{.*}}, %[[SLOPES:.*]]: memref<8xf32
// CHECK: attn.alibi {{.*}} slopes(%[[SLOPES]] : memref<8xf32
func.func @slopes(%q: !q, %k: !kv, %v: !kv, %m: tensor<8xf32>, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) params(%m : tensor<8xf32>) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: tensor<8xf32>):
    %0 = attn.alibi %s at(%h, %p, %j) slopes(%slopes : tensor<8xf32>)
    attn.yield %0
  } -> !q
  return %r : !q
}

// A constant table stays what it is, on tensors and where the kernel is on memrefs already.
// CHECK-LABEL: func.func @constant_table
// CHECK: %[[T:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, {{.*}}]> : tensor<8xf32>
// CHECK: attn.lookup %[[T]]
func.func @constant_table(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
    %0 = attn.lookup %t[%h] : tensor<8xf32> -> f32
    attn.yield %0
  } -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @constant_table_of_memrefs
// CHECK: %[[T:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: attn.lookup %[[T]]
func.func @constant_table_of_memrefs(%q: memref<1x2x8x64xf32>) {
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%q : memref<1x2x8x64xf32>) value(%q : memref<1x2x8x64xf32>)
      outs(%q : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %t = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %0 = attn.lookup %t[%h] : tensor<2xf32> -> f32
    attn.yield %0
  }
  return
}
