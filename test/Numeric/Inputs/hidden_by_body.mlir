// A body of the user's that hides a pair by -∞: every third diagonal. Run by hidden_non_finite.py.
func.func @thirds(%q: tensor<1x2x130x32xf32> {attn.name = "q"}, %k: tensor<1x2x130x32xf32> {attn.name = "k"}, %v: tensor<1x2x130x32xf32> {attn.name = "v"},
                  %o: tensor<1x2x130x32xf32> {attn.name = "o"}, %lse: tensor<1x2x130xf32> {attn.name = "lse"}) -> (tensor<1x2x130x32xf32>, tensor<1x2x130xf32>) {
  %r:2 = attn.attention query(%q : tensor<1x2x130x32xf32>) key(%k : tensor<1x2x130x32xf32>) value(%v : tensor<1x2x130x32xf32>)
    outs(%o, %lse : tensor<1x2x130x32xf32>, tensor<1x2x130xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %three = arith.constant 3 : i32
    %zero = arith.constant 0 : i32
    %sum = arith.addi %p, %j : i32
    %rest = arith.remui %sum, %three : i32
    %hidden = arith.cmpi eq, %rest, %zero : i32
    %none = arith.constant 0xFF800000 : f32
    %1 = arith.select %hidden, %none, %0 : f32
    attn.yield %1
  } -> tensor<1x2x130x32xf32>, tensor<1x2x130xf32>
  return %r#0, %r#1 : tensor<1x2x130x32xf32>, tensor<1x2x130xf32>
}
