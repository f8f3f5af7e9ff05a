// RUN: camber-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{prefix length -1 is not in 0 … 2^24-1}}
func.func private @prefix_c1() attributes {mask = #attn.prefix<length = -1>}

// -----

func.func @prefix_c2(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{#attn.prefix replaces #attn.causal; remove one of them}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    masks [#attn.causal, #attn.prefix<length = 2>]
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
