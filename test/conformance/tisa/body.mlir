// TISA: Σ_t a_t · exp(-|b_t| (d - c_t)²).
func.func @tisa(%q: memref<?x3x14x16xf32>, %k: memref<?x3x14x16xf32>, %v: memref<?x3x14x16xf32>,
    %a_operand: memref<3x5xf32> {attn.name = "a"},
    %b_operand: memref<3x5xf32> {attn.name = "b"},
    %c_operand: memref<3x5xf32> {attn.name = "c"},
    %o: memref<?x3x14x16xf32>, %lse: memref<?x3x14xf32>) {
  attn.attention query(%q : memref<?x3x14x16xf32>) key(%k : memref<?x3x14x16xf32>) value(%v : memref<?x3x14x16xf32>)
    params(%a_operand, %b_operand, %c_operand : memref<3x5xf32>, memref<3x5xf32>, memref<3x5xf32>) outs(%o, %lse : memref<?x3x14x16xf32>, memref<?x3x14xf32>) scores {
  ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %a: memref<3x5xf32>, %b: memref<3x5xf32>, %c: memref<3x5xf32>):
    %0 = attn.scale %s, 0.25
    %1 = arith.subi %j, %p : i32
    %2 = arith.sitofp %1 : i32 to f32
    %3 = arith.constant 0.0 : f32
    %4 = arith.constant 0 : i32
    %5 = attn.lookup %c[%h, %4] : memref<3x5xf32> -> f32
    %6 = arith.subf %2, %5 : f32
    %7 = attn.lookup %b[%h, %4] : memref<3x5xf32> -> f32
    %8 = math.absf %7 : f32
    %9 = arith.mulf %6, %6 : f32
    %10 = arith.mulf %8, %9 : f32
    %11 = arith.negf %10 : f32
    %12 = math.exp %11 : f32
    %13 = attn.lookup %a[%h, %4] : memref<3x5xf32> -> f32
    %14 = arith.mulf %13, %12 : f32
    %15 = arith.addf %3, %14 : f32
    %16 = arith.constant 1 : i32
    %17 = attn.lookup %c[%h, %16] : memref<3x5xf32> -> f32
    %18 = arith.subf %2, %17 : f32
    %19 = attn.lookup %b[%h, %16] : memref<3x5xf32> -> f32
    %20 = math.absf %19 : f32
    %21 = arith.mulf %18, %18 : f32
    %22 = arith.mulf %20, %21 : f32
    %23 = arith.negf %22 : f32
    %24 = math.exp %23 : f32
    %25 = attn.lookup %a[%h, %16] : memref<3x5xf32> -> f32
    %26 = arith.mulf %25, %24 : f32
    %27 = arith.addf %15, %26 : f32
    %28 = arith.constant 2 : i32
    %29 = attn.lookup %c[%h, %28] : memref<3x5xf32> -> f32
    %30 = arith.subf %2, %29 : f32
    %31 = attn.lookup %b[%h, %28] : memref<3x5xf32> -> f32
    %32 = math.absf %31 : f32
    %33 = arith.mulf %30, %30 : f32
    %34 = arith.mulf %32, %33 : f32
    %35 = arith.negf %34 : f32
    %36 = math.exp %35 : f32
    %37 = attn.lookup %a[%h, %28] : memref<3x5xf32> -> f32
    %38 = arith.mulf %37, %36 : f32
    %39 = arith.addf %27, %38 : f32
    %40 = arith.constant 3 : i32
    %41 = attn.lookup %c[%h, %40] : memref<3x5xf32> -> f32
    %42 = arith.subf %2, %41 : f32
    %43 = attn.lookup %b[%h, %40] : memref<3x5xf32> -> f32
    %44 = math.absf %43 : f32
    %45 = arith.mulf %42, %42 : f32
    %46 = arith.mulf %44, %45 : f32
    %47 = arith.negf %46 : f32
    %48 = math.exp %47 : f32
    %49 = attn.lookup %a[%h, %40] : memref<3x5xf32> -> f32
    %50 = arith.mulf %49, %48 : f32
    %51 = arith.addf %39, %50 : f32
    %52 = arith.constant 4 : i32
    %53 = attn.lookup %c[%h, %52] : memref<3x5xf32> -> f32
    %54 = arith.subf %2, %53 : f32
    %55 = attn.lookup %b[%h, %52] : memref<3x5xf32> -> f32
    %56 = math.absf %55 : f32
    %57 = arith.mulf %54, %54 : f32
    %58 = arith.mulf %56, %57 : f32
    %59 = arith.negf %58 : f32
    %60 = math.exp %59 : f32
    %61 = attn.lookup %a[%h, %52] : memref<3x5xf32> -> f32
    %62 = arith.mulf %61, %60 : f32
    %63 = arith.addf %51, %62 : f32
    %64 = arith.addf %0, %63 : f32
    attn.yield %64
  }
  return
}
