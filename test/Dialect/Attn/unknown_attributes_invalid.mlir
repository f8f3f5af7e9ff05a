// RUN: camber-opt %s --split-input-file --verify-diagnostics

// An attribute that nobody reads is a mistake, and the nearest name says which.

func.func @bias_max(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{'bias_maxx' is no attribute of this operation; did you mean 'bias_max'? known are bias_max, head_offset, heads, interpolation and train_len}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, bias_maxx = 4.0 : f64}
  return %0 : f32
}

// -----

func.func @bidirectional(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x8xf32>) -> f32 {
  // expected-error @below {{'bidirectinal' is no attribute of this operation; did you mean 'bidirectional'?}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x8xf32>) {bidirectinal}
  return %0 : f32
}

// -----

func.func @max_distance(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x8xf32>) -> f32 {
  // expected-error @below {{'max_dist' is no attribute of this operation; did you mean 'max_distance'?}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x8xf32>) {max_dist = 64}
  return %0 : f32
}

// -----

func.func @nothing_near(%s: f32) -> f32 {
  // expected-error @below {{'temperature' is no attribute of this operation; known are factor}}
  %0 = attn.scale %s, 0.125 {temperature}
  return %0 : f32
}

// -----

func.func @takes_none(%t: memref<2xf32>, %i: i32) -> f32 {
  // expected-error @below {{'clamp' is no attribute of this operation; it takes none}}
  %0 = attn.lookup %t[%i] {clamp} : memref<2xf32> -> f32
  return %0 : f32
}

// -----

func.func @attention(%q: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{'noskip' is no attribute of this operation; did you mean 'no_skip'?}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%q : memref<1x2x4x16xf32>) value(%q : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) attributes {noskip} scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

// expected-error @below {{'attn.nmae' is no attribute of argument 0; did you mean 'attn.name'? known are attn.role, attn.name and attn.dims}}
func.func @argument(%t: memref<8xf32> {attn.nmae = "table"}) {
  return
}

// -----

// expected-error @below {{'attn.dims' is no attribute of result 0; it takes none}}
func.func @result() -> (f32 {attn.dims = [1]}) {
  %0 = arith.constant 0.0 : f32
  return %0 : f32
}

// -----

// expected-error @below {{'attn.name' has no meaning on an operation; arguments of a kernel function take attn.role, attn.name and attn.dims}}
func.func @function() attributes {attn.name = "k"} {
  return
}

// -----

// expected-error @below {{'tile.shap' is no attribute of an operation; did you mean 'tile.shape'?}}
func.func @tile() attributes {tile.shap = 1} {
  return
}

// -----

// expected-error @below {{'cpu.microkernel' is no attribute of an operation; it takes none}}
func.func @cpu() attributes {cpu.microkernel} {
  return
}

// -----

// expected-error @below {{'pipeline.stages' is no attribute of an operation; it takes none}}
func.func @pipeline() attributes {pipeline.stages = 2} {
  return
}
