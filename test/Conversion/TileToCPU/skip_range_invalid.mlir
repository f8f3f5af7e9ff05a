// RUN: camber-opt %s --convert-tile-to-cpu --split-input-file --verify-diagnostics

// Where there is nothing wrong: each function below differs from it in the one respect that is its name.
func.func @valid(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    %0:3 = tile.for_keys %lo to %g step 8 side(left) iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %score, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
        -> !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
      %o2 = tile.accumulate %e, %k into %z rescale %rescale
        : !tile.tile<8x8xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
      tile.yield %m2, %l2, %o2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    }
    %hi = tile.skip_range right %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%0#0, %0#1 : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @row_norms_twice(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    // expected-error @below {{'tile.row_norms' op must be the only one of a kernel, of the rows it loads}}
    %again = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @row_norms_of_other_rows(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.row_norms' op must be the only one of a kernel, of the rows it loads}}
    %qn = tile.row_norms %o : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @key_norms_twice(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.key_norms' op must be the only one of a kernel}}
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %again = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
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
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.skip_range' op must use the norms of the block's rows and keys}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%m, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
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

func.func @other_row_norms(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.skip_range' op must use the norms of the block's rows and keys}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%m, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
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

func.func @other_key_norms(%q: memref<1x2x8x16xf32>, %norms: memref<2x?xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    // expected-error @below {{'tile.skip_range' op must use the norms of the block's rows and keys}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %norms : !tile.tile<8xf32>, memref<2x?xf32>)
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

func.func @other_maximum(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    // expected-error @below {{'tile.skip_range' op must use the state that the op before it leaves}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%l, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
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

func.func @other_sum(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    // expected-error @below {{'tile.skip_range' op must use the state that the op before it leaves}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %m : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
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

func.func @state_before_the_loop(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    %0:3 = tile.for_keys %b to %g step 8 side(near) iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %score, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
        -> !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
      %o2 = tile.accumulate %e, %k into %z rescale %rescale
        : !tile.tile<8x8xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
      tile.yield %m2, %l2, %o2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    }
    // expected-error @below {{'tile.skip_range' op must use the state that the op before it leaves}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
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
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.skip_range' op must be in base 2; run tile-use-base2 first}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        : !tile.rows<8> {
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

func.func @side_twice(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    // expected-error @below {{'tile.skip_range' op must be the only one of its side}}
    %again = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
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

func.func @loop_of_the_other_side(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    %tiles:4 = tile.near_range %b to %g step 8 rows %rows query_base %b key_base %b : !tile.rows<8>
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    // expected-error @below {{'tile.for_keys' op must come after the tile.skip_range of its side}}
    %0:3 = tile.for_keys %b to %g step 8 side(right) iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %score, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
        -> !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
      %o2 = tile.accumulate %e, %k into %z rescale %rescale
        : !tile.tile<8x8xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
      tile.yield %m2, %l2, %o2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @before_near_keys(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.skip_range' op must come after the tile.near_range that its side refers to}}
    %lo = tile.skip_range left %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%m, %l : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    %0:3 = tile.for_keys %lo to %g step 8 side(left) iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %score, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
        -> !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
      %o2 = tile.accumulate %e, %k into %z rescale %rescale
        : !tile.tile<8x8xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
      tile.yield %m2, %l2, %o2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    }
    %hi = tile.skip_range right %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%0#0, %0#1 : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @loop_before_near_keys(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %qn = tile.row_norms %tile : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
    %kn = tile.key_norms %q[%b, %g] keys %b to %g q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    // expected-error @below {{'tile.for_keys' op must come after the tile.near_range that its side refers to}}
    %0:3 = tile.for_keys %b to %g step 8 side(near) iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %score, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
        -> !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
      %o2 = tile.accumulate %e, %k into %z rescale %rescale
        : !tile.tile<8x8xf32>, !tile.tile<8x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
      tile.yield %m2, %l2, %o2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    }
    %hi = tile.skip_range right %b to %g step 8 of %g rows %rows batch %b kv_head %g query_base %b key_base %b
        state(%0#0, %0#1 : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%qn, %kn : !tile.tile<8xf32>, memref<2x?xf32>)
        base2 : !tile.rows<8> {
    ^bb0(%limit: f32, %batch: i32, %h: i32, %p: i32, %first: i32, %last: i32):
      tile.yield %limit : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}
