// Operations of a dialect that is not registered, wherever a pass may meet one.
func.func @beside() {
  "foo.bar"() : () -> ()
  return
}

// -----

func.func @in_an_instance(%q: memref<1x2x8x64xf32>) {
  %n = arith.constant 1 : index
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x8x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32>
    %m, %l, %o = tile.init_state %rows kv_head %g split %split
      : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
    "foo.bar"() : () -> ()
    tile.epilogue %rows batch %b kv_head %g split %split of %splits
      state(%m, %l, %o : !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>)
      outs(%q : memref<1x2x8x64xf32>) : !tile.rows<64>
  }
  return
}

// -----

func.func @beside_instances(%n: index) {
  "foo.bar"() : () -> ()
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @beside_attention(%q: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  "foo.bar"() : () -> ()
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%q : memref<1x2x8x64xf32>) value(%q : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

// A score that is used by what may be a terminator, and a block that has none.
"foo.region"() ({
^bb0(%s: f32, %h: i32, %p: i32, %j: i32):
  %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
  "foo.end"(%0) : (f32) -> ()
}) : () -> ()
