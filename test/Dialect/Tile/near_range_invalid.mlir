// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @near_keys_c1(%i: index, %rows: !tile.rows<8>) -> index {
  // expected-error @below {{step must be in 1 … 2^24-1, got 0}}
  %0:4 = tile.near_range %i to %i step 0 rows %rows query_base %i key_base %i : !tile.rows<8>
  return %0#0 : index
}

// -----

func.func @near_keys_c1_large(%i: index, %rows: !tile.rows<8>) -> index {
  // expected-error @below {{step must be in 1 … 2^24-1, got 16777216}}
  %0:4 = tile.near_range %i to %i step 16777216 rows %rows query_base %i key_base %i : !tile.rows<8>
  return %0#0 : index
}
