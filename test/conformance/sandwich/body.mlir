// Sandwich: (Σ cos(d / 10000^(2i/32)) - 16) / (8 (h + 1) / H), i = 1 … 16.
func.func @sandwich(%q: memref<?x4x14x16xf32>, %k: memref<?x4x14x16xf32>, %v: memref<?x4x14x16xf32>,
    %o: memref<?x4x14x16xf32>, %lse: memref<?x4x14xf32>) {
  attn.attention query(%q : memref<?x4x14x16xf32>) key(%k : memref<?x4x14x16xf32>) value(%v : memref<?x4x14x16xf32>)
    masks [#attn.causal] outs(%o, %lse : memref<?x4x14x16xf32>, memref<?x4x14xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.25
    %1 = arith.subi %j, %p : i32
    %2 = arith.sitofp %1 : i32 to f32
    %3 = arith.constant -16.0 : f32
    %4 = arith.constant 0.5623413251903491 : f32
    %5 = arith.mulf %2, %4 : f32
    %6 = math.cos %5 : f32
    %7 = arith.addf %3, %6 : f32
    %8 = arith.constant 0.31622776601683794 : f32
    %9 = arith.mulf %2, %8 : f32
    %10 = math.cos %9 : f32
    %11 = arith.addf %7, %10 : f32
    %12 = arith.constant 0.1778279410038923 : f32
    %13 = arith.mulf %2, %12 : f32
    %14 = math.cos %13 : f32
    %15 = arith.addf %11, %14 : f32
    %16 = arith.constant 0.1 : f32
    %17 = arith.mulf %2, %16 : f32
    %18 = math.cos %17 : f32
    %19 = arith.addf %15, %18 : f32
    %20 = arith.constant 0.05623413251903491 : f32
    %21 = arith.mulf %2, %20 : f32
    %22 = math.cos %21 : f32
    %23 = arith.addf %19, %22 : f32
    %24 = arith.constant 0.03162277660168379 : f32
    %25 = arith.mulf %2, %24 : f32
    %26 = math.cos %25 : f32
    %27 = arith.addf %23, %26 : f32
    %28 = arith.constant 0.01778279410038923 : f32
    %29 = arith.mulf %2, %28 : f32
    %30 = math.cos %29 : f32
    %31 = arith.addf %27, %30 : f32
    %32 = arith.constant 0.01 : f32
    %33 = arith.mulf %2, %32 : f32
    %34 = math.cos %33 : f32
    %35 = arith.addf %31, %34 : f32
    %36 = arith.constant 0.005623413251903491 : f32
    %37 = arith.mulf %2, %36 : f32
    %38 = math.cos %37 : f32
    %39 = arith.addf %35, %38 : f32
    %40 = arith.constant 0.0031622776601683794 : f32
    %41 = arith.mulf %2, %40 : f32
    %42 = math.cos %41 : f32
    %43 = arith.addf %39, %42 : f32
    %44 = arith.constant 0.0017782794100389228 : f32
    %45 = arith.mulf %2, %44 : f32
    %46 = math.cos %45 : f32
    %47 = arith.addf %43, %46 : f32
    %48 = arith.constant 0.001 : f32
    %49 = arith.mulf %2, %48 : f32
    %50 = math.cos %49 : f32
    %51 = arith.addf %47, %50 : f32
    %52 = arith.constant 0.0005623413251903491 : f32
    %53 = arith.mulf %2, %52 : f32
    %54 = math.cos %53 : f32
    %55 = arith.addf %51, %54 : f32
    %56 = arith.constant 0.00031622776601683794 : f32
    %57 = arith.mulf %2, %56 : f32
    %58 = math.cos %57 : f32
    %59 = arith.addf %55, %58 : f32
    %60 = arith.constant 0.00017782794100389227 : f32
    %61 = arith.mulf %2, %60 : f32
    %62 = math.cos %61 : f32
    %63 = arith.addf %59, %62 : f32
    %64 = arith.constant 0.0001 : f32
    %65 = arith.mulf %2, %64 : f32
    %66 = math.cos %65 : f32
    %67 = arith.addf %63, %66 : f32
    %68 = arith.sitofp %h : i32 to f32
    %69 = arith.constant 1.0 : f32
    %70 = arith.addf %68, %69 : f32
    %71 = arith.constant 2.0 : f32
    %72 = arith.mulf %70, %71 : f32
    %73 = arith.divf %67, %72 : f32
    %74 = arith.addf %0, %73 : f32
    attn.yield %74
  }
  return
}
