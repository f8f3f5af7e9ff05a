// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @exponentiate_c1(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                           %decay: memref<16xf32>) {
  // expected-error @below {{decay must be f32 [R], [32], got 'memref<16xf32>'}}
  cpu.exponentiate %scores count %i from %i to %i maximum(%m, %new) sum %l decay %decay <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<16xf32>
  return
}

// -----

func.func @exponentiate_c1_rows(%scores: memref<48x48xf32>, %i: index, %m: memref<24xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                                %decay: memref<32xf32>) {
  // expected-error @below {{R must be a static multiple of 16, got 24}}
  cpu.exponentiate %scores count %i from %i to %i maximum(%m, %new) sum %l decay %decay <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>
    : memref<48x48xf32>, memref<24xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}

// -----

func.func @exponentiate_c2(%scores: memref<48x8xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                           %decay: memref<32xf32>) {
  // expected-error @below {{scores must have a static shape [T, S] with S of at least 16 rows, got 'memref<48x8xf32>'}}
  cpu.exponentiate %scores count %i from %i to %i maximum(%m, %new) sum %l decay %decay <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>
    : memref<48x8xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}
