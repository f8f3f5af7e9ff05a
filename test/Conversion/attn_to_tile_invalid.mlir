// RUN: camber-opt %s --convert-attn-to-tile --verify-diagnostics
// RUN: not camber-opt %s --convert-attn-to-tile=rows=0 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not camber-opt %s --convert-attn-to-tile=keys=-5 2>&1 | FileCheck %s --check-prefix=KEYS
// RUN: not camber-opt %s --attn-to-tile=rows=99999999999 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not camber-opt %s --attn-to-tile=pack-max=-1 2>&1 | FileCheck %s --check-prefix=PACK

// ROWS: error: rows and keys must be in 1 … 2^24-1, pack-max in 0 … 2^24-1, got 0, 64 and 32
// KEYS: got 64, -5 and 32
// LARGE: got 99999999999, 64 and 32
// PACK: got 64, 64 and -1

func.func @tensors(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  // expected-error @below {{works on memrefs; bufferise first}}
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
    outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}
