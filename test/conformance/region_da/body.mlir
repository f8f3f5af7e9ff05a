// DA-Transformer: max(s, 0) · (1 + e^1.5) / (1 + e^(1.5 - 0.25 (h + 1) |d|)).
func.func @region_da(%q: memref<?x4x9x16xf32>, %k: memref<?x4x9x16xf32>, %v: memref<?x4x9x16xf32>,
    %o: memref<?x4x9x16xf32>, %lse: memref<?x4x9xf32>) {
  attn.attention query(%q : memref<?x4x9x16xf32>) key(%k : memref<?x4x9x16xf32>) value(%v : memref<?x4x9x16xf32>)
    masks [#attn.causal] outs(%o, %lse : memref<?x4x9x16xf32>, memref<?x4x9xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    %1 = arith.sitofp %h : i32 to f32
    %2 = arith.constant 1.0 : f32
    %3 = arith.addf %1, %2 : f32
    %4 = arith.constant 0.25 : f32
    %5 = arith.mulf %3, %4 : f32
    %6 = arith.constant 1.5 : f32
    %7 = arith.subi %j, %p : i32
    %8 = arith.sitofp %7 : i32 to f32
    %9 = math.absf %8 : f32
    %10 = arith.mulf %5, %9 : f32
    %11 = arith.subf %6, %10 : f32
    %12 = math.exp %11 : f32
    %13 = arith.constant 5.4816890703380645 : f32
    %14 = arith.addf %12, %2 : f32
    %15 = arith.divf %13, %14 : f32
    %16 = arith.constant 0.0 : f32
    %17 = arith.maximumf %0, %16 : f32
    %18 = arith.mulf %17, %15 : f32
    attn.yield %18
  }
  return
}
