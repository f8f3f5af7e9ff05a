// 0.9 · s + 0.1 · tanh(s) of the score with its bias.
func.func @region_after_alibi(%q: memref<?x4x12x16xf32>, %k: memref<?x4x12x16xf32>, %v: memref<?x4x12x16xf32>,
    %o: memref<?x4x12x16xf32>, %lse: memref<?x4x12xf32>) {
  attn.attention query(%q : memref<?x4x12x16xf32>) key(%k : memref<?x4x12x16xf32>) value(%v : memref<?x4x12x16xf32>)
    masks [#attn.causal] outs(%o, %lse : memref<?x4x12x16xf32>, memref<?x4x12xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 4}
    %2 = arith.constant 0.9 : f32
    %3 = arith.mulf %1, %2 : f32
    %4 = math.tanh %1 : f32
    %5 = arith.constant 0.1 : f32
    %6 = arith.mulf %4, %5 : f32
    %7 = arith.addf %3, %6 : f32
    attn.yield %7
  }
  return
}
