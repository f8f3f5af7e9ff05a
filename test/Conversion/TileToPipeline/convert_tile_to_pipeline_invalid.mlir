// RUN: camber-opt %s --convert-tile-to-pipeline --split-input-file --verify-diagnostics

// The form of kernels is checked by what all targets share; ../TileToCPU/convert_tile_to_cpu_invalid.mlir has the rest.
func.func @no_rows(%n: index) {
  // expected-error @below {{must hold one tile.load_rows to be converted}}
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
