// Two gates, read by index: the query gate by p_i + Lq - Lk.
func.func @separable_gates(%q: memref<?x3x6x16xf32>, %k: memref<?x3x14x16xf32>, %v: memref<?x3x14x16xf32>,
    %query_gate_operand: memref<?x3x6xf32> {attn.name = "query_gate"},
    %key_gate_operand: memref<?x3x14xf32> {attn.name = "key_gate"},
    %o: memref<?x3x6x16xf32>, %lse: memref<?x3x6xf32>) {
  attn.attention query(%q : memref<?x3x6x16xf32>) key(%k : memref<?x3x14x16xf32>) value(%v : memref<?x3x14x16xf32>)
    params(%query_gate_operand, %key_gate_operand : memref<?x3x6xf32>, memref<?x3x14xf32>) masks [#attn.causal] outs(%o, %lse : memref<?x3x6x16xf32>, memref<?x3x6xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %query_gate: memref<?x3x6xf32>, %key_gate: memref<?x3x14xf32>):
    %0 = attn.scale %s, 0.25
    %1 = arith.constant -8 : i32
    %2 = arith.addi %p, %1 : i32
    %3 = attn.lookup %query_gate[%b, %h, %2] : memref<?x3x6xf32> -> f32
    %4 = attn.lookup %key_gate[%b, %h, %j] : memref<?x3x14xf32> -> f32
    %5 = arith.subf %3, %4 : f32
    %6 = arith.addf %0, %5 : f32
    attn.yield %6
  }
  return
}
