// Scale, softcap and ALiBi, in this order: the three lines to edit.
func.func @capped_alibi(%q: tensor<?x2x300x64xf32>, %k: tensor<?x2x300x64xf32>, %v: tensor<?x2x300x64xf32>,
                        %o: tensor<?x2x300x64xf32>) -> tensor<?x2x300x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x300x64xf32>) key(%k : tensor<?x2x300x64xf32>) value(%v : tensor<?x2x300x64xf32>)
    masks [#attn.causal] outs(%o : tensor<?x2x300x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.softcap %0, 30.0
    %2 = attn.alibi %1 at(%h, %p, %j) {heads = 2}
    attn.yield %2
  } -> tensor<?x2x300x64xf32>
  return %r : tensor<?x2x300x64xf32>
}
