// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @softmax_update_c1(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                           %rescale: memref<16xf32>) {
  // expected-error @below {{rescale must be f32 [R], [32], got 'memref<16xf32>'}}
  cpu.softmax_update %scores count %i from %i to %i maximum(%m, %new) sum %l rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<16xf32>
  return
}

// -----

func.func @softmax_update_c1_rows(%scores: memref<48x48xf32>, %i: index, %m: memref<24xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                                %rescale: memref<32xf32>) {
  // expected-error @below {{R must be a static multiple of 16, got 24}}
  cpu.softmax_update %scores count %i from %i to %i maximum(%m, %new) sum %l rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<48x48xf32>, memref<24xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}

// -----

func.func @softmax_update_c2(%scores: memref<48x8xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                           %rescale: memref<32xf32>) {
  // expected-error @below {{scores must have a static shape [T, S] with S of at least 16 rows, got 'memref<48x8xf32>'}}
  cpu.softmax_update %scores count %i from %i to %i maximum(%m, %new) sum %l rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<48x8xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}

// -----

func.func @softmax_update_c3(%scores: memref<8x64xf32>, %i: index, %m: memref<8xf32>) {
  // expected-error @below {{takes no key_end with #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>}}
  cpu.softmax_update %scores count %i from %i to %i key_end %i maximum(%m, %m) sum %m rescale %m schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    : memref<8x64xf32>, memref<8xf32>, memref<8xf32>, memref<8xf32>, memref<8xf32>
  return
}
