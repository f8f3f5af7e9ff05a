// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --split-input-file --verify-diagnostics

!t = memref<1x2x128x64xf32>
func.func @f32(%q: !t, %k: !t, %v: !t, %o: !t) {
  // expected-error @below {{f32 storage has no products on accelerators yet}}
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}

// -----

!t = memref<1x2x128x64xf16>
func.func @skip(%q: !t, %k: !t, %v: !t, %o: !t) {
  // expected-error @below {{has no form on accelerators yet: keys cannot be left out (--no-skip)}}
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    %0 = attn.alibi %s at(%h, %p, %j) form(causal) {heads = 2}
    attn.yield %0
  }
  return
}
