// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @narrow_c1(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{region must take ('f32', 'i32', 'i32', 'i32', 'i32', 'i32', params…)}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c2(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{region must yield one 'f32'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  }
  return %0 : index
}

// -----

func.func @narrow_c3(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<9xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{sum must be [R] = [8], got '!tile.tile<9xf32>'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<9xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c3_norms(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8x8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{row norms must be [R] = [8], got '!tile.tile<8x8xf32>'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8x8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c4(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<?xf32>) -> index {
  // expected-error @below {{key norms must be f32 [2, blocks], got 'memref<?xf32>'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c4_element(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x4xf16>) -> index {
  // expected-error @below {{key norms must be f32 [2, blocks], got 'memref<2x4xf16>'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x4xf16>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c5(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    // expected-error @below {{is not allowed in a score body}}
    %x = memref.alloc() : memref<1xf32>
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c5_params(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'index'}}
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) params(%i : index) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %x: index):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c6(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{step must be in 1 … 2^24-1, got 0}}
  %0 = tile.skip_range left %i to %i step 0 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c7(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %l: !tile.tile<8xf32>, %qn: !tile.tile<8xf32>, %kn: memref<2x?xf32>) -> index {
  // expected-error @below {{has no near side: it skips keys on the left or right}}
  %0 = tile.skip_range near %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @row_norms_c1(%t: !tile.tile<8xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{rows must be [R, D] = [any, any], got '!tile.tile<8xf32>'}}
  %0 = tile.row_norms %t : !tile.tile<8xf32> -> !tile.tile<8xf32>
  return %0 : !tile.tile<8xf32>
}

// -----

func.func @row_norms_c1_norms(%t: !tile.tile<8x16xf32>) -> !tile.tile<16xf32> {
  // expected-error @below {{norms must be [R] = [8], got '!tile.tile<16xf32>'}}
  %0 = tile.row_norms %t : !tile.tile<8x16xf32> -> !tile.tile<16xf32>
  return %0 : !tile.tile<16xf32>
}

// -----

func.func @key_norms_c1(%k: memref<1x2x?xf32>, %i: index) -> memref<2x?xf32> {
  // expected-error @below {{source must be [batch, heads, length, head dim] of f32, f16 or bf16 with a static head dim, got 'memref<1x2x?xf32>'}}
  %0 = tile.key_norms %k[%i, %i] keys %i to %i q_len_min 0 : memref<1x2x?xf32> -> memref<2x?xf32>
  return %0 : memref<2x?xf32>
}

// -----

func.func @key_norms_c1_dim(%k: memref<1x2x8x?xf32>, %i: index) -> memref<2x?xf32> {
  // expected-error @below {{source must be [batch, heads, length, head dim] of f32, f16 or bf16 with a static head dim, got 'memref<1x2x8x?xf32>'}}
  %0 = tile.key_norms %k[%i, %i] keys %i to %i q_len_min 0 : memref<1x2x8x?xf32> -> memref<2x?xf32>
  return %0 : memref<2x?xf32>
}

// -----

func.func @key_norms_c2(%k: memref<1x2x?x16xf32>, %i: index) -> memref<3x?xf32> {
  // expected-error @below {{key norms must be f32 [2, blocks], got 'memref<3x?xf32>'}}
  %0 = tile.key_norms %k[%i, %i] keys %i to %i q_len_min 0 : memref<1x2x?x16xf32> -> memref<3x?xf32>
  return %0 : memref<3x?xf32>
}

// -----

func.func @key_norms_c3(%k: memref<1x2x?x16xf32>, %i: index) -> memref<2x?xf32> {
  // expected-error @below {{q_len_min must be in 0 … 2^24-1, got -1}}
  %0 = tile.key_norms %k[%i, %i] keys %i to %i q_len_min -1 : memref<1x2x?x16xf32> -> memref<2x?xf32>
  return %0 : memref<2x?xf32>
}

// -----

func.func @key_range_c1(%i: index) {
  // expected-error @below {{step must be in 1 … 2^24-1, got 16777216}}
  tile.key_range %i to %i step 16777216 split %i
  return
}

// -----

func.func @narrow_c8(%t: !tile.tile<8x16xf32>, %norms: memref<2x?xf32>, %rows: !tile.rows<8>, %i: index, %s: !tile.tile<8xf32>) -> index {
  %0 = tile.skip_range left %i to %i step 64 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%s, %s : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%s, %norms : !tile.tile<8xf32>, memref<2x?xf32>) base2
         : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j0: i32, %j1: i32):
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %1 = attn.scale %limit, 0.5
    tile.yield %1 : f32
  }
  return %0 : index
}
