// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @accumulate_c1(%p: memref<48x48xf32>, %v: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %o:
                         memref<32x?xf32>, %rescale: memref<32xf32>) {
  // expected-error @below {{D must be a static multiple of 8, got a dynamic size}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32x?xf32>, memref<32xf32>
  return
}

// -----

func.func @accumulate_c1_decay(%p: memref<48x48xf32>, %v: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %o:
                               memref<32x64xf32>, %rescale: memref<8xf32>) {
  // expected-error @below {{rescale must be f32 [R], [32], got 'memref<8xf32>'}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c2(%p: memref<48x48xf32>, %v: memref<?x32xf32>, %i: index, %o: memref<32x64xf32>, %rescale:
                         memref<32xf32>) {
  // expected-error @below {{values must be f32 [T', D], [any, 64], got 'memref<?x32xf32>'}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x32xf32>, memref<32x64xf32>, memref<32xf32>
  return
}

// -----

func.func @accumulate_c2_p(%p: memref<?x48xf32>, %v: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %o:
                           memref<32x64xf32>, %rescale: memref<32xf32>) {
  // expected-error @below {{p must have a static shape [T, S]}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x48xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32x64xf32>, memref<32xf32>
  return
}

// -----

func.func @accumulate_c2_keys_in_lanes(%p: memref<8x60xf32>, %v: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  // expected-error @below {{T must be a static multiple of 8, got 60}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x60xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c2_keys_in_lanes_values(%p: memref<8x64xf32>, %v: memref<?x64xi8>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  // expected-error @below {{values must be f32, f16 or bf16 [T', D], [any, 64], got 'memref<?x64xi8>'}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xi8>, memref<8x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c3(%p: memref<8x64xf32>, %v: memref<?x64xf32>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>) {
  // expected-error @below {{needs scratch with #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xf32>, memref<8x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c3_rows(%p: memref<8x64xf32>, %v: memref<?x64xf32>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  // expected-error @below {{takes no scratch with #cpu.rows_in_lanes<width = 8, score_keys = 4, row_vectors = 1, value_rows = 8, value_vectors = 8, panels = 8>}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 4, row_vectors = 1, value_rows = 8, value_vectors = 8, panels = 8>) : memref<8x64xf32>, memref<?x64xf32>, memref<8x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c3_shape(%p: memref<8x64xf32>, %v: memref<?x64xf32>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x32xf32>) {
  // expected-error @below {{scratch must be f32 of the microkernel's shape, [8, 64], got 'memref<8x32xf32>'}}
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale scratch %sums : memref<8x32xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xf32>, memref<8x64xf32>, memref<8xf32>
  return
}

// -----

func.func @accumulate_c4(%p: memref<8x64xf32>, %v: memref<?x64xf32>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  // expected-error @below {{takes no key_end with #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>}}
  cpu.accumulate %p, %v count %i from %i to %i key_end %i into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xf32>, memref<8x64xf32>, memref<8xf32>
  return
}
