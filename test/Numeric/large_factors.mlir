// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Factors that are finite one by one and overflow together, or together with log2(e): they are not folded.
func.func @capped(%q: tensor<?x2x40x64xf32>, %k: tensor<?x2x70x64xf32>, %v: tensor<?x2x70x64xf32>, %o: tensor<?x2x40x64xf32>)
    -> tensor<?x2x40x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x40x64xf32>) key(%k : tensor<?x2x70x64xf32>) value(%v : tensor<?x2x70x64xf32>)
    outs(%o : tensor<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 1.0e30
    %1 = attn.scale %0, 1.0e30
    %2 = attn.softcap %1, 3.0
    attn.yield %2
  } -> tensor<?x2x40x64xf32>
  return %r : tensor<?x2x40x64xf32>
}

func.func @last(%q: tensor<?x2x40x64xf32>, %k: tensor<?x2x70x64xf32>, %v: tensor<?x2x70x64xf32>, %o: tensor<?x2x40x64xf32>)
    -> tensor<?x2x40x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x40x64xf32>) key(%k : tensor<?x2x70x64xf32>) value(%v : tensor<?x2x70x64xf32>)
    outs(%o : tensor<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %one = arith.constant 1.0 : f32
    %small = arith.constant 4.0e-38 : f32
    %large = arith.constant 3.0e38 : f32
    %0 = math.tanh %s : f32
    %1 = math.absf %0 : f32
    %2 = arith.addf %1, %one : f32 // products with the small factor are normal
    %3 = arith.mulf %2, %small : f32
    %4 = arith.mulf %3, %large : f32
    attn.yield %4
  } -> tensor<?x2x40x64xf32>
  return %r : tensor<?x2x40x64xf32>
}
