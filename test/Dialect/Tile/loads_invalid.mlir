// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @load_rows_c1(%t: memref<1x4x9x16xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{tile must be [R, D] = [8, any], got '!tile.tile<9x16xf32>'}}
  %0 = tile.load_rows %t[%i, %i, %rows] : memref<1x4x9x16xf32>, !tile.rows<8> -> !tile.tile<9x16xf32>
  return
}

// -----

func.func @load_rows_c1_source(%t: memref<4x9x16xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{source must be [batch, heads, length, head dim] of f32, f16 or bf16}}
  %0 = tile.load_rows %t[%i, %i, %rows] : memref<4x9x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
  return
}

// -----

func.func @load_keys_c1(%t: memref<1x4x9x?xf32>, %i: index) {
  // expected-error @below {{with the head dim of '!tile.tile<32x16xf32>', got 'memref<1x4x9x?xf32>'}}
  %0 = tile.load_keys %t[%i, %i, %i] count %i : memref<1x4x9x?xf32> -> !tile.tile<32x16xf32>
  return
}

// -----

func.func @load_keys_c1_element(%t: memref<1x4x9x16xi32>, %i: index) {
  // expected-error @below {{source must be [batch, heads, length, head dim] of f32, f16 or bf16}}
  %0 = tile.load_keys %t[%i, %i, %i] count %i : memref<1x4x9x16xi32> -> !tile.tile<32x16xf32>
  return
}

// -----

func.func @load_keys_c1_rank(%t: memref<1x4x9x16xf32>, %i: index) {
  // expected-error @below {{with the head dim of '!tile.tile<16xf32>'}}
  %0 = tile.load_keys %t[%i, %i, %i] count %i : memref<1x4x9x16xf32> -> !tile.tile<16xf32>
  return
}
