// RUN: camber-opt %s --convert-tile-to-pipeline --split-input-file --verify-diagnostics

// An op that has no pattern, or not on these operands, is refused where it stands.
func.func @no_results(%n: index) {
  // expected-error @below {{must hold one tile.epilogue to be converted, got 0}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @no_schedule(%q: memref<1x2x8x64xf16>) {
  %n = arith.constant 1 : index
  // expected-error @below {{must carry a #pipeline.schedule}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

func.func @k(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// expected-error @below {{cannot be called k_main: kernel 'k' becomes functions called k with _main, _combine, _prepare; these names are reserved}}
func.func @k_main() {
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @product_in_registers(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{keys must be a tile that tile.load_rows or tile.load_keys has loaded}}
    %s = tile.dot %tile, %o : !tile.tile<64x64xf32>, !tile.tile<64x64xf32> -> !tile.tile<64x64xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @in_the_middle(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>, %c: i1) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    %next = tile.for_keys %c0 to %c64 step 64 iter(%m : !tile.tile<64xf32>) -> (!tile.tile<64xf32>) {
    ^bb0(%first: index, %count: index, %carried: !tile.tile<64xf32>):
      %keys = tile.load_keys %k[%b, %g, %first] count %count : memref<1x2x64x64xf16> -> !tile.tile<64x64xf32>
      %s = tile.dot %tile, %keys : !tile.tile<64x64xf32>, !tile.tile<64x64xf32> -> !tile.tile<64x64xf32>
      %u = tile.dot %tile, %keys scale 2.0 : !tile.tile<64x64xf32>, !tile.tile<64x64xf32> -> !tile.tile<64x64xf32>
      // expected-error @below {{failed to legalize operation 'arith.select'}}
      %t = arith.select %c, %s, %u : !tile.tile<64x64xf32>
      tile.yield %carried : !tile.tile<64xf32>
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @score_of_loaded(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{failed to legalize operation 'tile.score'}}
    %s = tile.score %tile rows %rows batch %b kv_head %g query_base %c0 keys %c0 key_base %c0 base2
        : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
    ^bb0(%x: f32, %batch: i32, %head: i32, %p: i32, %j: i32, %query: i32, %key: i32):
      tile.yield %x : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @norms_of_registers(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{rows must be a tile that tile.load_rows or tile.load_keys has loaded}}
    %norms = tile.row_norms %o : !tile.tile<64x64xf32> -> !tile.tile<64xf32>
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @loop_in_branch(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>, %c: i1) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    scf.if %c {
      // expected-error @below {{must be in the block of its tile.kernel, got scf.if; the threads of a block step through keys together}}
      %nested = tile.for_keys %c0 to %c64 step 64 iter(%m : !tile.tile<64xf32>) -> (!tile.tile<64xf32>) {
      ^bb0(%first: index, %count: index, %carried: !tile.tile<64xf32>):
        tile.yield %carried : !tile.tile<64xf32>
      }
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @loop_in_loop(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    %next = tile.for_keys %c0 to %c64 step 64 iter(%m : !tile.tile<64xf32>) -> (!tile.tile<64xf32>) {
    ^bb0(%first: index, %count: index, %carried: !tile.tile<64xf32>):
      // expected-error @below {{must be in the block of its tile.kernel, got tile.for_keys}}
      %nested = tile.for_keys %c0 to %c64 step 64 iter(%m : !tile.tile<64xf32>) -> (!tile.tile<64xf32>) {
      ^bb1(%inner: index, %more: index, %same: !tile.tile<64xf32>):
        tile.yield %same : !tile.tile<64xf32>
      }
      tile.yield %nested : !tile.tile<64xf32>
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @load_in_branch(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>, %c: i1) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    scf.if %c {
      // expected-error @below {{must be in the block of its tile.kernel or of a tile.for_keys there, got scf.if; all threads copy together}}
      %keys = tile.load_keys %k[%b, %g, %c0] count %c64 : memref<1x2x64x64xf16> -> !tile.tile<64x64xf32>
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @mask(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    // expected-error @below {{masks [#attn.causal] were not fused; run tile-fuse-scores first}}
    %s = tile.score %o rows %rows batch %b kv_head %g query_base %c0 keys %c0 key_base %c0 masks [#attn.causal]
        : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
    ^bb0(%x: f32, %batch: i32, %head: i32, %p: i32, %j: i32, %query: i32, %key: i32):
      tile.yield %x : f32
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @destination(%q: memref<1x2x8x64xf16>, %k: memref<1x2x64x64xf16>) {
  %n = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.kernel batch(%n) q_len(%n) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf16>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    %inside = memref.subview %q[0, 0, 0, 0] [1, 2, 8, 64] [1, 1, 1, 1] : memref<1x2x8x64xf16> to memref<1x2x8x64xf16, strided<[1024, 512, 64, 1]>>
    // expected-error @below {{outs and lse must be there before the tile.kernel}}
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%inside : memref<1x2x8x64xf16, strided<[1024, 512, 64, 1]>>) : !tile.rows<64>
  }
  return
}

// -----

func.func @effects(%n: index, %buffer: memref<4xf32>, %x: f32) {
  // expected-error @below {{has no place in a kernel: a function with one tile.kernel, sizes and constants}}
  memref.store %x, %buffer[%n] : memref<4xf32>
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}
