// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @reach_c1(%s: memref<48x48xf32>, %v: memref<?x64xf32>, %i: index, %r: memref<8x64xf32>) {
  // expected-error @below {{R must be a static multiple of 16, got 8}}
  cpu.reach %s, %v count %i from %i to %i into %r schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32>, memref<8x64xf32>
  return
}

// -----

func.func @reach_c2(%s: memref<?x48xf32>, %v: memref<?x64xf32>, %i: index, %r: memref<32x64xf32>) {
  // expected-error @below {{scores must have a static shape [T, S]}}
  cpu.reach %s, %v count %i from %i to %i into %r schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x48xf32>, memref<?x64xf32>, memref<32x64xf32>
  return
}

// -----

func.func @reach_c3(%s: memref<48x48xf32>, %v: memref<?x32xf32>, %i: index, %r: memref<32x64xf32>) {
  // expected-error @below {{values must be f32, f16 or bf16 [T', D], [any, 64], got 'memref<?x32xf32>'}}
  cpu.reach %s, %v count %i from %i to %i into %r schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x32xf32>, memref<32x64xf32>
  return
}

// -----

func.func @reach_c4(%s: memref<8x64xf32>, %v: memref<?x64xf16>, %i: index, %r: memref<8x64xf32>) {
  // expected-error @below {{takes no key_end with #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>}}
  cpu.reach %s, %v count %i from %i to %i key_end %i into %r schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xf16>, memref<8x64xf32>
  return
}

// -----

func.func @add_rows_c1(%i: index, %x: memref<16x64xf32>, %o: memref<32x64xf32>) {
  // expected-error @below {{addend must be f32 [R, D], [32, 64], got 'memref<16x64xf32>'}}
  cpu.add_rows %x count %i into %o schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<16x64xf32>, memref<32x64xf32>
  return
}
