// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @for_keys_c1(%lo: index, %hi: index, %a: !tile.tile<8xf32>) {
  // expected-error @below {{body must take the first key, the count and the carried values}}
  %0 = tile.for_keys %lo to %hi step 32 iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %x: !tile.tile<8xf32>):
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}

// -----

func.func @for_keys_c2(%lo: index, %hi: index, %a: !tile.tile<8xf32>) {
  // expected-error @below {{carried values, what the body yields and results must agree in number and type}}
  %0 = tile.for_keys %lo to %hi step 32 iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    tile.yield %count : index
  }
  return
}

// -----

func.func @for_keys_c3(%lo: index, %hi: index, %a: !tile.tile<8xf32>) {
  // expected-error @below {{step must be in 1 … 2^24-1, got 0}}
  %0 = tile.for_keys %lo to %hi step 0 iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}

// -----

func.func @for_keys_terminator(%lo: index, %hi: index) {
  "tile.for_keys"(%lo, %hi) <{step = 32 : i64}> ({
  ^bb0(%first: index, %count: index):
    // expected-error @below {{block with no terminator}}
    "tile.key_range"(%count, %count, %count) {step = 32 : i64} : (index, index, index) -> ()
  }) : (index, index) -> ()
  return
}

// -----

func.func @for_keys_c4(%a: !tile.tile<8xf32>) {
  %lo = arith.constant 0 : index
  %hi = arith.constant 100 : index
  // expected-error @below {{says that all tiles are full, and keys 0 to 100 are no whole number of tiles of 32}}
  %0 = tile.for_keys %lo to %hi step 32 full iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}

// -----

func.func @for_keys_c5(%lo: index, %hi: index, %a: !tile.tile<8xf32>, %t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>) {
  // expected-error @below {{is split, and its scores have masks or modifiers; run tile-fuse-scores before tile-split-key-ranges}}
  %0 = tile.for_keys %lo to %hi step 32 iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) split {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    %1 = tile.score %t rows %rows batch %lo kv_head %lo query_base %lo keys %first key_base %lo masks [#attn.causal]
      : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
    ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
      tile.yield %s : f32
    }
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}

// -----

func.func @for_keys_c5_modifier(%lo: index, %hi: index, %a: !tile.tile<8xf32>, %t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>) {
  // expected-error @below {{is split, and its scores have masks or modifiers; run tile-fuse-scores before tile-split-key-ranges}}
  %0 = tile.for_keys %lo to %hi step 32 full iter(%a : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) split {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    %1 = tile.score %t rows %rows batch %lo kv_head %lo query_base %lo keys %first key_base %lo
      : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
    ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
      %2 = attn.scale %s, 0.5
      tile.yield %2 : f32
    }
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}
