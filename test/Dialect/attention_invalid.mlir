// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @attention_c3(%q: memref<1x3x4x16xf32>, %k: memref<1x2x4x16xf32>, %o: memref<1x3x4x16xf32>) {
  // expected-error @below {{3 query heads are not a multiple of 2 key}}
  attn.attention query(%q : memref<1x3x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%k : memref<1x2x4x16xf32>)
    outs(%o : memref<1x3x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c12(%q: memref<1x2x4x16xf32>, %w: memref<2xf32>) {
  // expected-error @below {{parameter 0 ('memref<2xf32>') is not used by the score body}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%q : memref<1x2x4x16xf32>) value(%q : memref<1x2x4x16xf32>)
    params(%w : memref<2xf32>) outs(%q : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %u: memref<2xf32>):
    attn.yield %s
  }
  return
}

// -----

func.func @scale_c1(%s: f32) -> f32 {
  // expected-error @below {{factor must be finite}}
  %0 = attn.scale %s, 0x7FF0000000000000
  return %0 : f32
}

// -----

func.func @t5_c2(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x4xf32>) -> f32 {
  // expected-error @below {{max_distance 16 must be greater than the 16 exact distances}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x4xf32>) {max_distance = 16}
  return %0 : f32
}

// -----

// expected-error @below {{window from -2 to -3 holds no distance}}
func.func private @window_c1() attributes {mask = #attn.window<left = 2, right = -3>}
