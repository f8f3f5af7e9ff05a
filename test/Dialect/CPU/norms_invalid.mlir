// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @row_norms_c1(%t: memref<4x?x64xf16>, %i: index, %h: memref<16xi32>, %x: memref<16xi32>, %n: memref<16xf32>) {
  // expected-error @below {{source must be f32, f16 or bf16 [B, H, Lq, D], [any, any, any, any], got 'memref<4x?x64xf16>'}}
  cpu.row_norms %t batch %i rows(%h, %x) count %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<4x?x64xf16>, memref<16xi32>, memref<16xi32>, memref<16xf32>
  return
}

// -----

func.func @row_norms_c1_dim(%t: memref<?x4x?x60xf16>, %i: index, %h: memref<16xi32>, %x: memref<16xi32>, %n: memref<16xf32>) {
  // expected-error @below {{D must be a static multiple of 8, got 60}}
  cpu.row_norms %t batch %i rows(%h, %x) count %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x60xf16>, memref<16xi32>, memref<16xi32>, memref<16xf32>
  return
}

// -----

func.func @row_norms_c2(%t: memref<?x4x?x64xf16>, %i: index, %h: memref<16xi32>, %x: memref<8xi32>, %n: memref<16xf32>) {
  // expected-error @below {{row_index must be i32 [R], [16], got 'memref<8xi32>'}}
  cpu.row_norms %t batch %i rows(%h, %x) count %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<16xi32>, memref<8xi32>, memref<16xf32>
  return
}

// -----

func.func @row_norms_c2_norms(%t: memref<?x4x?x64xf16>, %i: index, %h: memref<16xi32>, %x: memref<16xi32>, %n: memref<16xf16>) {
  // expected-error @below {{norms must be f32 [R], [any], got 'memref<16xf16>'}}
  cpu.row_norms %t batch %i rows(%h, %x) count %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<16xi32>, memref<16xi32>, memref<16xf16>
  return
}

// -----

func.func @key_norms_c1(%t: memref<?x4x?x64xi32>, %i: index, %n: memref<2x?xf32>) {
  // expected-error @below {{source must be f32, f16 or bf16 [B, Hkv, Lk, D], [any, any, any, any], got 'memref<?x4x?x64xi32>'}}
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xi32>, memref<2x?xf32>
  return
}

// -----

func.func @key_norms_c2(%t: memref<?x4x?x64xf16>, %i: index, %n: memref<?x2xf32>) {
  // expected-error @below {{norms must be f32 [2, blocks], [2, any], got 'memref<?x2xf32>'}}
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %n schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<?x2xf32>
  return
}

// -----

func.func @key_norms_c3(%t: memref<?x4x?x64xf16>, %i: index, %n: memref<2x?xf32>, %given: memref<?x4x?xf16>) {
  // expected-error @below {{given must be f32 [B, Hkv, blocks], [any, any, any], got 'memref<?x4x?xf16>'}}
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %n given(%given : memref<?x4x?xf16>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
  return
}
