// A learned number per head and distance, clamped at radius 4: the lookup clamps its index.
func.func @clamped_table(%q: memref<?x3x14x16xf32>, %k: memref<?x3x14x16xf32>, %v: memref<?x3x14x16xf32>,
    %table_operand: memref<3x9xf32> {attn.name = "table"},
    %o: memref<?x3x14x16xf32>, %lse: memref<?x3x14xf32>) {
  attn.attention query(%q : memref<?x3x14x16xf32>) key(%k : memref<?x3x14x16xf32>) value(%v : memref<?x3x14x16xf32>)
    params(%table_operand : memref<3x9xf32>) outs(%o, %lse : memref<?x3x14x16xf32>, memref<?x3x14xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %table: memref<3x9xf32>):
    %0 = attn.scale %s, 0.25
    %1 = arith.subi %j, %p : i32
    %2 = arith.constant 4 : i32
    %3 = arith.addi %1, %2 : i32
    %4 = attn.lookup %table[%h, %3] : memref<3x9xf32> -> f32
    %5 = arith.addf %0, %4 : f32
    attn.yield %5
  }
  return
}
