// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @split_keys_c1(%i: index) -> index {
  // expected-error @below {{step must be in 1 … 2^24-1, got 0}}
  %first, %last = tile.split_kv %i to %i step 0 split %i of %i
  return %first : index
}

// -----

func.func @key_range_c2(%i: index, %given: memref<1x2xf32>) {
  // expected-error @below {{norms of keys that are given must be f32 [batch, kv heads, blocks], got 'memref<1x2xf32>'}}
  tile.key_range %i to %i step 32 split %i norms(%given : memref<1x2xf32>)
  return
}

// -----

func.func @key_norms_c4(%i: index, %keys: memref<1x2x?x16xf16>, %given: memref<1x2x?xf16>) -> memref<2x?xf32> {
  // expected-error @below {{norms of keys that are given must be f32 [batch, kv heads, blocks], got 'memref<1x2x?xf16>'}}
  %0 = tile.key_norms %keys[%i, %i] keys %i to %i q_len_min 0 given(%given : memref<1x2x?xf16>) : memref<1x2x?x16xf16> -> memref<2x?xf32>
  return %0 : memref<2x?xf32>
}

// -----

func.func @state_bound_c1(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{nearest must take ('i32', 'i32', 'i32', 'i32', 'i32', params…)}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c1_yield(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{nearest must yield one 'i32'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p, %p : i32, i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c2(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{score must take ('f32', 'i32', 'i32', 'i32', 'i32', params…)}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: f32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c2_yield(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{score must yield one 'f32'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %j : i32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c3(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{sum must be [R] = [8], got '!tile.tile<9xf32>'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<9xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c3_norms(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8x8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{row norms must be [R] = [8], got '!tile.tile<8x8xf32>'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8x8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c4(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<3x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{key norms must be f32 [2, blocks], got 'memref<3x?xf32>'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<3x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c5(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    // expected-error @below {{is not allowed in a score body}}
    %x = memref.alloc() : memref<1xf32>
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c6(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %limit, 0.5
    tile.yield %x : f32
  }
  return %m : !tile.tile<8xf32>
}

// -----

func.func @state_bound_c5_params(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>) -> !tile.tile<8xf32> {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'index'}}
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) params(%i : index) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %x: index):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %x: index):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}
