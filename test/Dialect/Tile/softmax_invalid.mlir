// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @init_c1(%rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{sum must be [R] = [8], got '!tile.tile<4xf32>'}}
  %m, %l, %o = tile.init_state %rows kv_head %i split %i : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<4xf32>, !tile.tile<8x16xf32>
  return
}

// -----

func.func @init_c1_output(%rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{output must be [R, D] = [8, any], got '!tile.tile<8xf32>'}}
  %m, %l, %o = tile.init_state %rows kv_head %i split %i : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
  return
}

// -----

func.func @init_c2(%rows: !tile.rows<8>, %i: index, %sink: memref<4xf16>) {
  // expected-error @below {{sink must be f32 [H], got 'memref<4xf16>'}}
  %m, %l, %o = tile.init_state %rows kv_head %i split %i sink(%sink : memref<4xf16>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
  return
}

// -----

func.func @dot_c1(%q: !tile.tile<8x16xf32>, %k: !tile.tile<32x8xf32>) {
  // expected-error @below {{keys must be [T, D] = [any, 16], got '!tile.tile<32x8xf32>'}}
  %s = tile.dot %q, %k : !tile.tile<8x16xf32>, !tile.tile<32x8xf32> -> !tile.tile<8x32xf32>
  return
}

// -----

func.func @dot_c1_scores(%q: !tile.tile<8x16xf32>, %k: !tile.tile<32x16xf32>) {
  // expected-error @below {{scores must be [R, T] = [8, 32], got '!tile.tile<32x8xf32>'}}
  %s = tile.dot %q, %k : !tile.tile<8x16xf32>, !tile.tile<32x16xf32> -> !tile.tile<32x8xf32>
  return
}

// -----

func.func @dot_c2(%q: !tile.tile<8x16xf32>, %k: !tile.tile<32x16xf32>) {
  // expected-error @below {{scale must be finite in float32}}
  %s = tile.dot %q, %k scale 1.0e300 : !tile.tile<8x16xf32>, !tile.tile<32x16xf32> -> !tile.tile<8x32xf32>
  return
}

// -----

func.func @softmax_update_c1(%s: !tile.tile<8x32xf32>, %m: !tile.tile<8xf32>) {
  // expected-error @below {{rescale must be [R] = [8], got '!tile.tile<32xf32>'}}
  %p, %m2, %l2, %d = tile.softmax_update %s, %m, %m : !tile.tile<8x32xf32>, !tile.tile<8xf32>, !tile.tile<8xf32> -> !tile.tile<8x32xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<32xf32>
  return
}

// -----

func.func @accumulate_c1(%p: !tile.tile<8x32xf32>, %o: !tile.tile<8x16xf32>, %d: !tile.tile<8xf32>) {
  // expected-error @below {{values must be [T, D] = [32, any], got '!tile.tile<8x16xf32>'}}
  %x = tile.accumulate %p, %o into %o rescale %d : !tile.tile<8x32xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
  return
}

// -----

func.func @finish_c1(%rows: !tile.rows<8>, %i: index, %m: !tile.tile<4xf32>, %l: !tile.tile<8xf32>, %x: !tile.tile<8x16xf32>, %o: memref<1x4x9x16xf32>) {
  // expected-error @below {{maximum must be [R] = [8], got '!tile.tile<4xf32>'}}
  tile.epilogue %rows batch %i kv_head %i split %i of %i state(%m, %l, %x : !tile.tile<4xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) outs(%o : memref<1x4x9x16xf32>) : !tile.rows<8>
  return
}

// -----

func.func @finish_c2(%rows: !tile.rows<8>, %i: index, %l: !tile.tile<8xf32>, %x: !tile.tile<8x16xf32>, %o: memref<1x4x9x32xf32>) {
  // expected-error @below {{destination must be [batch, heads, length, head dim] of f32, f16 or bf16 with the head dim of '!tile.tile<8x16xf32>', got 'memref<1x4x9x32xf32>'}}
  tile.epilogue %rows batch %i kv_head %i split %i of %i state(%l, %l, %x : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) outs(%o : memref<1x4x9x32xf32>) : !tile.rows<8>
  return
}

// -----

func.func @finish_c2_lse(%rows: !tile.rows<8>, %i: index, %l: !tile.tile<8xf32>, %x: !tile.tile<8x16xf32>, %o: memref<1x4x9x16xf32>, %lse: memref<1x4x9xf16>) {
  // expected-error @below {{lse must be [batch, heads, length] of f32, got 'memref<1x4x9xf16>'}}
  tile.epilogue %rows batch %i kv_head %i split %i of %i state(%l, %l, %x : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) outs(%o : memref<1x4x9x16xf32>) lse(%lse : memref<1x4x9xf16>) : !tile.rows<8>
  return
}
