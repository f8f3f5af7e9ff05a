// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @pack_queries_c1(%q: memref<4x?x64xf16>, %i: index, %head: memref<32xi32>, %row: memref<32xi32>, %packed:
                           memref<2x64x16xf32>) {
  // expected-error @below {{source must be f32, f16 or bf16 [B, H, Lq, D], [any, any, any, any], got 'memref<4x?x64xf16>'}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<4x?x64xf16>, memref<32xi32>, memref<32xi32>, memref<2x64x16xf32>
  return
}

// -----

func.func @pack_queries_c2(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                           memref<32xi32>, %packed: memref<2x64x8xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [2, 64, 16], got 'memref<2x64x8xf32>'}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x64x8xf32>
  return
}

// -----

func.func @pack_queries_c2_dynamic(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                                   memref<32xi32>, %packed: memref<2x?x16xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [2, 64, 16], got 'memref<2x?x16xf32>'}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x?x16xf32>
  return
}

// -----

func.func @pack_queries_c2_lanes(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                                 memref<32xi32>, %packed: memref<2x60x16xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [2, 64, 16], got 'memref<2x60x16xf32>'}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x60x16xf32>
  return
}

// -----

func.func @pack_queries_c3(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                           memref<16xi32>, %packed: memref<2x64x16xf32>) {
  // expected-error @below {{row_index must be i32 [R], [32], got 'memref<16xi32>'}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<16xi32>, memref<2x64x16xf32>
  return
}

// -----

func.func @pack_queries_c4(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                           memref<32xi32>, %packed: memref<2x64x16xf32>) {
  // expected-error @below {{scale must be finite in float32}}
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0x7FF0000000000000 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x64x16xf32>
  return
}
