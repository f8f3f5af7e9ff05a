// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Only what the yielded score depends on has an effect: the modifiers here are left aside, wherever they stand.
!q = memref<?x2x40x64xf32>
!kv = memref<?x2x70x64xf32>

func.func @all_unused(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    attn.yield %s
  }
  return
}

func.func @last_unused(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.softcap %0, 0.5
    attn.yield %0
  }
  return
}
