func.func @k(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %c: f32,
             %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    params(%c : f32) outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %same: f32):
    attn.yield %same
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
