// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @lookup_c1(%t: memref<2x4xf32>, %i: i32) -> f32 {
  // expected-error @below {{takes one index per dimension of 'memref<2x4xf32>', got 1}}
  %0 = attn.lookup %t[%i] : memref<2x4xf32> -> f32
  return %0 : f32
}

// -----

func.func @lookup_c1_unranked(%t: tensor<*xf32>, %i: i32) -> f32 {
  // expected-error @below {{takes one index per dimension of 'tensor<*xf32>', got 1}}
  %0 = attn.lookup %t[%i] : tensor<*xf32> -> f32
  return %0 : f32
}

// -----

func.func @lookup_c2(%t: memref<4xf32>, %i: i32) -> i32 {
  // expected-error @below {{result must have the table's element type 'f32'}}
  %0 = attn.lookup %t[%i] : memref<4xf32> -> i32
  return %0 : i32
}

// -----

func.func @lookup_c3(%t: memref<2x0xf32>, %i: i32) -> f32 {
  // expected-error @below {{table has no entries: 'memref<2x0xf32>'}}
  %0 = attn.lookup %t[%i, %i] : memref<2x0xf32> -> f32
  return %0 : f32
}
