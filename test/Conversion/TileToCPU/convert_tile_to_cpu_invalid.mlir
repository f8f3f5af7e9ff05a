// RUN: camber-opt %s --convert-tile-to-cpu --split-input-file --verify-diagnostics

func.func @no_schedule(%n: index) {
  // expected-error @below {{must be the only one in a function without results and carry a #cpu.schedule}}
  tile.instances batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>  {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @no_rows(%n: index) {
  // expected-error @below {{must hold one tile.load_rows to become a task}}
  tile.instances batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @side_effects(%n: index) {
  // expected-error @below {{'memref.alloc' op has no place in a kernel: a function with one tile.instances, sizes and constants}}
  %m = memref.alloc() : memref<4xf32>
  tile.instances batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @loop_without_score(%q: memref<1x2x8x64xf32>) {
  %n = arith.constant 1 : index
  tile.instances batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{must hold one tile.dot to become a task}}
    %0:3 = tile.for_keys %b to %g step 64 iter(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
        -> (!tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>) {
    ^bb0(%first: index, %count: index, %x: !tile.tile<64xf32>, %y: !tile.tile<64xf32>, %z: !tile.tile<64x64xf32>):
      tile.yield %x, %y, %z : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    }
    tile.finish %rows batch %b kv_head %g split %split of %splits
      state(%0#0, %0#1, %0#2 : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf32>) : !tile.rows<64>
  }
  return
}

// -----

func.func @k(%n: index) {
  tile.instances batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> schedule #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// expected-error @below {{'func.func' op cannot be called k_plan: kernel 'k' becomes k_plan and k_run, made of k_task, k_merge, k_prepare and k_tasks; these names are reserved, use another}}
func.func @k_plan() {
  return
}
