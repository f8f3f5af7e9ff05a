// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @store_rows_c1(%o: memref<32x64xf32>, %m: memref<32xf32>, %i: index, %head: memref<32xi64>, %row: memref<32xi32>,
                         %d: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %lse: memref<?x4x?xf32>) {
  // expected-error @below {{row_head must be i32 [R], [32], got 'memref<32xi64>'}}
  cpu.store_rows %o, %m batch %i rows(%head, %row) count %i to %d lse %lse : memref<?x4x?xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<32x64xf32>, memref<32xf32>, memref<32xi64>, memref<32xi32>, memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>
  return
}

// -----

func.func @store_rows_c2(%o: memref<32x64xf32>, %m: memref<32xf32>, %i: index, %head: memref<32xi32>, %row: memref<32xi32>,
                         %d: memref<?x4x?x64xf64>, %lse: memref<?x4x?xf32>) {
  // expected-error @below {{destination must be f32, f16 or bf16 [B, H, Lq, D], [any, any, any, 64], got 'memref<?x4x?x64xf64>'}}
  cpu.store_rows %o, %m batch %i rows(%head, %row) count %i to %d lse %lse : memref<?x4x?xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<32x64xf32>, memref<32xf32>, memref<32xi32>, memref<32xi32>, memref<?x4x?x64xf64>
  return
}

// -----

func.func @store_rows_c2_lse(%o: memref<32x64xf32>, %m: memref<32xf32>, %i: index, %head: memref<32xi32>, %row: memref<32xi32>,
                             %d: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %lse: memref<?x4xf32>) {
  // expected-error @below {{lse must be f32 [B, H, Lq], [any, any, any], got 'memref<?x4xf32>'}}
  cpu.store_rows %o, %m batch %i rows(%head, %row) count %i to %d lse %lse : memref<?x4xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<32x64xf32>, memref<32xf32>, memref<32xi32>, memref<32xi32>, memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>
  return
}
