// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Bodies that go by query and key index, where these are not the positions: gates with a number per token, read by
// index, and arithmetic on all four.
!q = memref<?x4x40x64xf32>
!kv = memref<?x2x70x64xf32>
!n = memref<?xi32>

func.func @gates_of_a_shard(%q: !q, %k: !kv, %v: !kv, %gq: memref<?x4x40xf32> {attn.name = "query_gate"},
                            %gk: memref<?x4x70xf32> {attn.name = "key_gate"}, %qo: !n, %ko: !n, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) params(%gq, %gk : memref<?x4x40xf32>, memref<?x4x70xf32>)
    query_offset(%qo : !n) key_offset(%ko : !n) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %query_gate: memref<?x4x40xf32>, %key_gate: memref<?x4x70xf32>):
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 4}
    %2 = attn.lookup %query_gate[%b, %h, %qi] : memref<?x4x40xf32> -> f32
    %3 = attn.lookup %key_gate[%b, %h, %ki] : memref<?x4x70xf32> -> f32
    %4 = arith.subf %2, %3 : f32
    %5 = arith.addf %1, %4 : f32
    attn.yield %5
  }
  return
}

// End-aligned: the position of query i is i + 30. A quarter of the pairs is hidden.
func.func @parity(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %base = arith.subi %p, %qi : i32
    %real = arith.sitofp %base : i32 to f32
    %0 = attn.scale %s, 0.125
    %hundredth = arith.constant 0.01 : f32
    %1 = math.fma %real, %hundredth, %0 : f32
    %one = arith.constant 1 : i32
    %odd = arith.andi %qi, %ki : i32
    %both = arith.andi %odd, %one : i32
    %zero = arith.constant 0 : i32
    %visible = arith.cmpi eq, %both, %zero : i32
    %hidden = arith.constant 0xFF800000 : f32
    %2 = arith.select %visible, %1, %hidden : f32
    attn.yield %2
  }
  return
}

// A token at a time: the heads of a kv head share a block of rows.
func.func @decode(%q: memref<?x4x1x64xf32>, %k: memref<?x2x?x64xf32>, %v: memref<?x2x?x64xf32>,
                  %gk: memref<?x4x?xf32> {attn.name = "key_gate", attn.dims = ["batch", 4, "kv_len"]},
                  %end: !n, %o: memref<?x4x1x64xf32>) {
  attn.attention query(%q : memref<?x4x1x64xf32>) key(%k : memref<?x2x?x64xf32>) value(%v : memref<?x2x?x64xf32>)
    params(%gk : memref<?x4x?xf32>) key_end(%end : !n) masks [#attn.causal] outs(%o : memref<?x4x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %key_gate: memref<?x4x?xf32>):
    %0 = attn.scale %s, 0.125
    %1 = attn.lookup %key_gate[%b, %h, %ki] : memref<?x4x?xf32> -> f32
    %2 = arith.addf %0, %1 : f32
    %first = arith.sitofp %qi : i32 to f32
    %3 = arith.addf %2, %first : f32
    attn.yield %3
  }
  return
}
