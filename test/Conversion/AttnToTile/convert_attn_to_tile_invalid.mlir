// RUN: camber-opt %s --convert-attn-to-tile --verify-diagnostics
func.func @tensors(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  // expected-error @below {{run attn-bufferize first}}
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
    outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}
