// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Biases at positions or heads that the body computes or swaps: no function of the pair's distance, and still the
// values of the reference. test/Dialect/Tile/computed_positions.mlir has their structure.
!q = memref<?x2x40x64xf32>
!kv = memref<?x2x70x64xf32>

func.func @doubled(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %two = arith.constant 2 : i32
    %p2 = arith.muli %p, %two : i32
    %j2 = arith.muli %j, %two : i32
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi_symmetric %0 at(%h, %p2, %j2) {heads = 2}
    attn.yield %1
  }
  return
}

// What the bias hides is swapped as well, and no softcap shows it again.
func.func @swapped_half(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi_half %0 at(%h, %j, %p) {heads = 2}
    %2 = attn.softcap %1, 4.0
    attn.yield %2
  }
  return
}

func.func @other_head(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %one = arith.constant 1 : i32
    %other = arith.xori %h, %one : i32
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi %0 at(%other, %p, %j) {heads = 2}
    attn.yield %1
  }
  return
}

func.func @swapped_t5(%q: !q, %k: !kv, %v: !kv, %table: memref<32x2xf32> {attn.name = "table"}, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) params(%table : memref<32x2xf32>) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<32x2xf32>):
    %0 = attn.t5 %s at(%h, %j, %p) table(%t : memref<32x2xf32>)
    attn.yield %0
  }
  return
}
