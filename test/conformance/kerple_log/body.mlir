// KERPLE, logarithmic: -r1 · log(1 + r2 · |d|).
func.func @kerple_log(%q: memref<?x4x14x16xf32>, %k: memref<?x4x14x16xf32>, %v: memref<?x4x14x16xf32>,
    %r1_operand: memref<4xf32> {attn.name = "r1"},
    %r2_operand: memref<4xf32> {attn.name = "r2"},
    %o: memref<?x4x14x16xf32>, %lse: memref<?x4x14xf32>) {
  attn.attention query(%q : memref<?x4x14x16xf32>) key(%k : memref<?x4x14x16xf32>) value(%v : memref<?x4x14x16xf32>)
    params(%r1_operand, %r2_operand : memref<4xf32>, memref<4xf32>) masks [#attn.causal] outs(%o, %lse : memref<?x4x14x16xf32>, memref<?x4x14xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %r1: memref<4xf32>, %r2: memref<4xf32>):
    %0 = attn.scale %s, 0.25
    %1 = attn.lookup %r1[%h] : memref<4xf32> -> f32
    %2 = attn.lookup %r2[%h] : memref<4xf32> -> f32
    %3 = arith.subi %j, %p : i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = math.absf %4 : f32
    %6 = arith.mulf %2, %5 : f32
    %7 = math.log1p %6 : f32
    %8 = arith.mulf %1, %7 : f32
    %9 = arith.subf %0, %8 : f32
    attn.yield %9
  }
  return
}
