// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @score_c1(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{body must take (f32, i32, i32, i32, i32, i32, i32, params…)}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c2(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{body must yield one f32}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %b : i32
  }
  return
}

// -----

func.func @score_c3(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{result must be [R, T] = [8, 32], got '!tile.tile<8x16xf32>'}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x16xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c3_rows(%t: !tile.tile<4x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{scores must be [R, T] = [8, any], got '!tile.tile<4x32xf32>'}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<4x32xf32>, !tile.rows<8> -> !tile.tile<4x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c4(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{`segments` needs the segments of queries and keys, i32 [batch, length], as last params}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i segments : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c4_type(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index, %m: memref<4xi32>) {
  // expected-error @below {{`segments` needs the segments of queries and keys, i32 [batch, length], as last params}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m, %m : memref<4xi32>, memref<4xi32>) segments : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32, %x: memref<4xi32>, %y: memref<4xi32>):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c5(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{"causal" is not a mask}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i masks ["causal"] : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c5_segments(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{#attn.segments needs `segments`}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i masks [#attn.segments] : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c6(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index, %m: memref<4xf32>) {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<4xf32>) : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32, %x: memref<4xf32>):
    %c0 = arith.constant 0 : index
    // expected-error @below {{'memref.load' op is not allowed in a score body}}
    %1 = memref.load %x[%c0] : memref<4xf32>
    tile.yield %1 : f32
  }
  return
}

// -----

func.func @score_c6_nested(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    %c = arith.constant 0 : index
    %1 = tile.piecewise at(%p, %j) {
    ^bb0(%d: i32):
      // expected-error @below {{'tile.key_range' op is not allowed in a score body}}
      "tile.key_range"(%c, %c, %c) {step = 32 : i64} : (index, index, index) -> ()
      tile.yield %s : f32
    }
    tile.yield %1 : f32
  }
  return
}

// -----

func.func @score_c7(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index, %m: tensor<4xf32>) {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'tensor<4xf32>'}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : tensor<4xf32>) : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32, %x: tensor<4xf32>):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c8(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  // expected-error @below {{is in base 2, and has masks [#attn.causal] beside its body; run tile-fuse-scores before tile-use-base2}}
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i masks [#attn.causal] base2
    : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @score_c8_modifier(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index) {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i base2
    : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    %1 = tile.piecewise at(%p, %j) {
    ^bb0(%d: i32):
      // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
      %2 = attn.scale %s, 0.5
      tile.yield %2 : f32
    }
    tile.yield %1 : f32
  }
  return
}
