// What convert-attn-to-tile needs, left out: attn-bufferize.
// RUN: not camber-opt %s --convert-attn-to-tile 2>&1 | FileCheck %s
// RUN: not camber-opt %s --convert-attn-to-tile --attn-bufferize 2>&1 | FileCheck %s
// RUN: camber-opt %s --attn-bufferize --convert-attn-to-tile | FileCheck %s --check-prefix=GOOD

// CHECK: error: 'attn.attention' op works on memrefs, got 'tensor<1x2x8x64xf32>'; run attn-bufferize first
// GOOD: tile.kernel
func.func @kernel(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
    outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}
