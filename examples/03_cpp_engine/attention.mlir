// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the engine asks of its bundle: one attention, compiled twice. `attention_prefill` takes any number of queries;
// `attention_decode` takes one, so that a tile has the four query heads of a kv head as its rows and long runs of keys as
// its columns: a decode step is then many times faster.
func.func @attention_prefill(%q: tensor<?x8x?x32xf32>, %k: tensor<?x2x?x32xf32>, %v: tensor<?x2x?x32xf32>,
                             %o: tensor<?x8x?x32xf32>) -> tensor<?x8x?x32xf32> {
  %r = attn.attention query(%q : tensor<?x8x?x32xf32>) key(%k : tensor<?x2x?x32xf32>) value(%v : tensor<?x2x?x32xf32>)
    masks [#attn.causal] outs(%o : tensor<?x8x?x32xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    %0 = attn.scale %s, 0.17677669529663687
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 8}
    attn.yield %1
  } -> tensor<?x8x?x32xf32>
  return %r : tensor<?x8x?x32xf32>
}

func.func @attention_decode(%q: tensor<?x8x1x32xf32>, %k: tensor<?x2x?x32xf32>, %v: tensor<?x2x?x32xf32>,
                            %o: tensor<?x8x1x32xf32>) -> tensor<?x8x1x32xf32> {
  %r = attn.attention query(%q : tensor<?x8x1x32xf32>) key(%k : tensor<?x2x?x32xf32>) value(%v : tensor<?x2x?x32xf32>)
    masks [#attn.causal] outs(%o : tensor<?x8x1x32xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    %0 = attn.scale %s, 0.17677669529663687
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 8}
    attn.yield %1
  } -> tensor<?x8x1x32xf32>
  return %r : tensor<?x8x1x32xf32>
}
