// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @finish_c1(%i: index, %o: memref<32x64xf32>, %m: memref<32xf32>, %l: memref<32xf64>) {
  // expected-error @below {{sum must be f32 [R], [32], got 'memref<32xf64>'}}
  cpu.epilogue %o count %i maximum %m sum %l schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xf64>
  return
}

// -----

func.func @finish_c1_rows(%i: index, %o: memref<4x64xf32>, %m: memref<32xf32>, %l: memref<32xf32>) {
  // expected-error @below {{R must be a static multiple of 8, got 4}}
  cpu.epilogue %o count %i maximum %m sum %l schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<4x64xf32>, memref<32xf32>, memref<32xf32>
  return
}

// -----

func.func @finish_c2(%i: index, %o: memref<32x64xf32>, %m: memref<32xf32>, %l: memref<32xf32>, %n: memref<16xf32>) {
  // expected-error @below {{not_finite must be f32 [1], [1], got 'memref<16xf32>'}}
  cpu.epilogue %o count %i maximum %m sum %l not_finite %n : memref<16xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xf32>
  return
}
