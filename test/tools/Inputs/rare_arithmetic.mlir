// Arithmetic that kernels rarely do: on index, on integers of other widths and on bf16. Operations of one shape can be
// exchanged. Few functions, and short queries and keys: every undamaged copy is compiled.
func.func @rare(%q: memref<1x1x8x16xf32>, %k: memref<1x1x8x16xf32>, %v: memref<1x1x8x16xf32>, %o: memref<1x1x8x16xf32>) {
  attn.attention query(%q : memref<1x1x8x16xf32>) key(%k : memref<1x1x8x16xf32>) value(%v : memref<1x1x8x16xf32>)
      outs(%o : memref<1x1x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %x = arith.index_cast %p : i32 to index
    %y = arith.index_castui %j : i32 to index
    %0 = math.ipowi %x, %y : index
    %1 = arith.ceildivsi %0, %y : index
    %2 = arith.remui %1, %x : index
    %3 = arith.shrsi %2, %y : index
    %4 = math.absi %3 : index
    %5 = math.ctpop %4 : index
    %6 = arith.index_cast %5 : index to i64
    %7 = arith.trunci %6 : i64 to i8
    %8 = math.ipowi %7, %7 : i8
    %9 = arith.floordivsi %8, %7 : i8
    %10 = arith.minui %9, %7 : i8
    %11 = math.ctlz %10 : i8
    %12 = math.absi %11 : i8
    %13 = arith.sitofp %12 : i8 to f32
    %14 = arith.uitofp %12 : i8 to f32
    %15 = arith.maximumf %13, %14 : f32
    %16 = math.copysign %15, %s : f32
    %17 = math.fpowi %16, %x : f32, index
    %18 = arith.truncf %17 : f32 to bf16
    %19 = math.sqrt %18 : bf16
    %20 = math.absf %19 : bf16
    %21 = arith.divf %20, %18 : bf16
    %22 = arith.extf %21 : bf16 to f32
    attn.yield %22
  }
  return
}
