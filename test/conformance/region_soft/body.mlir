// 0.9 · s + 0.1 · tanh(s).
func.func @region_soft(%q: memref<?x2x9x16xf32>, %k: memref<?x2x9x16xf32>, %v: memref<?x2x9x16xf32>,
    %o: memref<?x2x9x16xf32>, %lse: memref<?x2x9xf32>) {
  attn.attention query(%q : memref<?x2x9x16xf32>) key(%k : memref<?x2x9x16xf32>) value(%v : memref<?x2x9x16xf32>)
    outs(%o, %lse : memref<?x2x9x16xf32>, memref<?x2x9xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    %1 = arith.constant 0.9 : f32
    %2 = arith.mulf %0, %1 : f32
    %3 = math.tanh %0 : f32
    %4 = arith.constant 0.1 : f32
    %5 = arith.mulf %3, %4 : f32
    %6 = arith.addf %2, %5 : f32
    attn.yield %6
  }
  return
}
