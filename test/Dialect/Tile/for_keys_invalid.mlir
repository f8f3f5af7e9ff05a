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
