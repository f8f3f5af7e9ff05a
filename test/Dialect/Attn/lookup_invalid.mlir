// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @lookup_c1(%t: memref<2x4xf32>, %i: i32) -> f32 {
  // expected-error @below {{takes one index per dimension of 'memref<2x4xf32>', got 1}}
  %0 = attn.lookup %t[%i] : memref<2x4xf32> -> f32
  return %0 : f32
}

// -----

func.func @lookup_c1_unranked(%t: tensor<*xf32>, %i: i32) -> f32 {
  // expected-error @below {{takes one index per dimension of 'tensor<*xf32>', got 1}}
  %0 = attn.lookup %t[%i] : tensor<*xf32> -> f32
  return %0 : f32
}

// -----

func.func @lookup_c2(%t: memref<4xf32>, %i: i32) -> i32 {
  // expected-error @below {{result must have the table's element type 'f32'}}
  %0 = attn.lookup %t[%i] : memref<4xf32> -> i32
  return %0 : i32
}

// -----

func.func @lookup_c3(%t: memref<2x0xf32>, %i: i32) -> f32 {
  // expected-error @below {{table has no entries: 'memref<2x0xf32>'}}
  %0 = attn.lookup %t[%i, %i] : memref<2x0xf32> -> f32
  return %0 : f32
}

// -----

func.func @lookup_c4(%q: memref<1x8x8x64xf32>, %k: memref<1x8x8x64xf32>, %v: memref<1x8x8x64xf32>, %o: memref<1x8x8x64xf32>, %a0: memref<4xf32>) {
  attn.attention query(%q : memref<1x8x8x64xf32>) key(%k : memref<1x8x8x64xf32>) value(%v : memref<1x8x8x64xf32>)
    params(%a0 : memref<4xf32>) outs(%o : memref<1x8x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<4xf32>):
    // expected-error @below {{dimension 0 of the table of 4 heads: the 8 heads of the attention read entries 0 to 7}}
    %x = attn.lookup %t0[%h] : memref<4xf32> -> f32
    %0 = arith.addf %s, %x : f32
    attn.yield %0
  }
  return
}

// -----

func.func @lookup_c4_second(%q: memref<1x8x8x64xf32>, %k: memref<1x8x8x64xf32>, %v: memref<1x8x8x64xf32>, %o: memref<1x8x8x64xf32>, %a0: memref<16x4xf32>) {
  attn.attention query(%q : memref<1x8x8x64xf32>) key(%k : memref<1x8x8x64xf32>) value(%v : memref<1x8x8x64xf32>)
    params(%a0 : memref<16x4xf32>) outs(%o : memref<1x8x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<16x4xf32>):
    // expected-error @below {{dimension 1 of the table of 4 heads: the 8 heads of the attention read entries 0 to 7}}
    %x = attn.lookup %t0[%j, %h] : memref<16x4xf32> -> f32
    %0 = arith.addf %s, %x : f32
    attn.yield %0
  }
  return
}

// -----

func.func @lookup_c4_batch(%q: memref<3x4x8x64xf32>, %k: memref<3x4x8x64xf32>, %v: memref<3x4x8x64xf32>, %o: memref<3x4x8x64xf32>, %a0: memref<2xf32>) {
  attn.attention query(%q : memref<3x4x8x64xf32>) key(%k : memref<3x4x8x64xf32>) value(%v : memref<3x4x8x64xf32>)
    params(%a0 : memref<2xf32>) outs(%o : memref<3x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<2xf32>):
    // expected-error @below {{dimension 0 of the table has 2 entries for 3 batches; the index would be clamped}}
    %x = attn.lookup %t0[%b] : memref<2xf32> -> f32
    %0 = arith.addf %s, %x : f32
    attn.yield %0
  }
  return
}
