// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @instances_c1(%n: index) {
  // expected-error @below {{body must take batch and kv head (index), the rows ('!tile.rows<8>'), the split and the number of splits (index)}}
  tile.kernel batch(%n) q_len(%n) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<16>, %split: index, %splits: index):
  }
  return
}

// -----

func.func @instances_c1_number(%n: index) {
  // expected-error @below {{body must take batch and kv head (index)}}
  tile.kernel batch(%n) q_len(%n) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = false> {
  ^bb0(%b: index, %g: index):
  }
  return
}

// -----

func.func @block_head_c1(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = true> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    // expected-error @below {{rows are packed, so a block has rows of several heads}}
    %head = tile.block_head %rows : !tile.rows<8>
  }
  return
}
