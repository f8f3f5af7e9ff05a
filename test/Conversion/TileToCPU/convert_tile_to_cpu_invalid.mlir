// RUN: camber-opt %s --convert-tile-to-cpu --split-input-file --verify-diagnostics

func.func @no_schedule(%q: memref<1x2x8x64xf32>) {
  %n = arith.constant 1 : index
  // expected-error @below {{must carry a microkernel, such as #cpu.rows_in_lanes, as its schedule}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf32>) : !tile.rows<64>
  }
  return
}

// -----

func.func @two(%n: index) {
  // expected-error @below {{must be the only one in a function without results}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @no_rows(%n: index) {
  // expected-error @below {{must hold one tile.load_rows to be converted}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @side_effects(%n: index) {
  // expected-error @below {{'memref.alloc' op has no place in a kernel: a function with one tile.kernel, sizes and constants}}
  %m = memref.alloc() : memref<4xf32>
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @loop_without_score(%q: memref<1x2x8x64xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{must hold one tile.dot to be converted}}
    %0:3 = tile.for_keys %b to %g step 64 iter(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
        -> (!tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<64xf32>, %y: !tile.tile<64xf32>, %z: !tile.tile<64x64xf32>):
      tile.yield %x, %y, %z : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf32>) : !tile.rows<64>
  }
  return
}

// -----

func.func @k(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// expected-error @below {{'func.func' op cannot be called k_plan: kernel 'k' becomes functions called k with _plan, _run, _task, _combine, _prepare, _tasks; these names are reserved, use another}}
func.func @k_plan() {
  return
}

// -----

// expected-error @below {{'func.func' op must be one block, without branches}}
func.func @branches(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
  }
  cf.br ^end
^end:
  return
}

// -----

func.func @other_head_dim(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 32, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    // expected-error @below {{'tile.load_rows' op '!tile.tile<8x16xf32>' is not of the geometry's sizes}}
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

// What the loops below differ from in one respect.
func.func @valid_loop(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %0:3 = tile.for_keys %b to %g step 8 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
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

func.func @other_step(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.for_keys' op step 16 is not the geometry's keys, 8}}
    %0:3 = tile.for_keys %b to %g step 16 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
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

func.func @other_rows(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %0:3 = tile.for_keys %b to %g step 8 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      // expected-error @below {{'tile.dot' op must multiply the rows of the block with keys loaded in the loop}}
      %dot = tile.dot %z, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
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

func.func @score_unused(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.for_keys' op must be dot, score, softmax update and accumulate, each on the result of the one before}}
    %0:3 = tile.for_keys %b to %g step 8 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        tile.yield %s : f32
      }
      %e, %m2, %l2, %rescale = tile.softmax_update %dot, %x, %y : !tile.tile<8x8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
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

func.func @other_decay(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.for_keys' op must be dot, score, softmax update and accumulate, each on the result of the one before}}
    %0:3 = tile.for_keys %b to %g step 8 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
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
      %o2 = tile.accumulate %e, %k into %z rescale %x
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

func.func @other_panel(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  // expected-error @below {{'tile.kernel' op rows 12 and head dim 16 must be multiples of 8 and 8 lanes of}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 12, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<12>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<12> -> !tile.tile<12x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<12> -> !tile.tile<12xf32>, !tile.tile<12xf32>, !tile.tile<12x16xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<12xf32>, !tile.tile<12xf32>, !tile.tile<12x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<12>
  }
  return
}

// -----

func.func @keys_outside_of_a_loop(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.load_keys' op has no CPU form here}}
    %k = tile.load_keys %q[%b, %g, %b] count %g : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @norms_of_a_split(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    // expected-error @below {{'tile.key_norms' op needs keys that depend on batch and kv head alone: their norms are computed before all tasks}}
    %kn = tile.key_norms %q[%b, %g] keys %b to %split q_len_min 0 : memref<1x2x8x16xf32> -> memref<2x?xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
      outs(%q : memref<1x2x8x16xf32>) : !tile.rows<8>
  }
  return
}

// -----

func.func @diagonal_of_a_position(%q: memref<1x2x8x16xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 16, rows = 8, keys = 8, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x16xf32>, !tile.rows<8> -> !tile.tile<8x16xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
    %0:3 = tile.for_keys %b to %g step 8 iter(%m, %l, %o : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
        -> (!tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8xf32>, %z: !tile.tile<8x16xf32>):
      %k = tile.load_keys %q[%b, %g, %first] count %count : memref<1x2x8x16xf32> -> !tile.tile<8x16xf32>
      %dot = tile.dot %tile, %k : !tile.tile<8x16xf32>, !tile.tile<8x16xf32> -> !tile.tile<8x8xf32>
      %score = tile.score %dot rows %rows batch %b kv_head %g query_base %b keys %first key_base %b base2
        : !tile.tile<8x8xf32>, !tile.rows<8> -> !tile.tile<8x8xf32> {
      ^bb0(%s: f32, %batch: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        // expected-error @below {{'tile.diagonal' op uses more than batch, head, distance and parameters}}
        %t = tile.diagonal %s head %h at(%p, %j) {
        ^bb0(%head: i32, %distance: i32):
          %f = arith.sitofp %p : i32 to f32
          tile.yield %f : f32
        }
        tile.yield %t : f32
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
