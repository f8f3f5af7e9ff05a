
// A score body of the user's own: 0.9 · s + 0.1 · tanh(s), and a learned bias per head.
func.func @soft(%q: tensor<?x2x40x64xf32>, %k: tensor<?x2x70x64xf32>, %v: tensor<?x2x70x64xf32>, %w: tensor<2xf32> {attn.name = "w"},
                %o: tensor<?x2x40x64xf32>) -> tensor<?x2x40x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x40x64xf32>) key(%k : tensor<?x2x70x64xf32>) value(%v : tensor<?x2x70x64xf32>)
    params(%w : tensor<2xf32>) outs(%o : tensor<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %weights: tensor<2xf32>):
    %0 = attn.scale %s, 0.125
    %nine = arith.constant 0.9 : f32
    %one = arith.constant 0.1 : f32
    %t = math.tanh %0 : f32
    %1 = arith.mulf %0, %nine : f32
    %2 = arith.mulf %t, %one : f32
    %3 = arith.addf %1, %2 : f32
    %weight = attn.lookup %weights[%h] : tensor<2xf32> -> f32
    %d = arith.subi %j, %p : i32
    %distance = arith.sitofp %d : i32 to f32
    %bias = arith.mulf %weight, %distance : f32
    %4 = arith.addf %3, %bias : f32
    attn.yield %4
  } -> tensor<?x2x40x64xf32>
  return %r : tensor<?x2x40x64xf32>
}
