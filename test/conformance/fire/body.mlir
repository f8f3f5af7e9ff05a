// FIRE: an MLP of log(c |d| + 1) / log(c max(p + 1, threshold) + 1).
func.func @fire(%q: memref<?x3x12x16xf32>, %k: memref<?x3x12x16xf32>, %v: memref<?x3x12x16xf32>,
    %w1_operand: memref<8xf32> {attn.name = "w1"},
    %b1_operand: memref<8xf32> {attn.name = "b1"},
    %w2_operand: memref<8x3xf32> {attn.name = "w2"},
    %o: memref<?x3x12x16xf32>, %lse: memref<?x3x12xf32>) {
  attn.attention query(%q : memref<?x3x12x16xf32>) key(%k : memref<?x3x12x16xf32>) value(%v : memref<?x3x12x16xf32>)
    params(%w1_operand, %b1_operand, %w2_operand : memref<8xf32>, memref<8xf32>, memref<8x3xf32>) masks [#attn.causal] outs(%o, %lse : memref<?x3x12x16xf32>, memref<?x3x12xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %w1: memref<8xf32>, %b1: memref<8xf32>, %w2: memref<8x3xf32>):
    %0 = attn.scale %s, 0.25
    %1 = arith.constant 0.1 : f32
    %2 = arith.constant 1.0 : f32
    %3 = arith.subi %j, %p : i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = math.absf %4 : f32
    %6 = arith.mulf %1, %5 : f32
    %7 = arith.addf %6, %2 : f32
    %8 = math.log %7 : f32
    %9 = arith.sitofp %p : i32 to f32
    %10 = arith.addf %9, %2 : f32
    %11 = arith.constant 8.0 : f32
    %12 = arith.maximumf %10, %11 : f32
    %13 = arith.mulf %1, %12 : f32
    %14 = arith.addf %13, %2 : f32
    %15 = math.log %14 : f32
    %16 = arith.divf %8, %15 : f32
    %17 = arith.constant 0.0 : f32
    %18 = arith.constant 0 : i32
    %19 = attn.lookup %w1[%18] : memref<8xf32> -> f32
    %20 = arith.mulf %19, %16 : f32
    %21 = attn.lookup %b1[%18] : memref<8xf32> -> f32
    %22 = arith.addf %20, %21 : f32
    %23 = arith.maximumf %22, %17 : f32
    %24 = attn.lookup %w2[%18, %h] : memref<8x3xf32> -> f32
    %25 = arith.mulf %23, %24 : f32
    %26 = arith.addf %17, %25 : f32
    %27 = arith.constant 1 : i32
    %28 = attn.lookup %w1[%27] : memref<8xf32> -> f32
    %29 = arith.mulf %28, %16 : f32
    %30 = attn.lookup %b1[%27] : memref<8xf32> -> f32
    %31 = arith.addf %29, %30 : f32
    %32 = arith.maximumf %31, %17 : f32
    %33 = attn.lookup %w2[%27, %h] : memref<8x3xf32> -> f32
    %34 = arith.mulf %32, %33 : f32
    %35 = arith.addf %26, %34 : f32
    %36 = arith.constant 2 : i32
    %37 = attn.lookup %w1[%36] : memref<8xf32> -> f32
    %38 = arith.mulf %37, %16 : f32
    %39 = attn.lookup %b1[%36] : memref<8xf32> -> f32
    %40 = arith.addf %38, %39 : f32
    %41 = arith.maximumf %40, %17 : f32
    %42 = attn.lookup %w2[%36, %h] : memref<8x3xf32> -> f32
    %43 = arith.mulf %41, %42 : f32
    %44 = arith.addf %35, %43 : f32
    %45 = arith.constant 3 : i32
    %46 = attn.lookup %w1[%45] : memref<8xf32> -> f32
    %47 = arith.mulf %46, %16 : f32
    %48 = attn.lookup %b1[%45] : memref<8xf32> -> f32
    %49 = arith.addf %47, %48 : f32
    %50 = arith.maximumf %49, %17 : f32
    %51 = attn.lookup %w2[%45, %h] : memref<8x3xf32> -> f32
    %52 = arith.mulf %50, %51 : f32
    %53 = arith.addf %44, %52 : f32
    %54 = arith.constant 4 : i32
    %55 = attn.lookup %w1[%54] : memref<8xf32> -> f32
    %56 = arith.mulf %55, %16 : f32
    %57 = attn.lookup %b1[%54] : memref<8xf32> -> f32
    %58 = arith.addf %56, %57 : f32
    %59 = arith.maximumf %58, %17 : f32
    %60 = attn.lookup %w2[%54, %h] : memref<8x3xf32> -> f32
    %61 = arith.mulf %59, %60 : f32
    %62 = arith.addf %53, %61 : f32
    %63 = arith.constant 5 : i32
    %64 = attn.lookup %w1[%63] : memref<8xf32> -> f32
    %65 = arith.mulf %64, %16 : f32
    %66 = attn.lookup %b1[%63] : memref<8xf32> -> f32
    %67 = arith.addf %65, %66 : f32
    %68 = arith.maximumf %67, %17 : f32
    %69 = attn.lookup %w2[%63, %h] : memref<8x3xf32> -> f32
    %70 = arith.mulf %68, %69 : f32
    %71 = arith.addf %62, %70 : f32
    %72 = arith.constant 6 : i32
    %73 = attn.lookup %w1[%72] : memref<8xf32> -> f32
    %74 = arith.mulf %73, %16 : f32
    %75 = attn.lookup %b1[%72] : memref<8xf32> -> f32
    %76 = arith.addf %74, %75 : f32
    %77 = arith.maximumf %76, %17 : f32
    %78 = attn.lookup %w2[%72, %h] : memref<8x3xf32> -> f32
    %79 = arith.mulf %77, %78 : f32
    %80 = arith.addf %71, %79 : f32
    %81 = arith.constant 7 : i32
    %82 = attn.lookup %w1[%81] : memref<8xf32> -> f32
    %83 = arith.mulf %82, %16 : f32
    %84 = attn.lookup %b1[%81] : memref<8xf32> -> f32
    %85 = arith.addf %83, %84 : f32
    %86 = arith.maximumf %85, %17 : f32
    %87 = attn.lookup %w2[%81, %h] : memref<8x3xf32> -> f32
    %88 = arith.mulf %86, %87 : f32
    %89 = arith.addf %80, %88 : f32
    %90 = arith.addf %0, %89 : f32
    attn.yield %90
  }
  return
}
