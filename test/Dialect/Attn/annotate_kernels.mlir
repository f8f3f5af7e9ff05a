// RUN: camber-opt %s --attn-annotate-kernels > %t.once
// RUN: FileCheck %s < %t.once
// Once more changes nothing, also of what was printed and read in between.
// RUN: camber-opt %t.once --attn-annotate-kernels | diff %t.once -
// RUN: camber-opt %s --attn-to-tile > %t.tile
// RUN: camber-opt %t.once --attn-to-tile | diff %t.tile -

// Roles, names and dims of the operands; strides become the caller's, with a contiguous head dimension.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>> {attn.dims = ["batch", 4, "q_len", 64], attn.name = "q", attn.role = "query"}
// CHECK-SAME: memref<?x2x?x64xf16, strided<[?, ?, ?, 1]>> {attn.dims = ["batch", 2, "kv_len", 64], attn.name = "k", attn.role = "key"}
// CHECK-SAME: attn.name = "v", attn.role = "value"
// CHECK-SAME: memref<?x4xf32, strided<[?, ?]>> {attn.dims = ["batch", 4], attn.name = "slopes", attn.role = "parameter"}
// CHECK-SAME: f32 {attn.dims = [], attn.name = "param1", attn.role = "parameter"}
// CHECK-SAME: memref<?xi32, strided<[?]>> {attn.dims = ["batch"], attn.name = "key_end", attn.role = "key_end"}
// CHECK-SAME: attn.name = "o", attn.role = "output"
// CHECK-SAME: memref<?x4x?xf32, strided<[?, ?, ?]>> {attn.dims = ["batch", 4, "q_len"], attn.name = "lse", attn.role = "lse"}
// CHECK: ^bb0({{.*}}: memref<?x4xf32, strided<[?, ?]>>, %{{.*}}: f32):
func.func @kernel(%q: memref<?x4x?x64xf16>, %k: memref<?x2x?x64xf16>, %v: memref<?x2x?x64xf16>,
                  %m: memref<?x4xf32> {attn.name = "slopes"}, %f: f32, %end: memref<?xi32>, %o: memref<?x4x?x64xf16>,
                  %lse: memref<?x4x?xf32>) {
  attn.attention query(%q : memref<?x4x?x64xf16>) key(%k : memref<?x2x?x64xf16>) value(%v : memref<?x2x?x64xf16>)
    params(%m, %f : memref<?x4xf32>, f32) key_end(%end : memref<?xi32>)
    outs(%o, %lse : memref<?x4x?x64xf16>, memref<?x4x?xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<?x4xf32>, %factor: f32):
    %0 = attn.alibi %s at(%h, %p, %j) batch(%b) slopes(%slopes : memref<?x4xf32>) factor(%factor)
    attn.yield %0
  }
  return
}

// What the types leave open is as attention says.
// CHECK-LABEL: func.func @open_output
// CHECK-SAME: memref<4xf32, strided<[?]>> {attn.dims = [4], attn.name = "sink", attn.role = "sink"}
// CHECK-SAME: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>> {attn.dims = ["batch", 4, "q_len", 64], attn.name = "o", attn.role = "output"}
func.func @open_output(%q: memref<?x4x?x64xf16>, %k: memref<?x4x?x64xf16>, %v: memref<?x4x?x64xf16>, %sink: memref<?xf32>,
                       %o: memref<?x?x?x?xf16>) {
  attn.attention query(%q : memref<?x4x?x64xf16>) key(%k : memref<?x4x?x64xf16>) value(%v : memref<?x4x?x64xf16>)
    sink(%sink : memref<?xf32>) outs(%o : memref<?x?x?x?xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Bounds of lengths outlive the attention. One that it does not have any more is gone.
// CHECK-LABEL: func.func @bounded
// CHECK-SAME: attributes {camber.q_len_max = 7 : i64}
func.func @bounded(%q: memref<?x4x?x64xf16>, %k: memref<?x4x?x64xf16>, %v: memref<?x4x?x64xf16>, %o: memref<?x4x?x64xf16>)
    attributes {camber.kv_len_max = 300 : i64} {
  attn.attention query(%q : memref<?x4x?x64xf16>) key(%k : memref<?x4x?x64xf16>) value(%v : memref<?x4x?x64xf16>)
    q_len_max = 7 outs(%o : memref<?x4x?x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Norms of keys, one entry for 64 of them.
// CHECK-LABEL: func.func @norms
// CHECK-SAME: memref<?x2x?xf32, strided<[?, ?, ?]>> {attn.dims = ["batch", 2, "key_blocks"], attn.name = "key_norms", attn.role = "key_norms"}
func.func @norms(%q: memref<?x4x?x64xf16>, %k: memref<?x2x?x64xf16>, %v: memref<?x2x?x64xf16>, %norms: memref<?x2x?xf32>, %o: memref<?x4x?x64xf16>) {
  attn.attention query(%q : memref<?x4x?x64xf16>) key(%k : memref<?x2x?x64xf16>) value(%v : memref<?x2x?x64xf16>)
    key_norms(%norms : memref<?x2x?xf32>) outs(%o : memref<?x4x?x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Functions without attention are left alone.
// CHECK-LABEL: func.func @other(%{{.*}}: memref<4xf32>) -> memref<4xf32>
func.func @other(%m: memref<4xf32>) -> memref<4xf32> {
  return %m : memref<4xf32>
}
