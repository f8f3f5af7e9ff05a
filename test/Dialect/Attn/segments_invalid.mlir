// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @documents_c1(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{#attn.segments needs query_segment ids, i32 [B, length]}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    masks [#attn.segments]
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @documents_c1_key(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<1x4xi32>) {
  // expected-error @below {{#attn.segments needs key_segment ids, i32 [B, length]}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    query_segment(%x : memref<1x4xi32>) masks [#attn.segments]
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
