// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @copy_keys_c1(%k: memref<?x32xf32>, %i: index, %keys: memref<48x64xf32>) {
  // expected-error @below {{source must be f32, f16 or bf16 [T', D], [any, 64], got 'memref<?x32xf32>'}}
  cpu.copy_keys %k count %i into %keys schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x32xf32>, memref<48x64xf32>
  return
}

// -----

func.func @copy_keys_c1_destination(%k: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %i: index, %keys: memref<48x64xf16>) {
  // expected-error @below {{destination must be f32 [T, D]}}
  cpu.copy_keys %k count %i into %keys schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x64xf16>
  return
}

// -----

func.func @copy_keys_c2(%k: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %i: index, %keys: memref<48x12xf32>) {
  // expected-error @below {{D must be a static multiple of 8, got 12}}
  cpu.copy_keys %k count %i into %keys schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x12xf32>
  return
}

// -----

func.func @copy_keys_c1_finite(%v: memref<?x64xbf16>, %i: index, %values: memref<48x64xf16>) {
  // expected-error @below {{destination must be f32 [T, D]}}
  cpu.copy_keys %v count %i into %values finite schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xbf16>, memref<48x64xf16>
  return
}
