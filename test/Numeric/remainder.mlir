// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Remainders of scores and distances: exact, with the sign of the dividend.
func.func @remainder(%q: tensor<?x2x40x64xf32>, %k: tensor<?x2x70x64xf32>, %v: tensor<?x2x70x64xf32>, %o: tensor<?x2x40x64xf32>)
    -> tensor<?x2x40x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x40x64xf32>) key(%k : tensor<?x2x70x64xf32>) value(%v : tensor<?x2x70x64xf32>)
    outs(%o : tensor<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %d = arith.subi %j, %p : i32
    %distance = arith.sitofp %d : i32 to f32
    %period = arith.constant 7.5 : f32
    %phase = arith.remf %distance, %period : f32
    %1 = arith.addf %0, %phase : f32
    attn.yield %1
  } -> tensor<?x2x40x64xf32>
  return %r : tensor<?x2x40x64xf32>
}
