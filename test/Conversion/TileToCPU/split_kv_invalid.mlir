// RUN: camber-opt %s --convert-tile-to-cpu --split-input-file --verify-diagnostics

// Where there is nothing wrong: each function below differs from it in the one respect that is its name. One side may be
// narrowed by the state bound, and again by what its rows have seen.
func.func @valid(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%lm, %ll : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    %seen = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @state_bound_twice(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    // expected-error @below {{'tile.state_bound' op must be the only one, and use the norms of the block's rows and keys}}
    %again:2 = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @without_row_norms(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.state_bound' op must be the only one, and use the norms of the block's rows and keys}}
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%m, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @other_row_norms(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.state_bound' op must be the only one, and use the norms of the block's rows and keys}}
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%m, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @other_key_norms(%q: memref<1x2x8x16xf32>, %norms: memref<2x?xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    // expected-error @below {{'tile.state_bound' op must be the only one, and use the norms of the block's rows and keys}}
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %norms : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @natural_base(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.state_bound' op must be in base 2; run tile-use-base2 first}}
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @half_of_the_state_bound(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %c = arith.constant true
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %lm, %ll = tile.state_bound where %c keys %b to %g rows %rows batch %b kv_head %g query_base %b key_base %b
        norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
    ^bb0(%batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %first : i32
    } score {
    ^bb0(%dot: f32, %batch: i32, %h: i32, %p: i32, %j: i32):
      tile.yield %dot : f32
    }
    // expected-error @below {{'tile.skip_range' op must use the state that the op before it leaves}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%lm, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}
