// Two named biases add up: the near field of T5 on top of the line of ALiBi.
func.func @alibi_then_t5(%q: memref<?x2x12x16xf32>, %k: memref<?x2x20x16xf32>, %v: memref<?x2x20x16xf32>,
    %table_operand: memref<32x2xf32> {attn.name = "table"},
    %o: memref<?x2x12x16xf32>, %lse: memref<?x2x12xf32>) {
  attn.attention query(%q : memref<?x2x12x16xf32>) key(%k : memref<?x2x20x16xf32>) value(%v : memref<?x2x20x16xf32>)
    params(%table_operand : memref<32x2xf32>) masks [#attn.causal] outs(%o, %lse : memref<?x2x12x16xf32>, memref<?x2x12xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %table: memref<32x2xf32>):
    %0 = attn.scale %s, 0.25
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 2}
    %2 = attn.t5 %1 at(%h, %p, %j) table(%table : memref<32x2xf32>)
    attn.yield %2
  }
  return
}
