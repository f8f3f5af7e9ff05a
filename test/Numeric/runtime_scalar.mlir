// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// A run-time scalar used in the middle of the user's arithmetic.
func.func @temperature(%q: memref<?x2x40x64xf32>, %k: memref<?x2x70x64xf32>, %v: memref<?x2x70x64xf32>, %t: f32 {attn.name = "temperature"},
                       %o: memref<?x2x40x64xf32>) {
  attn.attention query(%q : memref<?x2x40x64xf32>) key(%k : memref<?x2x70x64xf32>) value(%v : memref<?x2x70x64xf32>)
    params(%t : f32) outs(%o : memref<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %factor: f32):
    %0 = attn.scale %s, 0.125
    %1 = arith.mulf %factor, %0 : f32
    attn.yield %1
  }
  return
}
