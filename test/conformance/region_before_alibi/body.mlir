// s - 0.01 · s² before the bias.
func.func @region_before_alibi(%q: memref<?x4x12x16xf32>, %k: memref<?x4x12x16xf32>, %v: memref<?x4x12x16xf32>,
    %o: memref<?x4x12x16xf32>, %lse: memref<?x4x12xf32>) {
  attn.attention query(%q : memref<?x4x12x16xf32>) key(%k : memref<?x4x12x16xf32>) value(%v : memref<?x4x12x16xf32>)
    masks [#attn.causal] outs(%o, %lse : memref<?x4x12x16xf32>, memref<?x4x12xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    %1 = arith.mulf %0, %0 : f32
    %2 = arith.constant 0.01 : f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.subf %0, %3 : f32
    %5 = attn.alibi %4 at(%h, %p, %j) {heads = 4}
    attn.yield %5
  }
  return
}
