// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @merge_c1(%po: memref<?x32x64xf32>, %pm: memref<?x32xf32>, %i: index, %o: memref<32x64xf32>, %m:
                    memref<32xi32>) {
  // expected-error @below {{maximum must be f32 [R], [32], got 'memref<32xi32>'}}
  cpu.combine %po, %pm splits %i count %i into %o maximum %m schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x32x64xf32>, memref<?x32xf32>, memref<32x64xf32>, memref<32xi32>
  return
}

// -----

func.func @merge_c2(%po: memref<?x32x32xf32>, %pm: memref<?x32xf32>, %i: index, %o: memref<32x64xf32>, %m:
                    memref<32xf32>) {
  // expected-error @below {{partial_output must be f32 [S, R, D], [any, 32, 64], got 'memref<?x32x32xf32>'}}
  cpu.combine %po, %pm splits %i count %i into %o maximum %m schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x32x32xf32>, memref<?x32xf32>, memref<32x64xf32>, memref<32xf32>
  return
}
